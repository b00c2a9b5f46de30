import { fromUtf8, utf8 } from '../../../crypto/wire/bytes.js';
import { CoreError } from '../error.js';
import { type Transport, type TransportAnswer } from '../ports.js';
import { isRelayProblem } from '../relay-problem.js';

/** One exchange with the relay; no retries, no sessions (docs/spec/relay-api.md §1). */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** Parts of a binary body, sent one after the other. */
  readonly body?: readonly Uint8Array<ArrayBuffer>[];
  /** Room for the answer's body, when it is exactly as long. */
  readonly into?: Uint8Array<ArrayBuffer> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @returns the body of a 2xx. @throws CoreError with the relay's own code, or what the transport throws */
export async function exchange(
  transport: Transport,
  origin: string,
  request: Exchange,
): Promise<Uint8Array<ArrayBuffer>> {
  const headers: Record<string, string> = { ...request.headers };
  if (request.token !== undefined) headers['authorization'] = `Bearer ${request.token}`;
  const body = bodyOf(request, headers);
  const { method, path, into, signal } = request;
  const answer = await transport({ method, url: `${origin}${path}`, headers, body, into, signal });
  if (answer.status >= 200 && answer.status < 300) return answer.bytes;
  throw problemOf(answer);
}

function bodyOf(request: Exchange, headers: Record<string, string>): readonly Uint8Array<ArrayBuffer>[] | null {
  if (request.json !== undefined) {
    headers['content-type'] = 'application/json';
    return [utf8(JSON.stringify(request.json))];
  }
  if (request.body === undefined) return null;
  headers['content-type'] = 'application/octet-stream';
  return request.body;
}

function problemOf({ status, bytes }: TransportAnswer): CoreError {
  const problem = safeJson(bytes);
  const code = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : null;
  if (isRelayProblem(code)) return new CoreError(code, `the relay answered ${status} ${code}`);
  // A proxy in between, or a relay that is just starting.
  if (status >= 500) return new CoreError('unavailable', `the relay answered ${status}`);
  return new CoreError('relay-answer', `an unexpected answer: ${status}`);
}

function safeJson(bytes: Uint8Array): unknown {
  try {
    return readJson(bytes);
  } catch {
    return null;
  }
}

/** @throws CoreError `relay-answer` */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes));
  } catch (cause) {
    throw new CoreError('relay-answer', 'the answer is not JSON', { cause });
  }
}
