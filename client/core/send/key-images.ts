import { readHeader, type HeaderElement } from '../dicom/header.js';
import type { CollectedInstance } from './collected.js';

/** Key Object Selection Document (PS3.3 A.35.4): by which a radiologist says which images matter. */
const KEY_OBJECTS = '1.2.840.10008.5.1.4.1.1.88.59';
const CONTENT_SEQUENCE = 0x0040a730;
const REFERENCED_SOP_SEQUENCE = 0x00081199;
const REFERENCED_SOP_INSTANCE_UID = 0x00081155;
/** Selections are small, and there are few: an archive of nothing else must not take for ever. */
const MAX_SELECTIONS = 100;
const MAX_SELECTION_BYTES = 1024 * 1024;

/**
 * Marks key images, and the selections that name them. What a selection's content refers to counts, not what it lists as evidence: that
 * is often the whole study.
 */
export async function markKeyImages(instances: readonly CollectedInstance[]): Promise<readonly CollectedInstance[]> {
  const selections = instances.filter(
    ({ scan, size }) => scan.sopClassUid === KEY_OBJECTS && size <= MAX_SELECTION_BYTES,
  );
  if (selections.length === 0) return instances;
  const keys = new Set(selections.map(({ scan }) => scan.sopInstanceUid));
  for (const { source } of selections.slice(0, MAX_SELECTIONS)) {
    const result = await readHeader(source);
    if (result.kind === 'header') for (const uid of referenced(result.elements, 'outside')) keys.add(uid);
  }
  return instances.map((one) => (keys.has(one.scan.sopInstanceUid) ? { ...one, isKey: true } : one));
}

/** The scanner's limits of depth and number hold here as well. */
function* referenced(elements: readonly HeaderElement[], where: 'outside' | 'content'): Generator<string> {
  for (const { tag, content } of elements) {
    if (content.kind !== 'items') continue;
    if (where === 'content' && tag === REFERENCED_SOP_SEQUENCE) yield* content.items.flatMap(uidsOf);
    if (tag === CONTENT_SEQUENCE) for (const item of content.items) yield* referenced(item, 'content');
  }
}

function uidsOf(item: readonly HeaderElement[]): string[] {
  return item.flatMap(({ tag, content }) => {
    const isUid = tag === REFERENCED_SOP_INSTANCE_UID && content.kind === 'values';
    return isUid ? content.values.filter((value) => typeof value === 'string') : [];
  });
}
