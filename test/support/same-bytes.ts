import { assert } from 'chai';

/** Equality of bytes, quick for megabytes. */
export function assertSameBytes(actual: Uint8Array | undefined, expected: Uint8Array | undefined): void {
  if (actual === undefined || expected === undefined) return assert.fail('bytes are missing');
  assert.equal(Buffer.compare(actual, expected), 0, 'bytes differ');
}
