import { type Server, type Socket, connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

/** How the line is at the moment. */
export interface Weather {
  readonly latencyMs: number;
  /** Null for as fast as it goes. */
  readonly bytesPerSecond: number | null;
  /** A connection breaks after so many bytes, in the middle of whatever it carries; null for never. */
  readonly breaksAfter: number | null;
}

export const FAIR: Weather = { latencyMs: 0, bytesPerSecond: null, breaksAfter: null };

/** What stands between clients and nodes, or nodes and their database: each connection goes to the next node that takes it. */
export interface Line {
  readonly url: string;
  use(urls: readonly string[]): void;
  weather(now: Weather): void;
  /** Breaks every connection off and takes none until `use`. */
  cut(): void;
  /** The same, until the function that it gives is called, whoever is used meanwhile. */
  cutFor(): () => void;
  close(): Promise<void>;
}

export async function startLine(): Promise<Line> {
  let ports: readonly number[] = [];
  let now = FAIR;
  let next = 0;
  let cuts = 0;
  const sockets = new Set<Socket>();
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
    return socket;
  };

  function forward(client: Socket, left: number): void {
    if (left <= 0) return void client.destroy();
    const node = connect(ports[(next += 1) % ports.length] ?? 1, '127.0.0.1');
    const tryNext = (): void => forward(client, left - 1);
    node.once('error', tryNext);
    node.once('connect', () => {
      node.off('error', tryNext);
      track(node).once('close', () => client.destroy());
      client.once('close', () => node.destroy());
      carry(node, client);
      carry(client, node);
    });
  }

  function carry(from: Socket, to: Socket): void {
    let carried = 0;
    from.on('data', (bytes: Buffer) => {
      const { latencyMs, bytesPerSecond, breaksAfter } = now;
      carried += bytes.length;
      if (breaksAfter !== null && carried > breaksAfter) {
        // What has left is on its way: half of a request, or half of an answer.
        to.write(bytes.subarray(0, Math.max(0, bytes.length - (carried - breaksAfter))), () => to.destroy());
        return void from.destroy();
      }
      const delay = latencyMs + (bytesPerSecond === null ? 0 : (bytes.length / bytesPerSecond) * 1_000);
      const isFull = !to.writable || to.writableLength > 1_000_000;
      if (delay === 0 && !isFull) return void to.write(bytes);
      from.pause();
      setTimeout(() => {
        if (to.writable) to.write(bytes);
        from.resume();
      }, delay);
    });
  }

  const server: Server = createServer({ noDelay: true }, (client) =>
    forward(track(client), cuts > 0 ? 0 : ports.length),
  );
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    use: (urls) => void (ports = urls.map((url) => Number(new URL(url).port))),
    weather: (to) => void (now = to),
    cut() {
      ports = [];
      for (const socket of sockets) socket.destroy();
    },
    cutFor() {
      cuts += 1;
      for (const socket of sockets) socket.destroy();
      return () => void (cuts -= 1);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
