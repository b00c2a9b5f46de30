import { equalBytes, utf8 } from '../../../crypto/wire/bytes.js';
import { fromBase64, toBase64 } from '../../../crypto/log/base64.js';
import {
  type LogCheckpoint,
  type SignedCheckpoint,
  parseCheckpoint,
  verifyCheckpoint,
} from '../../../crypto/log/checkpoint.js';
import { LogError } from '../../../crypto/log/error.js';
import { parseNote } from '../../../crypto/log/note.js';
import { parsePolicy } from '../../../crypto/log/policy.js';
import { type Account } from '../account/account.js';
import { MAX_ALARM_REASON } from '../../../crypto/wire/own-state.js';
import { type SettledAlarm } from '../account/state.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';
import { assertNoAlarm } from './log-alarm.js';
import { loadPolicy } from '../account/policy.js';

/** An alarm as people see it, and the deliberate way out of it (docs/spec/directory.md §8). */
export interface AlarmReport {
  /** What was seen first, and what does not continue it. Roots as the notes write them, in base64. */
  readonly first: NamedCheckpoint;
  readonly second: NamedCheckpoint;
  /** Where both notes lie. */
  readonly evidence: string | null;
}

export interface NamedCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: string;
}

export function reportAlarm({ state }: Account): AlarmReport | null {
  if (state.alarm === null) return null;
  const { first, second, evidence } = state.alarm;
  return { first: named(first), second: named(second), evidence };
}

/** What was decided about an alarm, as people see it. */
export interface SettledReport {
  readonly abandoned: Pick<NamedCheckpoint, 'size' | 'root'>;
  readonly member: string;
  readonly reason: string;
  readonly timeMs: number;
}

/** Oldest first. */
export function reportSettled({ state }: Account): SettledReport[] {
  return state.settledAlarms.map(({ abandoned: { size, root }, member, reason, timeMs }) => {
    return { abandoned: { size, root: toBase64(root) }, member, reason, timeMs };
  });
}

function named(note: Uint8Array): NamedCheckpoint {
  const { origin, size, root } = checkpointIn(note);
  return { origin, size, root: toBase64(root) };
}

function checkpointIn(note: Uint8Array): LogCheckpoint {
  return parseCheckpoint(parseNote(note).text);
}

export interface Settlement {
  /** The root of the history that counts, whole, as whoever runs the log has said it on another way than through the relay. */
  readonly root: string;
  readonly reason: string;
}

/**
 * A person who administrates has learned from the operator what happened, and which of the two histories counts: the device goes on from
 * there, and whatever does not continue that is a new alarm. Evidence and decision stay. The mailbox's other devices are told at the next
 * look into the mailbox.
 * @returns what was decided; null when there is no alarm
 * @throws CoreError `not-admin`; `log-forked` when the root is none of the two: the alarm stays; `request-invalid` without a reason
 */
export async function settleAlarm(
  account: Account,
  relay: Relay,
  { root, reason }: Settlement,
  nowMs: number,
): Promise<SettledAlarm | null> {
  const { alarm } = account.state;
  if (alarm === null) return null;
  const { identitySeed, device } = account.content;
  if (identitySeed === null) throw new CoreError('not-admin', 'an alarm is settled by a device that administrates');
  const why = reason.normalize('NFC').trim();
  if (why === '' || why.length > MAX_ALARM_REASON) throw new CoreError('request-invalid', 'an alarm needs a reason');
  const meant = rootIn(root);
  const notes = [alarm.second, alarm.first];
  const chosen = notes.find((note) => meant !== null && equalBytes(checkpointIn(note).root, meant));
  if (chosen === undefined) return assertNoAlarm(account) as never;
  const other = checkpointIn(notes.find((note) => note !== chosen) ?? chosen);
  const settled: SettledAlarm = {
    kind: 'log-alarm-settled',
    abandoned: { size: other.size, root: other.root },
    member: device.member.label,
    reason: why,
    timeMs: nowMs,
  };
  const { note, origin, size, root: kept, signature } = await signedBy(account, relay, chosen);
  await account.record(settled, { kind: 'checkpoint-seen', note, origin, size, root: kept, signature });
  return settled;
}

function rootIn(text: string): Uint8Array | null {
  try {
    return fromBase64(text.trim());
  } catch (error) {
    if (error instanceof LogError) return null;
    throw error;
  }
}

/** It was signed by the log when the alarm was raised; here its signature is taken out again. */
async function signedBy(account: Account, relay: Relay, note: Uint8Array): Promise<SignedCheckpoint> {
  const pinned = account.content.policy;
  const policy = pinned === undefined ? (await loadPolicy(account, relay)).policy : parsePolicy(utf8(pinned));
  return verifyCheckpoint(note, policy.log);
}
