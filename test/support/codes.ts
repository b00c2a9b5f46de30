import { assert } from 'chai';

/** The `code` of what is thrown or rejected with; fails when nothing is. */
export async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : `uncoded: ${String(error)}`;
  }
  return assert.fail('nothing was thrown');
}
