import { type Account } from '../account/account.js';
import { type Clock } from '../ports.js';
import { type PinnedView } from './pinned-view.js';
import { isViewFailure } from './view-failure.js';

/** docs/spec/directory.md §8: every client looks after its own place in the log, at the start and every six hours. */
export const OWN_WATCH_MS = 6 * 3_600_000;

export interface OwnWatch {
  readonly account: Account;
  readonly directory: PinnedView;
  readonly clock: Clock;
}

export function isOwnWatchDue({ account, clock }: Pick<OwnWatch, 'account' | 'clock'>): boolean {
  return clock.now() - account.state.ownCheckedMs >= OWN_WATCH_MS;
}

/**
 * Looks, when it is time. What it finds is remembered: an alarm stops sending from here on; that the log cannot be checked
 * now is told by whatever needs it. @throws CoreError when the relay cannot be reached
 */
export async function watchOwnMailbox(desk: OwnWatch): Promise<void> {
  if (!isOwnWatchDue(desk) || desk.account.state.alarm !== null) return;
  try {
    await desk.directory.refresh(desk.account.content.mailboxId);
  } catch (error) {
    if (!isViewFailure(error)) throw error;
  }
}
