import { createPrivateKey, createPublicKey, randomBytes, sign } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { encodeCosignature, cosignatureInput } from '../../crypto/log/cosignature.js';
import { encodeSignatureLine } from '../../crypto/log/note.js';
import { testimonyInput } from '../../crypto/log/testimony.js';
import { type KeyKind, type VerifierKey, createVerifierKey } from '../../crypto/log/verifier-key.js';
import { RelayError } from '../error.js';
import { readIfThere, savePrivate } from '../private-file.js';

/** The Ed25519 key of a log or a witness, in a file for its owner only. */
export interface NoteSigner {
  readonly key: VerifierKey;
  /** The signature line of a note's text, with its line feed. A witness's says when. */
  signatureLine(text: string, timeSeconds: number): string;
  /** docs/spec/withdrawal.md §2: 64 bytes over a testimony's body, which can be no note and no cosignature. */
  signTestimony(body: Uint8Array): Uint8Array;
}

const schema = z.strictObject({ name: z.string().min(1).max(255), seed: z.string().regex(/^[0-9a-f]{64}$/) });

/** RFC 8410 §7: what stands before the 32 bytes of a private key. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

/** @returns null when there is no such file @throws RelayError `config-invalid` when it is damaged */
export async function loadNoteSigner(dataDir: string, kind: KeyKind): Promise<NoteSigner | null> {
  const text = await readIfThere(join(dataDir, fileOf(kind)));
  if (text === null) return null;
  try {
    const { name, seed } = schema.parse(JSON.parse(text));
    return signerOf(kind, name, Buffer.from(seed, 'hex'));
  } catch (cause) {
    throw new RelayError('config-invalid', `${fileOf(kind)} is damaged: put it back from a backup`, { cause });
  }
}

/** A new key, durable when it returns. */
export async function createNoteSigner(dataDir: string, kind: KeyKind, name: string): Promise<NoteSigner> {
  const seed = randomBytes(SEED_BYTES);
  const signer = signerOf(kind, name, seed);
  await savePrivate(join(dataDir, fileOf(kind)), `${JSON.stringify({ name, seed: seed.toString('hex') })}\n`);
  return signer;
}

function fileOf(kind: KeyKind): string {
  return `${kind}-key.json`;
}

function signerOf(kind: KeyKind, name: string, seed: Buffer): NoteSigner {
  const der = Buffer.concat([PKCS8_ED25519, seed]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const key = createVerifierKey(kind, name, new Uint8Array(spki.subarray(-SEED_BYTES)));
  const signText = (bytes: Uint8Array | string): Buffer => sign(null, Buffer.from(bytes as string), privateKey);
  return {
    key,
    signatureLine(text, timeSeconds) {
      const signature =
        kind === 'log' ? signText(text) : encodeCosignature(timeSeconds, signText(cosignatureInput(timeSeconds, text)));
      return encodeSignatureLine({ name: key.name, keyId: key.keyId, signature });
    },
    signTestimony: (body) => signText(testimonyInput(body)),
  };
}
