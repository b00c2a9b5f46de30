export { confirmAgain } from '../../core/receive/confirm.js';
export { receiveMessage } from '../../core/receive/receive.js';
