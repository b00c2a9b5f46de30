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

/** @param check what every answer has to fulfil: the relay's document, unless it is somebody else who answers */
export function asker(url: string, token?: string, check: typeof checkAnswer = checkAnswer): Ask {
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
    check(method, path, answer);
    return answer;
  };
}

/** Of a practice's gateway, whose paths look like the relay's and are others. */
export function gatewayAsker(url: string, token?: string): Ask {
  return asker(url, token, () => undefined);
}

export function answerFrom(status: number, headers: Headers, bytes: Buffer): Answer {
  const type = headers.get('Content-Type') ?? '';
  const json: unknown = type.includes('json') && bytes.length > 0 ? JSON.parse(bytes.toString()) : null;
  const isProblem = type.startsWith('application/problem+json');
  return { status, headers, json, bytes, code: isProblem ? ((json as { code: string } | null)?.code ?? null) : null };
}
