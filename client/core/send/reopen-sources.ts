import { type FileId } from '../../../crypto/wire/ids.js';
import { CoreError } from '../error.js';
import { type ByteSource, type ReopenSource } from '../ports.js';
import { type OutgoingPayload } from './outbox.js';

/** The sources of a package that was begun, as they were collected. @throws CoreError `source-changed` */
export async function reopenSources(
  { sources }: OutgoingPayload,
  reopen: ReopenSource,
): Promise<ReadonlyMap<FileId, ByteSource>> {
  const opened = new Map<FileId, ByteSource>();
  for (const [fileId, record] of sources) {
    const source = await reopen(record.locator);
    if (source.size !== record.size || (source.modifiedMs ?? null) !== record.modifiedMs) {
      throw new CoreError('source-changed', 'a file is not the one that was collected');
    }
    opened.set(fileId, source);
  }
  return opened;
}
