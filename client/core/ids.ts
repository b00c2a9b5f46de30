/** Ids, addresses and encodings for shells, which do not import `crypto` themselves. */
export { toHex } from '../../crypto/wire/bytes.js';
export {
  type Address,
  type DeviceId,
  type FileId,
  type MailboxId,
  type MessageId,
  type PayloadId,
  type RegistrarId,
  parseAddress,
  parseMailboxId,
  parseRegistrarId,
} from '../../crypto/wire/ids.js';
export type { SealErrorCode } from '../../crypto/seal/error.js';
export type { Receipt, ReceiptKind } from '../../crypto/wire/receipt.js';
export type { KdfCost } from '../../crypto/seal/suite.js';
export type { HeaderPayload } from '../../crypto/wire/message.js';
