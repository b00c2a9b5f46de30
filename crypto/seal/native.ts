/**
 * AES-256-GCM and SHA-256 by the platform, for bulk: Node's own where the program runs in Node, else WebCrypto. The primitives are the same;
 * Node's work without a copy of the input and without another thread, which costs more than the work itself for a segment.
 */

type Bytes = Uint8Array<ArrayBuffer>;

const CIPHER = 'aes-256-gcm';
const TAG_BYTES = 16;

/** A key that is used here and nowhere else: it cannot be read again. */
export type AesGcmKey =
  | { readonly kind: 'web'; readonly key: CryptoKey }
  | { readonly kind: 'node'; readonly crypto: NodeCrypto; readonly key: NodeKey };

/** As much of `node:crypto` as is used. */
interface NodeCrypto {
  createSecretKey(key: Uint8Array): NodeKey;
  createCipheriv(name: string, key: NodeKey, iv: Uint8Array, options: { authTagLength: number }): NodeCipher;
  createDecipheriv(name: string, key: NodeKey, iv: Uint8Array, options: { authTagLength: number }): NodeDecipher;
  createHash(name: string): NodeHash;
}

interface NodeKey {
  readonly type: string;
}

interface NodeCipher {
  setAAD(aad: Uint8Array): void;
  update(bytes: Uint8Array): Uint8Array;
  final(): Uint8Array;
  getAuthTag(): Uint8Array;
}

interface NodeDecipher extends Omit<NodeCipher, 'getAuthTag'> {
  setAuthTag(tag: Uint8Array): void;
}

interface NodeHash {
  update(bytes: Uint8Array): NodeHash;
  digest(): Uint8Array;
}

interface NodeProcess {
  getBuiltinModule?(name: string): NodeCrypto | undefined;
}

const { process: host } = globalThis as { readonly process?: NodeProcess };
const nodeCrypto = host?.getBuiltinModule?.('node:crypto') ?? null;

/** @param key 32 bytes @param by the platform's WebCrypto although there is Node: for tests that both do the same */
export async function nativeAesGcmKey(key: Bytes, by: 'best' | 'web' = 'best'): Promise<AesGcmKey> {
  if (nodeCrypto !== null && by === 'best') {
    return { kind: 'node', crypto: nodeCrypto, key: nodeCrypto.createSecretKey(key) };
  }
  const usages: KeyUsage[] = ['encrypt', 'decrypt'];
  return { kind: 'web', key: await globalThis.crypto.subtle.importKey('raw', key, 'AES-GCM', false, usages) };
}

/** Writes ciphertext || tag(16) into `out`, which is as long as that. */
export async function nativeSeal(key: AesGcmKey, iv: Bytes, aad: Bytes, plain: Bytes, out: Uint8Array): Promise<void> {
  if (key.kind === 'web') {
    const sealed = await globalThis.crypto.subtle.encrypt(parameters(iv, aad), key.key, plain);
    return out.set(new Uint8Array(sealed));
  }
  const cipher = key.crypto.createCipheriv(CIPHER, key.key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  out.set(cipher.update(plain));
  cipher.final();
  out.set(cipher.getAuthTag(), plain.length);
}

/** @param sealed ciphertext || tag(16) @throws whatever the platform throws when it does not open */
export async function nativeOpen(key: AesGcmKey, iv: Bytes, aad: Bytes, sealed: Bytes): Promise<Bytes> {
  if (key.kind === 'web') {
    return new Uint8Array(await globalThis.crypto.subtle.decrypt(parameters(iv, aad), key.key, sealed));
  }
  const decipher = key.crypto.createDecipheriv(CIPHER, key.key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
  // Nothing has left this function before the tag is known to hold.
  decipher.final();
  return new Uint8Array(plain.buffer as ArrayBuffer, plain.byteOffset, plain.length);
}

function parameters(iv: Bytes, aad: Bytes): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: aad, tagLength: 8 * TAG_BYTES };
}

/** SHA-256 of what is at hand as a whole. */
export async function nativeSha256(bytes: Bytes): Promise<Bytes> {
  if (nodeCrypto !== null) return nodeCrypto.createHash('sha256').update(bytes).digest() as Bytes;
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', bytes));
}
