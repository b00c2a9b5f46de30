import { concatBytes, utf8 } from '../wire/bytes.js';
import { lengthPrefixed } from '../wire/hash.js';
import { type MailboxId, idBytes } from '../wire/ids.js';
import { type Secret, asSecret } from './secret.js';
import { hkdfExpandSha256 } from './suite.js';

/**
 * By which a sender remembers what a recipient has already (docs/spec/keystore.md §7): keyed hashes, so that nobody who gets hold of
 * them can tell which instances they are about, or that two recipients got the same ones.
 */

const TAG_BYTES = 32;
const STUDY_TAG_BYTES = 8;

/** @param root the account's subkey for this use @param recipient each pair of mailboxes has a key of its own */
export function knownPairKey(root: Secret, recipient: MailboxId): Secret {
  return asSecret(hkdfExpandSha256(root, concatBytes(utf8('bb1/known/pair'), idBytes(recipient)), TAG_BYTES));
}

/** 8 bytes by which the notes about a study are found. */
export function knownStudyTag(pair: Secret, studyInstanceUid: string): Uint8Array {
  return tag(pair, 'bb1/known/study', [utf8(studyInstanceUid)]).subarray(0, STUDY_TAG_BYTES);
}

/** @param sha256 of the whole file: another file under the same UID is another instance */
export function knownInstanceTag(pair: Secret, sopInstanceUid: string, sha256: Uint8Array): Uint8Array {
  return tag(pair, 'bb1/known/instance', [utf8(sopInstanceUid), sha256]);
}

function tag(pair: Secret, label: string, parts: readonly Uint8Array[]): Uint8Array {
  return hkdfExpandSha256(pair, concatBytes(utf8(label), ...parts.map(lengthPrefixed)), TAG_BYTES);
}
