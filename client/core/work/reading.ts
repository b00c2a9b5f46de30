import { type Account } from '../account/account.js';
import { type OwnState, type Work, workOn } from '../account/own-state.js';
import { type DeviceId } from '../ids.js';
import { type Letter } from '../receive/inbox.js';

/** What is known of the common work, without what it takes to tell something new: whoever only reads need not load that. */

export type About = Pick<Letter, 'stored'>;

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

export function targetOf({ stored }: About) {
  const { sender, messageId } = stored.header;
  return { sender: sender.mailboxId, messageId };
}
