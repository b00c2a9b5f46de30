import { CoreError } from '../error.js';
import { type Transport } from '../ports.js';

/** HTTP by the platform's fetch: for browsers and workers. */
export function fetchTransport(fetchOf: typeof fetch): Transport {
  return async ({ method, url, headers, body, signal }) => {
    try {
      const response = await fetchOf(url, {
        method,
        headers,
        body: body === null ? null : new Blob([...body]),
        // No bytes and no token go anywhere but to the relay (attack A5).
        redirect: 'error',
        credentials: 'omit',
        signal: signal ?? null,
      });
      return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) };
    } catch (cause) {
      if (signal?.aborted === true) throw new CoreError('aborted', 'aborted by the caller', { cause });
      // fetch does not tell a refused connection from a broken one: the careful reading.
      throw new CoreError('relay-interrupted', 'the connection to the relay broke off', { cause });
    }
  };
}
