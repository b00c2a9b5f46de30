import { type Server, type Socket, connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What stands before several nodes: each connection goes to the next node that takes it. It knows nothing of what passes. */
export interface Balancer {
  readonly url: string;
  /** Nodes by their URL; may change at any time. */
  use(urls: readonly string[]): void;
  /** Breaks every connection off, and takes none until there are nodes again. */
  cut(): void;
  close(): Promise<void>;
}

export async function startBalancer(): Promise<Balancer> {
  let ports: readonly number[] = [];
  let next = 0;
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };
  const forward = (client: Socket, left: number): void => {
    if (left === 0) return void client.destroy();
    const port = ports[(next += 1) % ports.length] ?? 0;
    const node = connect(port, '127.0.0.1');
    const tryNext = (): void => forward(client, left - 1);
    node.once('error', tryNext);
    node.once('connect', () => {
      node.off('error', tryNext);
      track(node).once('close', () => client.destroy());
      client.once('close', () => node.destroy());
      node.pipe(client).pipe(node);
    });
  };
  const server: Server = createServer((client) => forward(track(client), ports.length));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    use: (urls) => void (ports = urls.map((url) => Number(new URL(url).port))),
    cut() {
      ports = [];
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
