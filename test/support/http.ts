import { checkAnswer } from './api-check.js';

/** One HTTP exchange, as a client without any of our code would make it. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Null when the body is not JSON. */
  readonly json: unknown;
  readonly bytes: Buffer;
  /** The problem's code, null when the answer is none. */
  readonly code: string | null;
}

export interface AskOptions {
  readonly json?: unknown;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Ask = (method: string, path: string, options?: AskOptions) => Promise<Answer>;

/** @param checked `unchecked` for a relay that lies, and for the gateway: the relay's document does not have their answers */
export function asker(url: string, token?: string, checked: 'checked' | 'unchecked' = 'checked'): Ask {
  return async (method, path, { json, body, headers = {} } = {}) => {
    const response = await fetch(new URL(path, url), {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body: new Blob([Buffer.from(body)]) }),
    });
    const answer = answerFrom(response.status, response.headers, Buffer.from(await response.arrayBuffer()));
    if (checked === 'checked') checkAnswer(method, path, answer);
    return answer;
  };
}

export function answerFrom(status: number, headers: Headers, bytes: Buffer): Answer {
  const type = headers.get('Content-Type') ?? '';
  const json: unknown = type.includes('json') && bytes.length > 0 ? JSON.parse(bytes.toString()) : null;
  const isProblem = type.startsWith('application/problem+json');
  return { status, headers, json, bytes, code: isProblem ? ((json as { code: string } | null)?.code ?? null) : null };
}
