/** Where the files of a medium go: a folder, a zip. */
export interface MediumSink {
  /** @param path relative, `/` between its parts. @param size of `bytes`, which come once and in order */
  add(path: string, size: number, bytes: AsyncIterable<Uint8Array>): Promise<void>;
}
