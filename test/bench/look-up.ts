import { createPinnedView } from '../../client/core/directory/pinned-view.js';
import { findRecipient } from '../../client/core/directory/recipient.js';
import { type Transport, type TransportAnswer } from '../../client/core/ports.js';
import { type Address } from '../../crypto/wire/ids.js';
import { type TestDesk } from '../support/device-desk.js';

/** A lookup as `send` makes it, measured: what the relay sends for it, and what it costs the client. */

/** Once over HTTP, which gives the bytes; once more with the answers at hand, which gives the client's own work. */
export async function lookUp(wire: ReturnType<typeof recorder>, desk: TestDesk, address: Address) {
  const find = async () => {
    const view = createPinnedView(desk.account, desk.relay);
    await findRecipient(desk.account, desk.relay, view, address, Date.now());
  };
  const answers = await wire.record(find);
  const cpu = process.cpuUsage();
  await wire.replay(answers, find);
  const used = process.cpuUsage(cpu);
  const sizes = answers.map(({ bytes }) => bytes.length);
  return {
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    proofBytes: sizes.at(-1) ?? 0,
    cpuMs: round((used.user + used.system) / 1000),
  };
}

/** Between a client and its relay: keeps answers, or gives those that were kept. */
export function recorder() {
  let kept: TransportAnswer[] | null = null;
  let given: TransportAnswer[] | null = null;
  return {
    wrap:
      (inner: Transport): Transport =>
      async (request) => {
        const next = given?.shift();
        if (next !== undefined) return next;
        const answer = await inner(request);
        kept?.push(answer);
        return answer;
      },
    async record(work: () => Promise<void>): Promise<TransportAnswer[]> {
      const answers: TransportAnswer[] = [];
      kept = answers;
      await work();
      kept = null;
      return answers;
    },
    async replay(answers: readonly TransportAnswer[], work: () => Promise<void>): Promise<void> {
      given = [...answers];
      await work();
      if (given.length > 0) throw new Error('the second lookup asked for less');
      given = null;
    },
  };
}

export function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
