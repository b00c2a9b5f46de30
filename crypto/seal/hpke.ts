import { concatBytes, utf8, writeUint16 } from '../wire/bytes.js';
import { SealError } from './error.js';
import { type AesGcmKey } from './native.js';
import {
  AES_GCM_IV_BYTES,
  KEM_SHARED_SECRET_BYTES,
  KEY_BYTES,
  aesGcmKey,
  aesGcmOpen,
  aesGcmSeal,
  hkdfExpandSha256,
  hkdfExtractSha256,
  kemDecapsulate,
  kemEncapsulate,
  wipe,
} from './suite.js';

/**
 * RFC 9180 in base mode, for one suite: KEM 0x647a X-Wing, KDF 0x0001 HKDF-SHA256, AEAD 0x0002 AES-256-GCM
 * (docs/spec/envelope.md §1.4). No other mode exists here, so none can be asked for.
 */

type Bytes = Uint8Array<ArrayBuffer>;

const EMPTY = new Uint8Array(0);
const MODE_BASE = 0x00;
const SUITE_ID = concatBytes(utf8('HPKE'), writeUint16(0x647a), writeUint16(0x0001), writeUint16(0x0002));
const VERSION_LABEL = utf8('HPKE-v1');
const EXPORTER_SECRET_BYTES = 32;
/** RFC 9180 §7.2.1 allows more; none of ours is longer than an info string with two ids. */
const MAX_INFO_BYTES = 1024;

interface HpkeContext {
  /** RFC 9180 §5.3. @param context up to 1,024 bytes @param length 1 to 8,160 */
  export(context: Uint8Array, length: number): Bytes;
  /** Overwrites the exporter secret; exporting afterwards throws `key-invalid`. */
  close(): void;
}

export interface HpkeSender extends HpkeContext {
  /** 1,120 bytes for the recipient. */
  readonly enc: Bytes;
  /** RFC 9180 §5.2; each call takes the next sequence number. @returns ciphertext || tag(16) */
  seal(aad: Uint8Array, plain: Uint8Array): Promise<Bytes>;
}

export interface HpkeReceiver extends HpkeContext {
  /**
   * RFC 9180 §5.2; the sequence number advances only when the opening succeeds. One call at a time, in the sender's order.
   * @throws SealError `open-failed`
   */
  open(aad: Uint8Array, sealed: Uint8Array): Promise<Bytes>;
}

/**
 * SetupBaseS.
 * @param publicKey the recipient's X-Wing key, 1,216 bytes
 * @throws SealError `key-invalid`, `limits`
 */
export async function setupSender(publicKey: Uint8Array, info: Uint8Array): Promise<HpkeSender> {
  const { enc, sharedSecret } = kemEncapsulate(publicKey);
  const { key, nonceAt, context } = await schedule(sharedSecret, info);
  let next = 0;
  return {
    ...context,
    enc,
    seal: (aad, plain) => aesGcmSeal(key, nonceAt(next++), aad, plain),
  };
}

/**
 * SetupBaseR.
 * @param seed the recipient's X-Wing secret key, 32 bytes
 * @param enc 1,120 bytes
 * @throws SealError `key-invalid`, `open-failed`, `limits`
 */
export async function setupReceiver(seed: Uint8Array, enc: Uint8Array, info: Uint8Array): Promise<HpkeReceiver> {
  const { key, nonceAt, context } = await schedule(kemDecapsulate(enc, seed), info);
  let next = 0;
  return {
    ...context,
    async open(aad, sealed) {
      const sequence = next;
      const plain = await aesGcmOpen(key, nonceAt(sequence), aad, sealed);
      next = sequence + 1;
      return plain;
    },
  };
}

interface Schedule {
  readonly key: AesGcmKey;
  readonly nonceAt: (sequence: number) => Uint8Array;
  readonly context: HpkeContext;
}

/** RFC 9180 §5.1, mode base: no PSK. Takes the shared secret over and wipes it. */
async function schedule(sharedSecret: Uint8Array, info: Uint8Array): Promise<Schedule> {
  if (sharedSecret.length !== KEM_SHARED_SECRET_BYTES)
    throw new SealError('key-invalid', 'a shared secret has 32 bytes');
  if (info.length > MAX_INFO_BYTES) throw new SealError('limits', 'an info string has at most 1,024 bytes');
  const pskIdHash = labeledExtract(EMPTY, 'psk_id_hash', EMPTY);
  const infoHash = labeledExtract(EMPTY, 'info_hash', info);
  const scheduleContext = concatBytes(Uint8Array.of(MODE_BASE), pskIdHash, infoHash);
  const secret = labeledExtract(sharedSecret, 'secret', EMPTY);
  wipe(sharedSecret);
  const rawKey = labeledExpand(secret, 'key', scheduleContext, KEY_BYTES);
  const baseNonce = labeledExpand(secret, 'base_nonce', scheduleContext, AES_GCM_IV_BYTES);
  const exporterSecret = labeledExpand(secret, 'exp', scheduleContext, EXPORTER_SECRET_BYTES);
  wipe(secret);
  const key = await aesGcmKey(rawKey);
  wipe(rawKey);
  return { key, nonceAt: (sequence) => nonce(baseNonce, sequence), context: exporter(exporterSecret) };
}

function exporter(exporterSecret: Uint8Array): HpkeContext {
  let isOpen = true;
  return {
    export(context, length) {
      if (!isOpen) throw new SealError('key-invalid', 'the context is closed');
      if (context.length > MAX_INFO_BYTES) throw new SealError('limits', 'an exporter context has at most 1,024 bytes');
      return labeledExpand(exporterSecret, 'sec', context, length);
    },
    close() {
      isOpen = false;
      wipe(exporterSecret);
    },
  };
}

/** RFC 9180 §5.2 ComputeNonce. The sequence number stays far below 2^53, so its upper four bytes are zero. */
function nonce(baseNonce: Uint8Array, sequence: number): Bytes {
  const out = baseNonce.slice();
  let rest = sequence;
  for (let i = out.length - 1; rest > 0; i--) {
    out[i] = (out[i] ?? 0) ^ (rest % 256);
    rest = Math.floor(rest / 256);
  }
  return out;
}

function labeledExtract(salt: Uint8Array, label: string, ikm: Uint8Array): Bytes {
  return hkdfExtractSha256(salt, concatBytes(VERSION_LABEL, SUITE_ID, utf8(label), ikm));
}

function labeledExpand(prk: Uint8Array, label: string, info: Uint8Array, length: number): Bytes {
  const labeled = concatBytes(writeUint16(length), VERSION_LABEL, SUITE_ID, utf8(label), info);
  return hkdfExpandSha256(prk, labeled, length);
}
