import { concatBytes } from '../../crypto/wire/bytes.js';
import type { FileId } from '../../crypto/wire/ids.js';
import type { DigestEntry } from '../../client/core/package/digest-part.js';
import type { Plan } from '../../client/core/package/plan.js';
import type { PackageSink } from '../../client/core/receive/package-sink.js';

export interface MemorySink extends PackageSink {
  readonly staging: Map<FileId, Uint8Array[]>;
  readonly published: Map<FileId, { bytes: Uint8Array; entry: DigestEntry }>;
  planRead: Plan | null;
  planRecord: Uint8Array | null;
}

/** A sink that publishes what is verified, and fails when the unpacker breaks the port's order of calls. */
export function memorySink(): MemorySink {
  const staging = new Map<FileId, Uint8Array[]>();
  const published = new Map<FileId, { bytes: Uint8Array; entry: DigestEntry }>();
  let open: FileId | null = null;
  const bytesOf = (fileId: FileId): Uint8Array => {
    const done = published.get(fileId);
    return done === undefined ? concatBytes(...(staging.get(fileId) ?? [])) : done.bytes;
  };
  const sink: MemorySink = {
    staging,
    published,
    planRead: null,
    planRecord: null,
    plan(plan, record) {
      if (sink.planRead !== null) throw new Error('a second plan');
      sink.planRead = plan;
      sink.planRecord = record.slice();
    },
    begin(file) {
      if (sink.planRead === null) throw new Error('a file before the plan');
      staging.set(file.fileId, []);
      open = file.fileId;
    },
    write(fileId, bytes) {
      if (fileId !== open) throw new Error('bytes of a file that was not begun last');
      staging.get(fileId)?.push(bytes.slice());
    },
    verified(fileId, entry) {
      published.set(fileId, { bytes: bytesOf(fileId), entry });
      staging.delete(fileId);
    },
    async *staged(fileId, bytes) {
      const kept = bytesOf(fileId).slice(0, bytes);
      if (!published.has(fileId)) {
        staging.set(fileId, [kept]);
        open = fileId;
      }
      yield await Promise.resolve(kept);
    },
  };
  return sink;
}
