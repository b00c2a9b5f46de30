import { type CborMap, type CborValue } from './cbor.js';
import { WireError } from './error.js';

/** Readers for decoded CBOR: each returns the value in its type or throws WireError `shape`. No field is ever guessed. */

function wrong(what: string): never {
  throw new WireError('shape', `expected ${what}`);
}

export function asMap(value: CborValue | undefined): CborMap {
  return value instanceof Map ? (value as CborMap) : wrong('a map');
}

export function asArray(value: CborValue | undefined, length?: number): readonly CborValue[] {
  if (!Array.isArray(value)) return wrong('an array');
  if (length !== undefined && value.length !== length) return wrong(`an array of ${length}`);
  return value as readonly CborValue[];
}

export function asBytes(value: CborValue | undefined, length?: number): Uint8Array {
  if (!(value instanceof Uint8Array)) return wrong('bytes');
  if (length !== undefined && value.length !== length) return wrong(`${length} bytes`);
  return value;
}

export function asText(value: CborValue | undefined, maxLength: number): string {
  if (typeof value !== 'string' || value.length > maxLength) return wrong(`text of at most ${maxLength} characters`);
  return value;
}

export function asUint(value: CborValue | undefined, max: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || value < 0 || value > max) return wrong(`an integer of 0 to ${max}`);
  return value;
}

/** For what counts from 1. */
export function asCount(value: CborValue | undefined): number {
  const n = asUint(value);
  return n === 0 ? wrong('a count from 1') : n;
}

export function asOneOf<T extends CborValue>(value: CborValue | undefined, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  return found === undefined ? wrong(`one of ${choices.join(', ')}`) : found;
}

export function orNull<T>(value: CborValue | undefined, read: (value: CborValue) => T): T | null {
  if (value === undefined) return wrong('a value or null');
  return value === null ? null : read(value);
}

/** Every key is named or refused: a field that an older reader would skip must not exist. */
export function assertKeys(map: CborMap, required: readonly number[], optional: readonly number[] = []): void {
  for (const key of required) if (!map.has(key)) wrong(`field ${key}`);
  for (const key of map.keys()) if (!required.includes(key) && !optional.includes(key)) wrong(`no field ${key}`);
}
