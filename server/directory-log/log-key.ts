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

const schema = z.strictObject({
  name: z.string().min(1).max(255),
  seed: z.string().regex(/^[0-9a-f]{64}$/),
  /** Of a witness: the logs that it has signed. */
  logs: z.array(z.string().max(512)).optional(),
});
type KeyFile = z.infer<typeof schema>;

/** RFC 8410 §7: what stands before the 32 bytes of a private key. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

/** Whose key it is: a file for each. The audit's signs notes of its own, like a log's, under another name. */
export type NoteRole = KeyKind | 'audit';

/** @returns null when there is no such file @throws RelayError `config-invalid` when it is damaged */
export async function loadNoteSigner(dataDir: string, role: NoteRole): Promise<NoteSigner | null> {
  const file = await loadKeyFile(dataDir, role);
  return file === null ? null : signerOf(kindOf(role), file.name, Buffer.from(file.seed, 'hex'));
}

async function loadKeyFile(dataDir: string, role: NoteRole): Promise<KeyFile | null> {
  const text = await readIfThere(join(dataDir, fileOf(role)));
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new RelayError('config-invalid', `${fileOf(role)} is damaged: put it back from a backup`, { cause });
  }
}

/** The logs that the witness of this folder has signed. They stand beside its key: who has lost them has lost that, too. */
export async function loadSignedLogs(dataDir: string): Promise<readonly string[]> {
  return (await loadKeyFile(dataDir, 'witness'))?.logs ?? [];
}

/** Durable when it returns. */
export async function saveSignedLog(dataDir: string, origin: string): Promise<void> {
  const file = await loadKeyFile(dataDir, 'witness');
  if (file === null || file.logs?.includes(origin) === true) return;
  const logs = [...(file.logs ?? []), origin];
  await savePrivate(join(dataDir, fileOf('witness')), `${JSON.stringify({ ...file, logs })}\n`);
}

/** A new key, durable when it returns. */
export async function createNoteSigner(dataDir: string, role: NoteRole, name: string): Promise<NoteSigner> {
  const seed = randomBytes(SEED_BYTES);
  const signer = signerOf(kindOf(role), name, seed);
  await savePrivate(join(dataDir, fileOf(role)), `${JSON.stringify({ name, seed: seed.toString('hex') })}\n`);
  return signer;
}

function kindOf(role: NoteRole): KeyKind {
  return role === 'witness' ? 'witness' : 'log';
}

function fileOf(role: NoteRole): string {
  return `${role}-key.json`;
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
