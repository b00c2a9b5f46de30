import { type Desk } from '../desk.js';
import { isViewFailure } from './view-failure.js';

/** docs/spec/directory.md §8: every client looks after its own place in the log, at the start and every six hours. */
export const OWN_WATCH_MS = 6 * 3_600_000;

export function isOwnWatchDue({ account, clock }: Pick<Desk, 'account' | 'clock'>): boolean {
  return clock.now() - account.state.ownCheckedMs >= OWN_WATCH_MS;
}

/**
 * Looks, when it is time. What it finds is remembered: an alarm stops sending from here on; that the log cannot be checked
 * now is told by whatever needs it. @throws CoreError when the relay cannot be reached
 */
export async function watchOwnMailbox(desk: Desk): Promise<void> {
  if (!isOwnWatchDue(desk) || desk.account.state.alarm !== null) return;
  try {
    await desk.directory.refresh(desk.account.content.mailboxId);
  } catch (error) {
    if (!isViewFailure(error)) throw error;
  }
}
