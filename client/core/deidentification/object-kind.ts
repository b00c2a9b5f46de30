/** What kind of object an instance is, as far as it decides which attributes its IOD requires (PS3.3). */
export type ObjectKind =
  | 'enhanced' // multi-frame with functional groups and the Enhanced General Equipment Module
  | 'projection' // DX, mammography, intra-oral
  | 'pet'
  | 'rt-plan'
  | 'rt-record'
  | 'rt-other'
  | 'report'
  | 'key-object'
  | 'presentation'
  | 'waveform'
  | 'whole-slide'
  | 'document'
  | 'other';

const STORAGE = '1.2.840.10008.5.1.4.1.1.';

/** By the last components of the SOP Class UID; the longest that fits counts. */
const KINDS: readonly (readonly [string, ObjectKind])[] = [
  ['128.1', 'enhanced'],
  ['128', 'pet'],
  ['130', 'enhanced'],
  ['2.1', 'enhanced'],
  ['2.2', 'enhanced'],
  ['4.1', 'enhanced'],
  ['4.2', 'enhanced'],
  ['4.3', 'enhanced'],
  ['4.4', 'enhanced'],
  ['6.2', 'enhanced'],
  ['6.3', 'enhanced'],
  ['12.1.1', 'enhanced'],
  ['12.2.1', 'enhanced'],
  ['13.1', 'enhanced'],
  ['14', 'enhanced'],
  ['30', 'enhanced'],
  ['66', 'enhanced'],
  ['67', 'enhanced'],
  ['68', 'enhanced'],
  ['77.1.5.4', 'enhanced'],
  ['77.1.5.7', 'enhanced'],
  ['77.1.5.8', 'enhanced'],
  ['91', 'enhanced'],
  ['77.1.6', 'whole-slide'],
  ['1.1', 'projection'],
  ['1.2', 'projection'],
  ['1.3', 'projection'],
  ['9', 'waveform'],
  ['11', 'presentation'],
  ['88.59', 'key-object'],
  ['88', 'report'],
  ['104', 'document'],
  ['481.4', 'rt-record'],
  ['481.6', 'rt-record'],
  ['481.7', 'rt-record'],
  ['481.9', 'rt-record'],
  ['481.5', 'rt-plan'],
  ['481.8', 'rt-plan'],
  ['481.3', 'rt-other'],
  ['481.2', 'rt-other'],
  ['481', 'rt-other'],
];

export function objectKind(sopClassUid: string): ObjectKind {
  if (!sopClassUid.startsWith(STORAGE)) return 'other';
  const rest = sopClassUid.slice(STORAGE.length);
  const fitting = KINDS.filter(([part]) => rest === part || rest.startsWith(`${part}.`));
  return fitting.sort((a, b) => b[0].length - a[0].length)[0]?.[1] ?? 'other';
}

/**
 * How a compound action of the table (X/Z, X/D, X/Z/D, Z/D) ends for an object: by the type that the attribute has in its IOD. Only
 * what is of type 1 or 2 somewhere is named; everywhere else it is of type 3 and goes.
 */
const REQUIRED: Readonly<Record<number, Partial<Record<ObjectKind, 'Z' | 'D'>>>> = {
  0x00080021: { pet: 'D' }, // Series Date
  0x00080031: { pet: 'D' }, // Series Time
  0x00080022: { pet: 'Z' }, // Acquisition Date
  0x00080032: { pet: 'Z' }, // Acquisition Time
  0x0008002a: { enhanced: 'D', waveform: 'D', 'whole-slide': 'D' }, // Acquisition DateTime
  0x00081070: { 'rt-plan': 'Z', 'rt-other': 'Z', 'rt-record': 'Z' }, // Operators' Name
  0x00081111: { enhanced: 'D', report: 'Z', 'key-object': 'Z' }, // Referenced Performed Procedure Step Sequence
  0x00181000: { enhanced: 'D', 'whole-slide': 'D', presentation: 'Z' }, // Device Serial Number
  0x00181030: { enhanced: 'D' }, // Protocol Name
  0x0018700a: { projection: 'Z', enhanced: 'D' }, // Detector ID
  0x00189516: { enhanced: 'D' }, // Start Acquisition DateTime
  0x00189517: { enhanced: 'D' }, // End Acquisition DateTime
  0x00400555: { enhanced: 'Z', projection: 'Z', waveform: 'Z', 'whole-slide': 'Z', other: 'Z' }, // Acquisition Context Sequence
  0x22000002: { 'whole-slide': 'Z' }, // Label Text
  0x22000005: { 'whole-slide': 'Z' }, // Barcode Value
  0x30080054: { 'rt-record': 'D' }, // First Treatment Date
  0x30080056: { 'rt-record': 'D' }, // Most Recent Treatment Date
  0x30080105: { 'rt-plan': 'Z', 'rt-record': 'Z' }, // Source Serial Number
  0x30080250: { 'rt-record': 'D' }, // Treatment Date
  0x30080251: { 'rt-record': 'D' }, // Treatment Time
  0x300a0006: { 'rt-plan': 'D' }, // RT Plan Date
  0x300a0007: { 'rt-plan': 'D' }, // RT Plan Time
  0x300a00b2: { 'rt-plan': 'Z', 'rt-record': 'Z' }, // Treatment Machine Name
  0x300e0008: { 'rt-plan': 'Z', 'rt-other': 'Z', presentation: 'Z' }, // Reviewer Name
  0x30100056: { other: 'D' }, // RT Treatment Approach Label
  0x30100077: { other: 'D' }, // Treatment Site
  0x3010004c: { other: 'D' }, // Intended Phase Start Date
  0x3010004d: { other: 'D' }, // Intended Phase End Date
};

/** @param code a compound action; the answer is one of its parts */
export function decideCompound(code: string, tag: number, kind: ObjectKind): 'X' | 'Z' | 'D' {
  const needed = REQUIRED[tag]?.[kind];
  if (needed !== undefined && code.includes(needed)) return needed;
  if (needed === 'Z' && code.includes('D')) return 'D';
  // Z/D: a dummy satisfies type 1 and type 2.
  return code.startsWith('X') ? 'X' : 'D';
}
