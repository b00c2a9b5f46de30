import { findLetter } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { forwardMessage } from '../../core/receive/forward.js';
import { reopenDiskSource } from '../../node/disk-source.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { interruptSignal } from '../signal.js';
import { UsageError } from '../usage-error.js';
import { type LetterOptions, assertLetterUsage, letterOf, reportSent } from './send.js';

export type ForwardOptions = Omit<LetterOptions, 'replyTo'>;

/** `bildbote forward MESSAGE --to MAILBOX`: its files to others, without sending one byte of them again. */
export async function runForward(text: string, options: ForwardOptions, output: Output): Promise<void> {
  if (options.to.length === 0) throw new UsageError('forward needs at least one --to MAILBOX');
  assertLetterUsage(options);
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  const original = findLetter(desk.account, text);
  const letter = await letterOf(desk, { ...options, subject: options.subject || original.body.subject });
  const sendOptions = { reopen: reopenDiskSource, signal: interruptSignal() };
  const met = new Set(desk.account.state.pins.keys());
  await reportSent(desk, await forwardMessage(desk, original, letter, sendOptions), { skipped: [], met }, output);
}
