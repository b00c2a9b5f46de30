import { concatBytes, fromUtf8, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { sha256 } from '../../../crypto/wire/hash.js';
import { type Account } from '../account/account.js';
import { CoreError } from '../error.js';

/** Two checkpoints that cannot both be true (docs/spec/directory.md §8): kept, shown, and from then on nothing is sealed. */

const RULE = utf8(`\n${'-'.repeat(72)}\n\n`);

/**
 * Saves both notes with their signatures as a file, remembers the alarm, and ends what was under way.
 * @throws CoreError `log-forked`, always
 */
export async function alarm(account: Account, first: Uint8Array, second: Uint8Array): Promise<never> {
  // By its content: evidence of an alarm before is never overwritten.
  const bytes = evidenceOf(first, second);
  const mark = toHex(sha256(bytes)).slice(0, 8);
  const name = `log-fork-${sizeOf(second)}-${sizeOf(first)}-${mark}.txt`;
  const evidence = (await account.store.saveEvidence?.(name, bytes)) ?? null;
  await account.record({ kind: 'log-alarm', first, second, evidence });
  return assertNoAlarm(account) as never;
}

/** Both notes with their signatures, readable: what an operator or an auditor is shown. */
export function evidenceOf(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(first, RULE, second);
}

/** @throws CoreError `log-forked` once there has been an alarm */
export function assertNoAlarm({ state }: Account): void {
  if (state.alarm === null) return;
  const { first, second, evidence } = state.alarm;
  const detail = { kind: 'checkpoints', first: nameOf(first), second: nameOf(second), evidence } as const;
  throw new CoreError('log-forked', 'the log shows two histories', { detail });
}

/** Size and root, as the note has them: what two people can compare by telephone. */
function nameOf(note: Uint8Array): string {
  return fromUtf8(note).split('\n').slice(0, 3).join(' ');
}

function sizeOf(note: Uint8Array): string {
  return fromUtf8(note).split('\n')[1] ?? '';
}
