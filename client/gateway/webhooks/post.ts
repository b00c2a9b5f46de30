import type { Post } from './deliverer.js';

/** A receiver says that it has it, and works on it afterwards. */
const TIMEOUT_MS = 10_000;

export const fetchPost: Post = async (url, headers, body) => {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    // What it says is not read: a receiver could send without end.
    await response.body?.cancel();
    return { kind: 'answered', status: response.status };
  } catch (error) {
    return { kind: error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unreachable' };
  }
};
