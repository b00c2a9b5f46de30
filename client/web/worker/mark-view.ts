import { type Account } from '../../core/account/account.js';
import { type Mark } from '../../core/account/own-state.js';
import { deviceNameOf } from '../../core/work/reading.js';
import { type MarkView } from '../desk/view.js';

export function markView(account: Account, { member, deviceId, timeMs }: Mark): MarkView {
  return { member, device: deviceNameOf(account, deviceId), timeMs };
}
