/**
 * The SDK in fifteen names: what a shell needs for a mailbox, a send and a receive. Types come from the files themselves.
 */
export { enrol, parseInvitation } from './account/enrol.js';
export { openAccount } from './account/account.js';
export { accountSigner } from './account/signer.js';
export { createRelay } from './relay/relay.js';
export { connectHints } from './relay/hints.js';
export { createPinnedView } from './directory/pinned-view.js';
export { collectStudies } from './send/collect.js';
export { planPackage } from './send/plan-package.js';
export { resumeMessage, sendMessage } from './send/send.js';
export { syncInbox } from './receive/sync.js';
export { receivedLetters } from './receive/inbox.js';
export { receiveMessage } from './receive/receive.js';
export { receiptsOf } from './receive/receipts.js';
export { withdrawMessage } from './withdraw/withdrawal.js';
