import { startRelay } from '../../../server/main.js';
import { type Output } from '../output.js';
import { parsePort } from '../parse.js';

export interface RelayCommandOptions {
  readonly config?: string;
  readonly port?: string;
  readonly host?: string;
  readonly data?: string;
  readonly databaseUrl?: string;
  readonly blobs?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly registrars?: string;
  readonly witnesses?: string;
}

/** `bildbote relay`: runs until SIGTERM or SIGINT, then drains and ends with 0. */
export async function runRelay(options: RelayCommandOptions, output: Output): Promise<void> {
  const { config, host, data, databaseUrl, blobs, tlsCert, tlsKey, registrars, witnesses } = options;
  const stop = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const port = options.port === undefined ? undefined : parsePort(options.port);
  const settings = { config, host, dataDir: data, databaseUrl, blobs, tlsCert, tlsKey, registrars, witnesses };
  const relay = await startRelay({ port, ...settings });
  const { url, webDigest } = relay;
  output.result({ type: 'listening', url, pid: process.pid, webDigest }, listeningText(url, webDigest, output));
  await Promise.race([stop, relay.ended]);
  await relay.close();
}

function listeningText(url: string, webDigest: string | null, { language }: Output): string {
  const german = language === 'de';
  const listening = german ? `Das Relay läuft unter ${url}` : `The relay listens on ${url}`;
  if (webDigest === null) return listening;
  return `${listening}\n${german ? 'Prüfsumme der Web-Oberfläche' : 'Digest of the web client'}: ${webDigest}`;
}
