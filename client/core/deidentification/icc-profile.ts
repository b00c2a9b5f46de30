/** ICC.1:2022 §7: header, table of tags, and data of which only the words are of no use for colours. */
const HEADER = 128;
const ENTRY = 12;
const MOST_TAGS = 1_000;

/** Types of data that are numbers (§10). All others hold words, or are private to their maker. */
const NUMBERS = new Set(
  'XYZ |chrm|clro|clrt|curv|gbd |mAB |mBA |meas|mft1|mft2|mpet|para|parf|rcs2|sf32|sig |uf32|uf64|ui08|ui16|ui32|ui64|view|vcgt|cicp'.split(
    '|',
  ),
);

/** A colour profile with its descriptions, copyrights and dates blank; null when there was nothing, or it is no profile. */
export function cleanIccProfile(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < HEADER + 4 || text(bytes, 36) !== 'acsp') return null;
  const out = new Uint8Array(bytes);
  const view = new DataView(out.buffer);
  const count = Math.min(view.getUint32(HEADER), MOST_TAGS);
  for (let index = 0; index < count; index++) {
    const entry = HEADER + 4 + index * ENTRY;
    if (entry + ENTRY > out.length) break;
    const [from, length] = [view.getUint32(entry + 4), view.getUint32(entry + 8)];
    const end = from + length;
    if (from < HEADER || length < 8 || end > out.length) continue;
    const type = text(bytes, from);
    if (!NUMBERS.has(type)) blank(out, view, type, from, end);
  }
  // When it was made, by what, for which device, and its digest (§7.2): nobody needs these for colours.
  [2000, 1, 1, 0, 0, 0].forEach((number, index) => view.setUint16(24 + 2 * index, number));
  out.fill(0, 48, 56);
  out.fill(0, 80, HEADER);
  return out.every((byte, index) => byte === bytes[index]) ? null : out;
}

/** Words become blanks where they lie, so that all offsets stay. */
function blank(out: Uint8Array, view: DataView, type: string, from: number, end: number): void {
  // A list of names by language: the names lie behind its table.
  const words = type === 'mluc' ? from + 16 + ENTRY * Math.min(view.getUint32(from + 8), MOST_TAGS) : from + 8;
  if (type !== 'desc') return void out.fill(0, Math.min(words, end), end);
  // §6.5.17 of version 2: its length stays true.
  const length = Math.min(view.getUint32(from + 8), Math.max(0, end - from - 12));
  out.fill(0x20, from + 12, from + 12 + Math.max(0, length - 1));
  out.fill(0, from + 12 + Math.max(0, length - 1), end);
}

function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
