import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import { once } from 'node:events';

/** An object store that takes everything and keeps nothing: what a relay and a sender need for a payload of any length. */
export interface DiscardingStore extends AsyncDisposable {
  readonly port: number;
  /** Bytes of bodies that came. */
  bytes(): number;
}

const LISTING =
  '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>';

export async function startDiscardingStore(): Promise<DiscardingStore> {
  let bytes = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for await (const chunk of request) bytes += (chunk as Buffer).length;
    if (request.method === 'GET') return void response.setHeader('Content-Type', 'application/xml').end(LISTING);
    response.statusCode = request.method === 'DELETE' ? 204 : 200;
    response.setHeader('ETag', '"0"').end();
  };
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP port');
  return {
    port: address.port,
    bytes: () => bytes,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
