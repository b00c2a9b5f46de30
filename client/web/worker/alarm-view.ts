import { type Account } from '../../core/account/account.js';
import { assertNoAlarm } from '../../core/directory/log-alarm.js';
import { CoreError } from '../../core/error.js';
import { type AlarmView } from '../desk/view.js';

/** What the directory was caught at, for people to compare; null when there is nothing (docs/spec/directory.md §8). */
export function alarmView(account: Account): AlarmView | null {
  const { alarm } = account.state;
  try {
    assertNoAlarm(account);
    return null;
  } catch (error) {
    const detail = error instanceof CoreError ? error.detail : null;
    if (alarm === null || detail?.kind !== 'checkpoints') throw error;
    const text = new TextDecoder();
    return {
      first: detail.first,
      second: detail.second,
      evidence: `${text.decode(alarm.first)}\n${text.decode(alarm.second)}`,
    };
  }
}
