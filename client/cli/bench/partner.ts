import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { receiveMessage, type MessageSink } from '../../core/receive/receive.js';
import { receivedLetters, type Letter } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { type Hints, connectHints } from '../../core/relay/hints.js';
import { lookUpAhead } from '../../core/send/look-up.js';
import { planPackage } from '../../core/send/plan-package.js';
import { newFileId, sendMessage } from '../../core/send/send.js';
import { collectPaths, readyCollectThread } from '../../node/collect-thread.js';
import { reopenDiskSource } from '../../node/disk-source.js';
import { localFilesIn } from '../../node/local-files.js';
import { openMessageFolder } from '../../node/message-folder.js';
import { join } from 'node:path';
import { openDesk, type OpenDesk } from '../desk.js';
import { parseCoding, parseMailbox } from '../parse.js';

/** One side of a measured trip: unlocked and connected it waits for an order (a line of JSON), carries it out, and says so. */

interface Order {
  readonly kind: 'send' | 'receive';
  readonly path: string;
  readonly to: string;
  readonly coding: string;
  /** Where earlier messages lie: files in them need not come again. */
  readonly kept?: string;
  /** What the recipient has already is named. */
  readonly isAgain: boolean;
}

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function send(desk: OpenDesk, { path, to, coding, isAgain }: Order): Promise<void> {
  if (isAgain) await syncInbox(desk);
  const addressed = { to: [parseMailbox(to)], cc: [], bcc: [] };
  const ahead = lookUpAhead(desk, addressed);
  const { studies } = await collectPaths([path], { reopen: reopenDiskSource });
  const nowMs = desk.clock.now();
  const letter = {
    ...{ ...addressed, subject: '', text: '' },
    ...{ replyTo: null, urgency: null, expiresMs: nowMs + 10 * 86_400_000 },
  };
  const options = {
    reopen: reopenDiskSource,
    coding: parseCoding(coding),
    ahead,
    known: isAgain ? ('name' as const) : ('send-again' as const),
  };
  const { instances, wireBytes } = await sendMessage(desk, letter, planPackage(studies, [], newFileId), options);
  say({ type: 'sent', instances, wireBytes });
}

async function receive(desk: OpenDesk, hints: Hints, { path, kept = path }: Order): Promise<void> {
  // A hint that comes while nobody waits may be missed, and costs a second at most.
  const wait = (): Promise<void> => hints.next(1000).then(() => undefined);
  const letter = await newLetter(desk, wait);
  let firstAtMs: number | null = null;
  let completeAtMs: number | null = null;
  const { messageId } = letter.stored.header;
  const { instances, wireBytes } = await receiveMessage(desk, letter, {
    localFile: localFilesIn(kept),
    waitForMore: wait,
    openSink: async ({ payloadId }): Promise<MessageSink> => {
      const sink = await openMessageFolder({ messageId, folder: join(path, letter.name) }, payloadId);
      const verified: MessageSink['verified'] = async (fileId, entry) => {
        await sink.verified(fileId, entry);
        firstAtMs ??= Date.now();
      };
      const complete: MessageSink['complete'] = async (plan) => {
        await sink.complete(plan);
        completeAtMs = Date.now();
      };
      return { ...sink, verified, complete };
    },
  });
  // Receipts go back after that; their processor time counts, as everything does until both sides have said that they are done.
  say({ type: 'received', instances, firstAtMs, completeAtMs, wireBytes });
}

async function newLetter(desk: OpenDesk, wait: () => Promise<void>): Promise<Letter> {
  for (;;) {
    await syncInbox(desk);
    const letter = receivedLetters(desk.account).find(({ key }) => !desk.account.state.completed.has(key));
    if (letter !== undefined) return letter;
    await wait();
  }
}

const [keystore = ''] = process.argv.slice(2);
await using desk = await openDesk(keystore);
// As in a gateway: connected and ready before anybody sends.
using hints = connectHints(desk.relay);
readyCollectThread();
process.once('SIGTERM', () => process.exit(0));
say({ type: 'ready' });
const orders = createInterface({ input: process.stdin });
for (;;) {
  const [text] = (await once(orders, 'line')) as [string];
  const order = JSON.parse(text) as Order;
  await (order.kind === 'send' ? send(desk, order) : receive(desk, hints, order));
}
