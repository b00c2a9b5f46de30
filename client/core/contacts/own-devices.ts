/** Where the features that tell something to the mailbox's other devices find it. */
export { tellOwnDevices } from '../send/own-message.js';
