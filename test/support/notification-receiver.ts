import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Notification {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A practice computer that is told: answers with what the test wants. */
export async function startReceiver(): Promise<{
  url: string;
  got: Notification[];
  statuses: number[];
  next(): Promise<Notification>;
  close(): Promise<void>;
}> {
  const got: Notification[] = [];
  const statuses: number[] = [];
  const waiting: ((one: Notification) => void)[] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => void (body += chunk.toString()));
    request.on('end', () => {
      response.statusCode = statuses.shift() ?? 204;
      response.end();
      const one = { headers: request.headers as Record<string, string>, body };
      got.push(one);
      waiting.shift()?.(one);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ...{ got, statuses },
    next: () => new Promise((resolve) => waiting.push(resolve)),
    close: async () => void (await new Promise((done) => server.close(done))),
  };
}
