import { concatBytes, equalBytes, isZero, readUint32, utf8, writeUint32 } from '../wire/bytes.js';
import { type PayloadId, idBytes } from '../wire/ids.js';
import {
  TALLY_WIRE_BYTES,
  type TallyBody,
  type TallySigner,
  encodeTallyBody,
  encodeTallyRecord,
  verifyTallyRecord,
} from '../wire/tally.js';
import { SealError } from './error.js';
import { controlKey } from './payload.js';
import { type Secret } from './secret.js';
import { type SigningKey } from './sign.js';
import { TAG_BYTES, XCHACHA_NONCE_BYTES, randomBytes, xchachaOpen, xchachaSeal } from './suite.js';

/** Sealed tallies (docs/spec/payload.md §5): 8,192 bytes each, so that the relay cannot tell open from final. */

const PLAIN_BYTES = TALLY_WIRE_BYTES - XCHACHA_NONCE_BYTES - TAG_BYTES;

/** @returns 8,192 bytes: nonce(24) || XChaCha20-Poly1305(u32 length || record || zeros) */
export function sealTally(secret: Secret, tally: TallyBody, key: SigningKey): Uint8Array<ArrayBuffer> {
  const body = encodeTallyBody(tally);
  const record = encodeTallyRecord(body, key.sign('tally', body));
  const plain = new Uint8Array(PLAIN_BYTES);
  plain.set(concatBytes(writeUint32(record.length), record));
  const nonce = randomBytes(XCHACHA_NONCE_BYTES);
  return concatBytes(nonce, xchachaSeal(controlKey(secret), nonce, associatedData(tally.payloadId), plain));
}

/** @throws SealError `tally-invalid` for anything but a tally of this payload signed by `signer` */
export function openTally(secret: Secret, payloadId: PayloadId, wire: Uint8Array, signer: TallySigner): TallyBody {
  try {
    return verifyTallyRecord(openRecord(secret, payloadId, wire), payloadId, signer);
  } catch (cause) {
    throw new SealError('tally-invalid', 'the tally does not open', { cause });
  }
}

function openRecord(secret: Secret, payloadId: PayloadId, wire: Uint8Array): Uint8Array {
  if (wire.length !== TALLY_WIRE_BYTES) throw new SealError('tally-invalid', 'a tally has 8,192 bytes');
  const nonce = wire.subarray(0, XCHACHA_NONCE_BYTES);
  const sealed = wire.subarray(XCHACHA_NONCE_BYTES);
  const plain = xchachaOpen(controlKey(secret), nonce, associatedData(payloadId), sealed);
  const length = readUint32(plain, 0);
  const end = 4 + length;
  if (end > plain.length || !isZero(plain.subarray(end))) throw new SealError('tally-invalid', 'padding is not zero');
  return plain.subarray(4, end);
}

function associatedData(payloadId: PayloadId): Uint8Array {
  return concatBytes(utf8('bb1/tally\0'), idBytes(payloadId));
}

/**
 * Whether `next` may follow `last`, both verified (invariant 16): neither number goes back, equal numbers mean equal
 * tallies, and nothing follows a final or aborted one. Roots of different sizes are compared by whoever holds the hashes.
 * @throws SealError `tally-contradiction`: the signer has signed two histories
 */
export function assertTallyFollows(last: TallyBody, next: TallyBody): void {
  const contradicts =
    next.seq < last.seq ||
    next.segments < last.segments ||
    (last.status !== 'open' && next.seq > last.seq) ||
    (next.seq === last.seq && !equalBytes(encodeTallyBody(next), encodeTallyBody(last))) ||
    (next.segments === last.segments && !equalBytes(next.root, last.root));
  if (contradicts) throw new SealError('tally-contradiction', 'the sender signed two histories of one payload');
}
