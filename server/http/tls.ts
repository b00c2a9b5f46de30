import { readFile, stat } from 'node:fs/promises';
import { type SecureContextOptions, createSecureContext } from 'node:tls';
import { RelayError } from '../error.js';
import { type Log, loggable } from '../log.js';

/** Where certificate (chain, leaf first) and private key lie, as PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

export interface TlsMaterial {
  readonly options: SecureContextOptions;
  /** Times and sizes of both files: another one means another certificate. */
  readonly stamp: string;
}

/** TLS 1.3, and 1.2 for what has not learnt it yet. */
export const MIN_TLS = 'TLSv1.2';
/** A new certificate is in use this soon after it was written. */
const LOOK_EVERY_MS = 10_000;

/** @throws RelayError `config-invalid`: a file is missing, no PEM, or the key is not the certificate's */
export async function loadTls(files: TlsFiles): Promise<TlsMaterial> {
  try {
    const stamp = await stampOf(files);
    const [cert, key] = await Promise.all([readFile(files.cert), readFile(files.key)]);
    const options: SecureContextOptions = { cert, key, minVersion: MIN_TLS };
    createSecureContext(options);
    return { options, stamp };
  } catch (cause) {
    const { code = 'no certificate' } = cause as NodeJS.ErrnoException;
    const message = `tlsCert (BILDBOTE_TLS_CERT), tlsKey (BILDBOTE_TLS_KEY): cannot be used: ${code}`;
    throw new RelayError('config-invalid', message, { cause });
  }
}

async function stampOf({ cert, key }: TlsFiles): Promise<string> {
  const stats = await Promise.all([stat(cert), stat(key)]);
  return stats.map(({ mtimeMs, size, ino }) => `${mtimeMs}/${size}/${ino}`).join(' ');
}

/** What a server of node:https can take while it runs. */
export interface Reloadable {
  setSecureContext(options: SecureContextOptions): void;
}

export interface TlsReload {
  close(): void;
  /** Looks now. What cannot be used is logged, and the server keeps what it has. */
  look(): Promise<'same' | 'reloaded' | 'refused'>;
}

/** Looks at the files from time to time: certificates live for weeks, relays for years. */
export function reloadTls(server: Reloadable, files: TlsFiles, first: TlsMaterial, log: Log): TlsReload {
  let { stamp } = first;
  async function look(): Promise<'same' | 'reloaded' | 'refused'> {
    try {
      if ((await stampOf(files)) === stamp) return 'same';
      const next = await loadTls(files);
      server.setSecureContext(next.options);
      stamp = next.stamp;
      log.info('a new certificate is in use');
      return 'reloaded';
    } catch (error) {
      // Half-written files are whole the next time.
      log.warn(loggable(error), 'the new certificate cannot be used; the old one stays');
      return 'refused';
    }
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS);
  timer.unref();
  return { look, close: () => clearInterval(timer) };
}
