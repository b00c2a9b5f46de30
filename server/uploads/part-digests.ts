import { WireError } from '../../crypto/wire/error.js';
import { DIGEST_BYTES, MAX_PART_SEGMENTS, parsePartDigests } from '../../crypto/wire/payload.js';
import { parseBase64Url } from '../http/base64url.js';
import { Problem } from '../http/problem.js';

const MAX_DIGESTS_LENGTH = Math.ceil((MAX_PART_SEGMENTS * DIGEST_BYTES * 4) / 3);

/** @param field where it stands @throws Problem `request-invalid` unless it is the base64url of 1 to 32 digests */
export function parseDigests(text: string, field: string): Uint8Array {
  const digests = text.length > MAX_DIGESTS_LENGTH ? null : parseBase64Url(text);
  try {
    if (digests !== null && parsePartDigests(digests).length > 0) return digests;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
  }
  throw new Problem('request-invalid', { fields: [field] });
}
