/**
 * Text of DICOM values (PS3.3 §C.12.1.1.2, PS3.5 §6.1), as far as TextDecoder goes: all single-byte sets, UTF-8, GB18030,
 * GBK, and ISO 2022 with the Japanese, Korean and Chinese sets. What cannot be decoded becomes U+FFFD; nothing throws.
 */
export function decodeText(bytes: Uint8Array, characterSets: readonly string[]): string {
  const [first = ''] = characterSets;
  const whole = WHOLE[first];
  if (whole !== undefined && characterSets.length <= 1) return decodeWith(whole, bytes);
  if (characterSets.length === 0 && !bytes.includes(ESC)) return decodeUndeclared(bytes);
  return decodeIso2022(bytes, GRAPHIC[first.replace(/^ISO_IR/, 'ISO 2022 IR')] ?? null);
}

/** Splits (0008,0005). An empty first value stands for ASCII. */
export function parseCharacterSets(value: string): string[] {
  const terms = value.split('\\').map((term) =>
    term
      .trim()
      .toUpperCase()
      .replace(/^ISO IR/, 'ISO_IR'),
  );
  return terms.length === 1 && terms[0] === '' ? [] : terms;
}

const ESC = 0x1b;

/** Sets without code extensions: one decoder for all bytes. WHATWG's iso-8859-1 is windows-1252, which only adds letters. */
const WHOLE: Readonly<Record<string, string>> = {
  'ISO_IR 6': 'utf-8',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 100': 'iso-8859-1',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 148': 'iso-8859-9',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8',
  'ISO_IR 203': 'iso-8859-15',
  GB18030: 'gb18030',
  GBK: 'gbk',
};

/** The set that bytes above 0x7F belong to before any escape. */
const GRAPHIC: Readonly<Record<string, string>> = {
  'ISO 2022 IR 13': 'shift_jis',
  'ISO 2022 IR 58': 'gb18030',
  'ISO 2022 IR 100': 'iso-8859-1',
  'ISO 2022 IR 101': 'iso-8859-2',
  'ISO 2022 IR 109': 'iso-8859-3',
  'ISO 2022 IR 110': 'iso-8859-4',
  'ISO 2022 IR 126': 'iso-8859-7',
  'ISO 2022 IR 127': 'iso-8859-6',
  'ISO 2022 IR 138': 'iso-8859-8',
  'ISO 2022 IR 144': 'iso-8859-5',
  'ISO 2022 IR 148': 'iso-8859-9',
  'ISO 2022 IR 149': 'euc-kr',
  'ISO 2022 IR 166': 'windows-874',
  'ISO 2022 IR 203': 'iso-8859-15',
};

type LowSet = 'ascii' | 'jisx0208' | 'jisx0212';

/** Escape sequences (PS3.3 tables C.12-3 and C.12-4) after the ESC: for bytes below 0x80 a set, above it a decoder. */
const LOW: Readonly<Record<string, LowSet>> = {
  '(B': 'ascii',
  '(J': 'ascii',
  $B: 'jisx0208',
  '$@': 'jisx0208',
  '$(D': 'jisx0212',
};
const HIGH: Readonly<Record<string, string>> = {
  ')I': 'shift_jis',
  '-A': 'iso-8859-1',
  '-B': 'iso-8859-2',
  '-C': 'iso-8859-3',
  '-D': 'iso-8859-4',
  '-F': 'iso-8859-7',
  '-G': 'iso-8859-6',
  '-H': 'iso-8859-8',
  '-L': 'iso-8859-5',
  '-M': 'iso-8859-9',
  '-T': 'windows-874',
  '-b': 'iso-8859-15',
  '$)A': 'gb18030',
  '$)C': 'euc-kr',
};

const decoders = new Map<string, TextDecoder>();

function decodeWith(label: string, bytes: Uint8Array): string {
  const known = decoders.get(label);
  if (known !== undefined) return known.decode(bytes);
  const decoder = new TextDecoder(label);
  decoders.set(label, decoder);
  return decoder.decode(bytes);
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** No set declared means ASCII. Files that break this are UTF-8 if they decode as such, else almost always Latin 1. */
function decodeUndeclared(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return decodeWith('iso-8859-1', bytes);
  }
}

function decodeIso2022(bytes: Uint8Array, initialHigh: string | null): string {
  let out = '';
  let low: LowSet = 'ascii';
  let high = initialHigh;
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] === ESC) {
      const escape = escapeAt(bytes, at + 1);
      low = LOW[escape] ?? low;
      high = HIGH[escape] ?? high;
      at += 1 + escape.length;
      continue;
    }
    const end = runEnd(bytes, at);
    const run = bytes.subarray(at, end);
    out += (run[0] ?? 0) < 0x80 ? decodeLow(low, run) : decodeHigh(high, run);
    // PS3.5 §6.1.2.5.3: behind a delimiter the first set is active again. Writers that forget their escapes lose nothing by it
    // as long as the first set has letters of its own.
    if (low === 'ascii' && initialHigh !== null && endsValue(run)) high = initialHigh;
    at = end;
  }
  return out;
}

/** The known escape sequence at `at`, or '' (then only the ESC is dropped). */
function escapeAt(bytes: Uint8Array, at: number): string {
  const three = String.fromCharCode(...bytes.subarray(at, at + 3));
  const known = [three, three.slice(0, 2)].find((text) => Object.hasOwn(LOW, text) || Object.hasOwn(HIGH, text));
  return known ?? '';
}

/** Where bytes stop being all below, or all above, 0x80. */
function runEnd(bytes: Uint8Array, start: number): number {
  const high = (bytes[start] ?? 0) >= 0x80;
  let end = start;
  while (end < bytes.length && (bytes[end] ?? 0) >= 0x80 === high && bytes[end] !== ESC) end++;
  return end;
}

function endsValue(run: Uint8Array): boolean {
  return run.some((byte) => byte === 0x5c || byte === 0x5e || byte === 0x3d || byte < 0x20);
}

function decodeLow(set: LowSet, run: Uint8Array): string {
  switch (set) {
    case 'ascii':
      return decodeWith('utf-8', run);
    case 'jisx0208':
      return decodeWith('euc-jp', run.map(raised));
    case 'jisx0212':
      return decodeWith('euc-jp', threeByte(run));
  }
}

function decodeHigh(label: string | null, run: Uint8Array): string {
  return label === null ? '\ufffd'.repeat(run.length) : decodeWith(label, run);
}

/** EUC-JP is JIS X 0208 with the high bits set, except for spaces and controls. */
function raised(byte: number): number {
  return byte > 0x20 ? byte | 0x80 : byte;
}

/** In EUC-JP 0x8F announces a character of JIS X 0212. */
function threeByte(run: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (let i = 0; i + 1 < run.length; i += 2) out.push(0x8f, raised(run[i] ?? 0), raised(run[i + 1] ?? 0));
  return Uint8Array.from(out);
}
