import { type DeskApi } from '../desk/api.js';
import { accountMethods } from './account-methods.js';
import { alarmMethods } from './alarm-methods.js';
import { contactMethods } from './contact-methods.js';
import { deviceMethods } from './device-methods.js';
import { mailboxMethods } from './mailbox-methods.js';
import { type Door } from './door.js';
import { sendingMethods } from './sending-methods.js';

/** What is loaded after everything that reading needs: whoever opens a message does not wait for it. */
export type LaterMethods = ReturnType<typeof laterMethods>;

export function laterMethods(door: Door) {
  return {
    ...accountMethods(door),
    ...alarmMethods(door),
    ...contactMethods(door),
    ...deviceMethods(door),
    ...mailboxMethods(door),
    ...sendingMethods(door),
  } satisfies Partial<DeskApi>;
}

export { enrol } from '../../core/account/enrol.js';
export { announceDevice } from '../../core/devices/roster.js';
export { joinIn, recoverIn } from './joining.js';
export { createWriting } from './writing.js';
export { alarmView } from './alarm-view.js';
