/** What PS3.6 says of an attribute. The one place that knows dcmjs, which brings the dictionary and nothing else: it reads no bytes. */
export interface Dictionary {
  /** Null for private and unknown tags. */
  lookUp(tag: number): DictionaryEntry | null;
  /** The tag of a keyword; null for none, and for those that stand for many groups. */
  tagOf(keyword: string): number | null;
}

export interface DictionaryEntry {
  readonly keyword: string;
  /** The first of those that the standard allows; `OW` and `US` where the data decide. */
  readonly vr: string;
}

interface Dcmjs {
  readonly data: {
    readonly DicomMetaDictionary: {
      readonly dictionary: Readonly<Record<string, { readonly vr: string; readonly name: string } | undefined>>;
      readonly nameMap: Readonly<Record<string, { readonly tag: string } | undefined>>;
    };
  };
}

let loaded: Promise<Dictionary> | null = null;

/** Loaded when it is first asked for: it is most of a megabyte, and sending needs none of it. */
export function loadDictionary(): Promise<Dictionary> {
  return (loaded ??= load());
}

async function load(): Promise<Dictionary> {
  const { default: dcmjs } = await import('dcmjs');
  const { dictionary, nameMap } = (dcmjs as Dcmjs).data.DicomMetaDictionary;
  const known = new Map<number, DictionaryEntry | null>();
  return {
    tagOf(keyword) {
      const named = Object.hasOwn(nameMap, keyword) ? nameMap[keyword] : undefined;
      const hex = /^\(([0-9A-F]{4}),([0-9A-F]{4})\)$/.exec(named?.tag ?? '');
      return hex === null ? null : Number.parseInt(`${hex[1]}${hex[2]}`, 16);
    },
    lookUp(tag) {
      const before = known.get(tag);
      if (before !== undefined) return before;
      const entry = isPrivate(tag) ? undefined : dictionary[punctuated(repeated(tag))];
      const found =
        entry === undefined ? null : { keyword: entry.name.replace(/^RETIRED_/, ''), vr: VAGUE[entry.vr] ?? entry.vr };
      known.set(tag, found);
      return found;
    },
  };
}

const VAGUE: Readonly<Record<string, string>> = { ox: 'OW', xs: 'US' };

function isPrivate(tag: number): boolean {
  return ((tag >>> 16) & 1) === 1;
}

/** Overlays and curves repeat their groups (PS3.5 §7.6): 6000 to 601E, 5000 to 501E. */
function repeated(tag: number): number {
  const group = tag >>> 16;
  const first = group & 0xff00;
  const isRepeating = (first === 0x6000 || first === 0x5000) && group < first + 0x20;
  return isRepeating ? first * 0x10000 + (tag & 0xffff) : tag;
}

function punctuated(tag: number): string {
  const hex = tag.toString(16).toUpperCase().padStart(8, '0');
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}
