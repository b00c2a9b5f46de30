import { type IncomingMessage, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { finished } from 'node:stream/promises';
import { CoreError } from '../core/error.js';
import { type Transport, type TransportRequest, type TransportAnswer } from '../core/ports.js';

/** HTTP by Node's own client: connections are kept, bodies go out without a copy, redirects are answers like any other. */
export function createHttpTransport(): Transport & Disposable {
  const agents = { http: new HttpAgent(AGENT), https: new HttpsAgent({ ...AGENT, minVersion: 'TLSv1.2' }) };
  const transport: Transport = (request) => perform(request, agents);
  return Object.assign(transport, {
    [Symbol.dispose]: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  });
}

const AGENT = { keepAlive: true, maxSockets: 16 };
/** Without a byte for this long a connection counts as broken: a relay that syncs a part is far quicker. */
const IDLE_MS = 60_000;
/** No answer of the relay is larger: 1,024 segments of 256 KiB. */
const MAX_ANSWER_BYTES = 272 * 1024 * 1024;

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

function perform(request: TransportRequest, agents: Agents): Promise<TransportAnswer> {
  return new Promise((resolve, reject) => {
    const url = new URL(request.url);
    const isTls = url.protocol === 'https:';
    const length = request.body?.reduce((sum, part) => sum + part.length, 0);
    const options = {
      method: request.method,
      headers: length === undefined ? request.headers : { ...request.headers, 'content-length': String(length) },
      agent: isTls ? agents.https : agents.http,
      timeout: IDLE_MS,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    const outgoing = (isTls ? httpsRequest : httpRequest)(url, options);
    const fail = (cause: unknown): void => reject(connectionError(cause, request.signal));
    outgoing.on('timeout', () => outgoing.destroy(new Error('idle for too long')));
    outgoing.on('error', fail);
    outgoing.on('response', (incoming) => {
      readAnswer(incoming, request.into).then(resolve, fail);
    });
    for (const part of request.body ?? []) outgoing.write(part);
    outgoing.end();
  });
}

async function readAnswer(incoming: IncomingMessage, into: TransportRequest['into']): Promise<TransportAnswer> {
  const status = incoming.statusCode ?? 0;
  const declared = Number(incoming.headers['content-length'] ?? Number.NaN);
  if (declared > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
  const bytes = Number.isSafeInteger(declared)
    ? await readDeclared(incoming, declared, into)
    : await readChunks(incoming);
  return { status, bytes };
}

/** By events rather than iterated over: an iterator joins what has come meanwhile, which is one more copy of every byte. */
async function readDeclared(
  incoming: IncomingMessage,
  length: number,
  into: TransportRequest['into'],
): Promise<Uint8Array<ArrayBuffer>> {
  // Every byte is written before anybody sees it: no need to clear the memory first.
  const out = into?.length === length ? into : new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
  let offset = 0;
  incoming.on('data', (chunk: Buffer) => {
    // More than was declared: Node's parser lets none through; what does not fit must not be written all the same.
    if (offset + chunk.length <= length) out.set(chunk, offset);
    offset += chunk.length;
  });
  await finished(incoming);
  if (offset !== length) throw new Error('the answer broke off');
  return out;
}

async function readChunks(incoming: IncomingMessage): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > MAX_ANSWER_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  if (!incoming.complete) throw new Error('the answer broke off');
  return new Uint8Array(Buffer.concat(chunks));
}

/** Codes of a connection that was never made: nothing can have been accepted. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'];

/** What OpenSSL and Node say of certificates: wrong name, wrong time, wrong purpose, unknown issuer (attack A15). */
const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_(GET|VERIFY)|DEPTH_ZERO|SELF_SIGNED|INVALID_(CA|PURPOSE)|ERR_TLS_CERT|HOSTNAME_MISMATCH|PATH_LENGTH)/;

function isCertificateCode(code: string): boolean {
  return CERTIFICATE_CODES.test(code);
}

function connectionError(cause: unknown, signal: AbortSignal | undefined): CoreError {
  if (signal?.aborted === true) return new CoreError('aborted', 'aborted by the caller', { cause });
  const codes = codesOf(cause);
  if (codes.some(isCertificateCode)) return new CoreError('relay-untrusted', 'the certificate is not valid', { cause });
  const isNever = codes.some((code) => NEVER_CONNECTED.includes(code));
  return isNever
    ? new CoreError('relay-unreachable', 'no connection to the relay', { cause })
    : new CoreError('relay-interrupted', 'the connection to the relay broke off', { cause });
}

/** An error for several addresses hides theirs in `errors`. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const code = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  return error instanceof AggregateError ? [...code, ...error.errors.flatMap(codesOf)] : code;
}
