import { toHex, utf8 } from '../../crypto/wire/bytes.js';
import { changeAttributes } from '../../client/core/deidentification/change-attributes.js';
import { createDeidentifier } from '../../client/core/deidentification/deidentify.js';
import { openInstance } from '../../client/core/deidentification/open-instance.js';
import { previewInstance } from '../../client/core/deidentification/preview.js';
import { readyProfile } from '../../client/core/deidentification/profile.js';
import { Refused } from '../../client/core/deidentification/refused.js';
import { createPseudonyms } from '../../client/core/deidentification/secret.js';
import { ScanRefused } from '../../client/core/dicom/refusal.js';
import type { ByteSource } from '../../client/core/ports.js';

/** What is done to each file of the corpus in Node and in the browser: the same code, with nothing of either. Results as digests, or the refusal. */

export const CHANGED_TAG = 0x00104000;
export const CHANGED_VALUE = utf8('changed by a test ');

/** One attribute of the root changed, or put in. @returns null for what is refused */
export async function withOneChange(source: ByteSource): Promise<ByteSource | null> {
  try {
    return await changeAttributes(source, new Map([[CHANGED_TAG, { kind: 'value', vr: 'LT', bytes: CHANGED_VALUE }]]));
  } catch (error) {
    if (error instanceof ScanRefused || error instanceof Refused) return null;
    throw error;
  }
}

export async function changedDigest(source: ByteSource): Promise<string> {
  const changed = await withOneChange(source);
  return changed === null ? 'refused' : digestOf(changed);
}

/** De-identified under a fixed secret, and the number of rows of its preview. */
export async function deidentifiedDigest(source: ByteSource): Promise<string> {
  const pseudonyms = createPseudonyms(new Uint8Array(32).fill(3));
  const run = { profile: readyProfile('basic', ['cleanDescriptors']), pseudonyms, cleaner: null, wayBack: null };
  const preview = await previewInstance(source, run);
  const prepared = await createDeidentifier(run).prepare(source);
  if (prepared.kind === 'refused' || preview.kind === 'refused') return `refused ${preview.kind}`;
  const search = prepared.search();
  for await (const chunk of prepared.output.stream()) search.update(chunk);
  return `${await digestOf(prepared.output)} ${search.hits()} ${preview.rows.length}`;
}

/** Of all bytes; of a deflated data set as it is inflated, because deflaters differ. */
async function digestOf(source: ByteSource): Promise<string> {
  const { isDeflated, data } = await openInstance(source);
  const whole = isDeflated ? data : source;
  // The platform's own: 150 MB of files are hashed by each side.
  const bytes = new Uint8Array(await whole.read(0, whole.size));
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}
