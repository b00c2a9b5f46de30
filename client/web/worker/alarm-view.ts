import { type Account } from '../../core/account/account.js';
import { evidenceOf } from '../../core/directory/log-alarm.js';
import { reportAlarm } from '../../core/directory/settle-alarm.js';
import { type AlarmView } from '../desk/view.js';

/** What the directory was caught at, for people to compare; null when there is nothing (docs/spec/directory.md §8). */
export function alarmView(account: Account): AlarmView | null {
  const { alarm } = account.state;
  const report = reportAlarm(account);
  if (alarm === null || report === null) return null;
  const { first, second } = report;
  const evidence = new TextDecoder().decode(evidenceOf(alarm.first, alarm.second));
  return { first, second, evidence, isAdmin: account.content.identitySeed !== null };
}
