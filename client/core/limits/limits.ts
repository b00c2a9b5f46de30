import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { type LimitsAnswer } from '../relay/life-routes.js';

export type Limits = LimitsAnswer;

/** What the relay lets this mailbox's practice send and store; null from a relay that does not say. */
export async function fetchLimits({ relay }: Desk): Promise<Limits | null> {
  return relay.limits();
}

/** The most that a message may bring now. */
export function roomOf({ payloadBytes, quotaBytes, storedBytes }: Limits): number {
  return Math.max(0, Math.min(payloadBytes, quotaBytes - storedBytes));
}

/**
 * Before anything is read, sealed or sent. `asked`: the relay's answer, when it is under way already. @throws CoreError `too-large`, `quota-exceeded` with what is needed and what there is
 */
export async function assertRoom(desk: Desk, neededBytes: number, asked?: Promise<Limits | null>): Promise<void> {
  const limits = neededBytes === 0 ? null : await (asked ?? fetchLimits(desk));
  if (limits === null || neededBytes <= roomOf(limits)) return;
  const detail = { kind: 'room', neededBytes, roomBytes: roomOf(limits) } as const;
  const code = neededBytes > limits.payloadBytes ? 'too-large' : 'quota-exceeded';
  throw new CoreError(code, 'more than the relay takes now', { detail });
}
