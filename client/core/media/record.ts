import { utf8 } from '../../../crypto/wire/bytes.js';
import type { Attributes, AttributeValue } from '../dicom/read-attributes.js';
import { RECORD_KEYS, type RecordType } from './record-types.js';

const CHARACTER_SET = 0x00080005;
const CONTENT_SEQUENCE = 0x0040a730;
const RELATIONSHIP = 0x0040a010;

/** A study without a date has one of its instances': of the series, the acquisition, the content, the making of the file. */
const NEXT_BEST: ReadonlyMap<number, readonly number[]> = new Map([
  [0x00080020, [0x00080021, 0x00080022, 0x00080023, 0x00080012]],
  [0x00080030, [0x00080031, 0x00080032, 0x00080033, 0x00080013]],
]);

/**
 * The keys of one record, taken from an instance in the very bytes they have there, with the character set that they are in: nothing is
 * coded anew. `invented` stands in for identifiers that an instance does not have and a record must.
 */
export function recordKeys(
  recordType: RecordType,
  attributes: Attributes,
  invented: ReadonlyMap<number, string> = new Map(),
): Attributes {
  const keys = new Map<number, AttributeValue>();
  const characterSet = attributes.get(CHARACTER_SET);
  if (characterSet !== undefined) keys.set(CHARACTER_SET, characterSet);
  for (const tag of recordType.optional) {
    const value = tag === CONTENT_SEQUENCE ? conceptModifiers(attributes) : attributes.get(tag);
    if (value !== undefined && !isEmpty(value)) keys.set(tag, value);
  }
  for (const tag of recordType.present) keys.set(tag, attributes.get(tag) ?? emptyOf(tag));
  for (const tag of recordType.required) {
    const value = [tag, ...(NEXT_BEST.get(tag) ?? [])]
      .map((one) => attributes.get(one))
      .find((one) => one !== undefined && !isEmpty(one));
    const instead = invented.get(tag);
    if (value !== undefined) keys.set(tag, value);
    else if (instead !== undefined) keys.set(tag, { kind: 'bytes', vr: vrOf(tag), bytes: utf8(instead) });
    // A date that nobody knows is left empty rather than made up.
    else keys.set(tag, emptyOf(tag));
  }
  return keys;
}

/** PS3.3 §F.5: of a report's content only what modifies its title. */
function conceptModifiers(attributes: Attributes): AttributeValue | undefined {
  const content = attributes.get(CONTENT_SEQUENCE);
  if (content?.kind !== 'items') return undefined;
  return { kind: 'items', items: content.items.filter((item) => textOf(item, RELATIONSHIP) === 'HAS CONCEPT MOD') };
}

function isEmpty(value: AttributeValue): boolean {
  if (value.kind === 'items') return value.items.length === 0;
  return value.bytes.every((byte) => byte === 0x20 || byte === 0);
}

function emptyOf(tag: number): AttributeValue {
  const isSequence = RECORD_KEYS.get(tag)?.items !== undefined;
  return isSequence ? { kind: 'items', items: [] } : { kind: 'bytes', vr: vrOf(tag), bytes: new Uint8Array(0) };
}

function vrOf(tag: number): string {
  return RECORD_KEYS.get(tag)?.vr ?? 'UN';
}

/** A value of the default repertoire, without its padding. */
export function textOf(attributes: Attributes, tag: number): string {
  const value = attributes.get(tag);
  if (value?.kind !== 'bytes') return '';
  return String.fromCharCode(...value.bytes).replace(/[\0 ]+$/, '');
}
