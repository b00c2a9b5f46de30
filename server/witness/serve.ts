import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { LogError } from '../../crypto/log/error.js';
import { type VerifierKey, encodeVerifierKey, isKeyName, parseVerifierKey } from '../../crypto/log/verifier-key.js';
import { urlOf } from '../config.js';
import { lockDataFolder } from '../data-folder.js';
import { createNoteSigner, loadNoteSigner, type NoteSigner } from '../directory-log/log-key.js';
import { RelayError } from '../error.js';
import { createHttpServer, listen } from '../http/serve.js';
import { MAX_REQUEST_BYTES } from './request.js';
import { type Witness, type WitnessReply, assertRemembered, createWitness } from './witness.js';

/** A witness as a process of its own: best run by somebody else than the relay. */
export interface RunningWitness {
  readonly url: string;
  /** What the relay's operator needs to know. */
  readonly key: string;
  close(): Promise<void>;
}

export interface WitnessServerOptions {
  readonly dataDir: string;
  /** Verifier keys of the logs that it looks at. */
  readonly logKeys: readonly string[];
  /** Of the key, when it is made at the first start. */
  readonly name?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

const DEFAULT_PORT = 8081;

/** @throws RelayError */
export async function startWitness(options: WitnessServerOptions): Promise<RunningWitness> {
  const { host = '127.0.0.1', port = DEFAULT_PORT } = options;
  const logs = options.logKeys.map(parseLogKey);
  if (logs.length === 0) throw new RelayError('config-invalid', 'a witness needs the key of a log: --log-key');
  const dataDir = resolve(options.dataDir);
  const folder = await lockDataFolder(dataDir);
  try {
    const signer = await openKey(dataDir, options.name);
    await assertRemembered({ dataDir, logs });
    const { server, drain } = createHttpServer();
    server.on('request', listener(createWitness({ dataDir, signer, logs })));
    const url = urlOf(host, await listen(server, host, port), 'http');
    const close = async (): Promise<void> => {
      await drain();
      await folder.release();
    };
    return { url, key: encodeVerifierKey(signer.key), close };
  } catch (error) {
    await folder.release();
    throw error;
  }
}

/** The verifier key of the witness in this folder; made if there is none. @throws RelayError */
export async function witnessKey({ dataDir, name }: Pick<WitnessServerOptions, 'dataDir' | 'name'>): Promise<string> {
  const path = resolve(dataDir);
  const folder = await lockDataFolder(path);
  try {
    return encodeVerifierKey((await openKey(path, name)).key);
  } finally {
    await folder.release();
  }
}

async function openKey(dataDir: string, name: string | undefined): Promise<NoteSigner> {
  if (name !== undefined && !isKeyName(name))
    throw new RelayError('config-invalid', 'a name has no spaces and no plus');
  const there = await loadNoteSigner(dataDir, 'witness');
  if (there !== null && name !== undefined && there.key.name !== name) {
    throw new RelayError('config-invalid', `the witness of this folder is called ${there.key.name}`);
  }
  return there ?? createNoteSigner(dataDir, 'witness', name ?? `witness/${randomBytes(4).toString('hex')}`);
}

function parseLogKey(text: string): VerifierKey {
  try {
    return parseVerifierKey('log', text);
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    throw new RelayError('config-invalid', '--log-key is not the key of a log', { cause });
  }
}

function listener(witness: Witness): RequestListener {
  return (request, response) => {
    handle(witness, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else send(response, 500, 'text/plain', '');
    });
  };
}

async function handle(witness: Witness, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url !== '/add-checkpoint') return send(response, 404, 'text/plain', '');
  if (request.method !== 'POST') return send(response, 405, 'text/plain', '');
  const body = await readBody(request);
  if (body === null) return send(response, 413, 'text/plain', '');
  answer(response, await witness.addCheckpoint(body));
}

/** docs/spec/directory.md §9: the statuses of C2SP's tlog-witness. */
function answer(response: ServerResponse, reply: WitnessReply): void {
  switch (reply.kind) {
    case 'cosigned':
      return send(response, 200, 'text/plain; charset=utf-8', reply.line);
    case 'malformed':
      return send(response, 400, 'text/plain', '');
    case 'unsigned':
      return send(response, 403, 'text/plain', '');
    case 'unknown-log':
      return send(response, 404, 'text/plain', '');
    case 'conflict':
      return send(response, 409, 'text/x.tlog.size', `${reply.size}\n`);
    case 'inconsistent':
      return send(response, 422, 'text/plain', '');
  }
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff' });
  response.end(text);
}

/** @returns null when it is too long */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of request) {
    total += (chunk as Buffer).length;
    if (total > MAX_REQUEST_BYTES) return null;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}
