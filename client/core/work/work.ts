import { MAX_MEMBER_LABEL, MAX_NOTE } from '../../../crypto/wire/own-state.js';
import { type Account } from '../account/account.js';
import { type OwnState, type Work, workOn } from '../account/own-state.js';
import { type DeviceId } from '../ids.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { tellOwnDevices } from '../contacts/own-devices.js';
import { type Letter } from '../receive/inbox.js';

/**
 * The common work of a mailbox on its messages (docs/spec/mailbox.md §8): who has one, what is noted about it, whether it is done.
 * Told sealed among the mailbox's own devices; neither the relay nor the sender learns of it. Applied when it is delivered.
 */

type About = Pick<Letter, 'stored'>;

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

export function workOf({ state }: { readonly state: { readonly own: OwnState } }, letter: About): Work {
  return workOn(state.own, targetOf(letter));
}

/** What the mailbox calls one of its devices; null when nobody has told. */
export function deviceNameOf({ state, content }: Account, deviceId: DeviceId): string | null {
  const own = deviceId === content.device.deviceId ? content.deviceName : null;
  return state.deviceNames.get(deviceId)?.name ?? own;
}

/** The members of the mailbox as its devices name them, each once, by name. */
export function membersOf({ state, content }: Account): string[] {
  const labels = [...state.deviceNames.values()].map(({ member }) => member.label);
  return [...new Set([content.device.member.label, ...labels])].sort((a, b) => a.localeCompare(b));
}

function targetOf({ stored }: About) {
  const { sender, messageId } = stored.header;
  return { sender: sender.mailboxId, messageId };
}

function filled(text: string, most: number): string {
  const plain = text.normalize('NFC').trim();
  if (plain === '' || plain.length > most) throw new CoreError('work-invalid', 'empty, or too long');
  return plain;
}
