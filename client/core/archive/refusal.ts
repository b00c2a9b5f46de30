/** Why an archive, or an entry of one, is not looked into. */
export type ArchiveRefusal =
  | 'archive-damaged' // no directory at its end, or one that contradicts itself: cut off, or not the format it claims
  | 'archive-unsupported' // another format (7z, RAR, tar, gzip, UDF), or split over several files
  | 'archive-depth' // an archive inside an archive inside an archive
  | 'archive-limit' // more entries, or more bytes unpacked, than the budget allows
  | 'entry-name' // a name that leads out of its folder, is a device of some system, or a link
  | 'entry-encrypted' // protected by a password
  | 'entry-coding' // compressed by a method other than deflate
  | 'entry-overlap' // shares bytes with another entry, as only bombs do
  | 'entry-limit' // claims to grow beyond what one entry may
  | 'entry-damaged'; // lengths, checksum or local header contradict the directory

/** Leaves the readers from any depth; it never leaves this folder. */
export class ArchiveRefused extends Error {
  override readonly name = 'ArchiveRefused';
  readonly reason: ArchiveRefusal;

  constructor(reason: ArchiveRefusal, options?: ErrorOptions) {
    super(reason, options);
    this.reason = reason;
  }
}

export function refuseArchive(reason: ArchiveRefusal): never {
  throw new ArchiveRefused(reason);
}
