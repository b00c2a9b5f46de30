import { concatBytes, utf8, writeUint64 } from '../wire/bytes.js';
import { SealError } from './error.js';
import { type Secret } from './secret.js';
import { TAG_BYTES, XCHACHA_NONCE_BYTES, randomBytes, xchachaOpen, xchachaSeal } from './suite.js';

/** Sealed records of local logs (docs/spec/keystore.md §6): each bound to its log and its place, so that none can be moved. */

/** @returns nonce(24) || XChaCha20-Poly1305 */
export function sealRecord(key: Secret, log: string, index: number, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(XCHACHA_NONCE_BYTES);
  return concatBytes(nonce, xchachaSeal(key, nonce, place(log, index), plain));
}

/** @throws SealError `open-failed` for a record of another log, place or key */
export function openRecord(key: Secret, log: string, index: number, record: Uint8Array): Uint8Array {
  if (record.length < XCHACHA_NONCE_BYTES + TAG_BYTES) throw new SealError('open-failed', 'the record is too short');
  const nonce = record.subarray(0, XCHACHA_NONCE_BYTES);
  return xchachaOpen(key, nonce, place(log, index), record.subarray(XCHACHA_NONCE_BYTES));
}

function place(log: string, index: number): Uint8Array {
  return concatBytes(utf8(`bb1/record\0${log}\0`), writeUint64(index));
}
