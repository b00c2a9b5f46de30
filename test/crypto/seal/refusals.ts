import { assert } from 'chai';
import { SealError, type SealErrorCode } from '../../../crypto/seal/error.js';

/** The rule under test is the code; messages may change. */
export function assertRefused(action: () => unknown, code: SealErrorCode): void {
  try {
    action();
  } catch (error) {
    assertCode(error, code);
    return;
  }
  assert.fail(`expected ${code}, nothing was refused`);
}

export async function assertRejected(action: () => Promise<unknown>, code: SealErrorCode): Promise<void> {
  try {
    await action();
  } catch (error) {
    assertCode(error, code);
    return;
  }
  assert.fail(`expected ${code}, nothing was refused`);
}

function assertCode(error: unknown, code: SealErrorCode): void {
  if (!(error instanceof SealError)) throw error;
  assert.equal(error.code, code);
}
