import { type Receipt, encodeReceiptBody, encodeSignedReceipt } from '../wire/receipt.js';
import { type SigningKey } from './sign.js';

/** @returns CBOR [receipt, signature] (docs/spec/receipt.md) */
export function signReceipt(receipt: Receipt, key: SigningKey): Uint8Array {
  const body = encodeReceiptBody(receipt);
  return encodeSignedReceipt(body, key.sign('receipt', body));
}
