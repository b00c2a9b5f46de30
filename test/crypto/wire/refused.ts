import { assert } from 'chai';
import { WireError, type WireErrorCode } from '../../../crypto/wire/error.js';

/** The rule under test is the code; anything but a WireError is a crash, not a refusal. */
export function refused(action: () => unknown, code: WireErrorCode): void {
  assert.equal(refusalOf(action), code);
}

/** The code of the refusal, or null when nothing was refused. */
export function refusalOf(action: () => unknown): WireErrorCode | null {
  try {
    action();
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return error.code;
  }
  return null;
}

/** A copy in which the byte `at` is xored with `mask`; negative counts from the end. */
export function altered(bytes: Uint8Array, at: number, mask = 1): Uint8Array {
  const out = bytes.slice();
  const index = at < 0 ? out.length + at : at;
  out[index] = (out[index] ?? 0) ^ mask;
  return out;
}
