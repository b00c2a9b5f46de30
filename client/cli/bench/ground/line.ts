import { type Socket, connect, createServer } from 'node:net';

/** A practice line in front of a TCP port: so many bits a second up, and half the round trip each way. */
export interface LineOptions {
  readonly upBitsPerS: number;
  readonly downBitsPerS: number;
  readonly roundTripMs: number;
}

export interface Line extends AsyncDisposable {
  readonly port: number;
  /** Bytes that went up so far. */
  upBytes(): number;
}

/** What a slow line holds before the sender has to wait: about what a router does. */
const BUFFER_BYTES = 256 * 1024;

/** One direction of the line; all connections share its rate. */
function createLane(bitsPerS: number, delayMs: number) {
  const bytesPerMs = bitsPerS / 8000;
  let freeAtMs = 0;
  let total = 0;
  return {
    total: () => total,
    carry(from: Socket, to: Socket): void {
      // Timers of one millisecond fire in any order: what comes out is always the oldest.
      const inside: Buffer[] = [];
      let waiting = 0;
      const arrive = (): void => {
        const chunk = inside.shift();
        if (chunk === undefined) return;
        waiting -= chunk.length;
        if (!to.destroyed) to.write(chunk);
        if (waiting <= BUFFER_BYTES) from.resume();
      };
      from.on('data', (chunk: Buffer) => {
        const now = performance.now();
        freeAtMs = Math.max(now, freeAtMs) + chunk.length / bytesPerMs;
        total += chunk.length;
        waiting += chunk.length;
        inside.push(chunk);
        if (waiting > BUFFER_BYTES) from.pause();
        setTimeout(arrive, freeAtMs - now + delayMs);
      });
      from.on('end', () => {
        setTimeout(() => to.end(), Math.max(0, freeAtMs - performance.now()) + delayMs + 2);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        if (!from.readableEnded) to.destroy();
      });
    },
  };
}

export async function openLine(target: number, options: LineOptions): Promise<Line> {
  const up = createLane(options.upBitsPerS, options.roundTripMs / 2);
  const down = createLane(options.downBitsPerS, options.roundTripMs / 2);
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    }
    up.carry(near, far);
    down.carry(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    upBytes: up.total,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
