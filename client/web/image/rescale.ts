import { type WindowView } from '../desk/picture.js';
import { WebError } from '../ports/error.js';
import { type DataItem, type Scopes, binary, bytesOf, itemsOf, numbers, plain, uint16, words } from './data-item.js';
import { type PixelModule } from './pixel-module.js';

/** From stored values to values (PS3.3 §C.11.1), and the windows that the sender proposes (§C.11.2). */

const MODALITY_TABLES = 0x00283000;
const WINDOW_TABLES = 0x00283010;

export interface Rescale {
  readonly slope: number;
  readonly intercept: number;
  readonly unit: string;
}

export function rescaleOf(scopes: Scopes): Rescale {
  const slope = numbers(scopes, 0x00281053)[0] ?? 1;
  const intercept = numbers(scopes, 0x00281052)[0] ?? 0;
  return { slope: slope === 0 ? 1 : slope, intercept, unit: unitOf(scopes) };
}

/** Values of a CT are Hounsfield units where nothing else is said (PS3.3 §C.8.2.1.1.2); of PET its own units. */
function unitOf(scopes: Scopes): string {
  const modality = plain(scopes, 0x00080060);
  const type = plain(scopes, 0x00281054);
  const isPlainCt = type === '' && modality === 'CT' && !plain(scopes, 0x00080008).includes('LOCALIZER');
  if (type === 'HU' || isPlainCt) return 'HU';
  if (modality === 'PT') return plain(scopes, 0x00541001);
  return type === 'US' || type === 'UNSPECIFIED' ? '' : type;
}

/** A table as it is described: first value, entries, and how many bits they have. */
interface Table {
  readonly first: number;
  readonly bits: number;
  readonly entries: readonly number[];
}

/** @throws WebError `image-invalid` when it is shorter than it says */
function tableOf(item: DataItem, isSigned: boolean): Table | null {
  const scopes: Scopes = [item];
  const data = bytesOf(scopes, 0x00283006);
  const count = uint16(scopes, 0x00283002, 0);
  if (data === null || count === null) return null;
  const length = count === 0 ? 65_536 : count;
  const first = binary(scopes, 0x00283002, isSigned ? 'SS' : 'US')[1] ?? 0;
  const bits = uint16(scopes, 0x00283002, 2) ?? 16;
  // Entries of 8 bits are packed by some writers, and each in a word by others.
  const isPacked = bits <= 8 && data.length < 2 * length;
  if (data.length < (isPacked ? length : 2 * length))
    throw new WebError('image-invalid', 'a table is shorter than its size');
  const entries = isPacked ? [...data.subarray(0, length)] : binary(scopes, 0x00283006, 'US').slice(0, length);
  return { first, bits, entries };
}

export interface ModalityTable {
  readonly unit: string;
  apply(stored: ArrayLike<number>): Uint16Array<ArrayBuffer>;
}

/** A Modality LUT (PS3.3 §C.11.1.1) in place of slope and intercept, or null when there is none. */
export function modalityTable(scopes: Scopes, { isSigned }: PixelModule): ModalityTable | null {
  const item = itemsOf(scopes, MODALITY_TABLES)[0];
  const table = item === undefined ? null : tableOf(item, isSigned);
  if (item === undefined || table === null) return null;
  const { first, entries } = table;
  const type = plain([item], 0x00283004);
  return {
    unit: type === 'US' || type === 'UNSPECIFIED' ? '' : type,
    apply(stored) {
      const out = new Uint16Array(stored.length);
      const last = entries.length - 1;
      for (let i = 0; i < stored.length; i++) out[i] = entries[Math.min(Math.max(stored[i]! - first, 0), last)]!;
      return out;
    },
  };
}

const MAX_WINDOWS = 32;

/** What the sender proposes: tables before functions, as the standard prefers neither and senders put more work into tables. */
export function windowsOf(scopes: Scopes, isSigned: boolean): WindowView[] {
  return [...functionsOf(scopes), ...tablesOf(scopes, isSigned)].slice(0, MAX_WINDOWS);
}

/** PS3.3 §C.11.2.1.2; a width below what the function allows is no window. */
function functionsOf(scopes: Scopes): WindowView[] {
  const centers = numbers(scopes, 0x00281050);
  const widths = numbers(scopes, 0x00281051);
  const names = words(scopes, 0x00281055).split('\\');
  const shape = shapeOf(plain(scopes, 0x00281056));
  const least = shape === 'linear' ? 1 : Number.MIN_VALUE;
  return centers.flatMap((center, i) => {
    const width = widths[i] ?? 0;
    return width >= least ? [{ center, width, name: (names[i] ?? '').trim().slice(0, 64), shape }] : [];
  });
}

function shapeOf(name: string): 'linear' | 'linear-exact' | 'sigmoid' {
  if (name === 'SIGMOID') return 'sigmoid';
  return name === 'LINEAR_EXACT' ? 'linear-exact' : 'linear';
}

/** PS3.3 §C.11.2.1.1; a table that is shorter than it says is left out, as the picture can be shown without it. */
function tablesOf(scopes: Scopes, isSigned: boolean): WindowView[] {
  return itemsOf(scopes, WINDOW_TABLES).flatMap((item): WindowView[] => {
    const table = tryTable(item, isSigned);
    if (table === null) return [];
    const most = 2 ** Math.min(Math.max(table.bits, 1), 16) - 1;
    const entries = Float32Array.from(table.entries, (entry) => Math.min(entry / most, 1));
    return [{ shape: 'table', name: words([item], 0x00283003).slice(0, 64), first: table.first, entries }];
  });
}

function tryTable(item: DataItem, isSigned: boolean): Table | null {
  try {
    return tableOf(item, isSigned);
  } catch (error) {
    if (error instanceof WebError) return null;
    throw error;
  }
}

/** Stored values that are background (PS3.3 §C.7.5.1.1.2), lowest and highest. */
export function paddingOf(scopes: Scopes, { isSigned, bitsAllocated }: PixelModule): readonly [number, number] | null {
  if (bitsAllocated > 16) return null;
  const vr = isSigned ? 'SS' : 'US';
  const value = binary(scopes, 0x00280120, vr)[0];
  if (value === undefined) return null;
  const limit = binary(scopes, 0x00280121, vr)[0] ?? value;
  return [Math.min(value, limit), Math.max(value, limit)];
}
