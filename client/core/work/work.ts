import { MAX_MEMBER_LABEL, MAX_NOTE } from '../../../crypto/wire/own-state.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { tellOwnDevices } from '../contacts/own-devices.js';
import { type About, targetOf } from './reading.js';

export { deviceNameOf, membersOf, workOf } from './reading.js';

/**
 * The common work of a mailbox on its messages (docs/spec/mailbox.md §8): who has one, what is noted about it, whether it is done.
 * Told sealed among the mailbox's own devices; neither the relay nor the sender learns of it. Applied when it is delivered.
 */

/** The member of this device takes the message on. */
export async function claim(desk: Desk, letter: About): Promise<void> {
  await tellOwnDevices(desk, { op: 'claim', target: targetOf(letter) });
}

/** @param to a member by name @throws CoreError `work-invalid` */
export async function handOver(desk: Desk, letter: About, to: string): Promise<void> {
  await tellOwnDevices(desk, { op: 'hand-over', target: targetOf(letter), to: filled(to, MAX_MEMBER_LABEL) });
}

export async function markDone(desk: Desk, letter: About): Promise<void> {
  await tellOwnDevices(desk, { op: 'done', target: targetOf(letter) });
}

/** A note stays inside the mailbox, also when the message is answered or forwarded. @throws CoreError `work-invalid` */
export async function addNote(desk: Desk, letter: About, text: string): Promise<void> {
  await tellOwnDevices(desk, { op: 'note', target: targetOf(letter), text: filled(text, MAX_NOTE) });
}

function filled(text: string, most: number): string {
  const plain = text.normalize('NFC').trim();
  if (plain === '' || plain.length > most) throw new CoreError('work-invalid', 'empty, or too long');
  return plain;
}
