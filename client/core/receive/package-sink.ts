import type { FileId } from '../../../crypto/wire/ids.js';
import type { DigestEntry } from '../package/digest-part.js';
import type { Plan, PlanFile } from '../package/plan.js';

type Awaitable = Promise<void> | void;

/**
 * Where a package is unpacked to. Calls come one after the other, each after the one before has settled. Bytes are staged:
 * nobody may use a file before `verified`.
 */
export interface PackageSink {
  /** Once, first. Keep `record` with the checkpoints: resuming needs it. */
  plan(plan: Plan, record: Uint8Array): Awaitable;
  /** The file's bytes follow, from its beginning: drop what an earlier run staged for it. */
  begin(file: PlanFile): Awaitable;
  /** The next bytes of the file begun last. The view is valid until the call has settled. */
  write(fileId: FileId, bytes: Uint8Array): Awaitable;
  /** Length, extents and SHA-256 agree with the digest part. Can come again after resuming: a file published already stays. */
  verified(fileId: FileId, entry: DigestEntry): Awaitable;
  /**
   * After resuming: cut what is staged for the file to `bytes` and give it back, so that it is hashed again. A file that
   * was published after the checkpoint comes from where it lies now. Fewer bytes end the download with `staging-lost`.
   */
  staged(fileId: FileId, bytes: number): AsyncIterable<Uint8Array>;
}
