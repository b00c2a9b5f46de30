import type { Codecs } from './codecs.js';
import { codeUnit, restoreUnit, type CodeTask, type CodedTask } from './task.js';
import type { CodedUnit } from './unit.js';
import { webDeflate } from './web-deflate.js';

/** Where units are coded and restored: in workers that a shell brings, or right here. */
export interface Coding extends AsyncDisposable {
  /** What codes, with versions: other codecs may make other bytes of the same file. */
  readonly version: string;
  /** How many tasks run at a time. */
  readonly atOnce: number;
  /** Memory of a task's bytes, to be filled: perhaps what an earlier task was given. */
  memory(bytes: number): Uint8Array<ArrayBuffer>;
  /** The task's bytes may be gone afterwards: they travel to a worker. @throws CoreError `coding-failed` */
  code(task: CodeTask): Promise<CodedTask>;
  /** As for `code`. @throws CoreError `package-coding`, `codec-unsupported`, `coding-failed` */
  restore(unit: CodedUnit): Promise<Uint8Array<ArrayBuffer>>;
}

/** In this thread, one after the other. */
export function createInlineCoding(codecs: Codecs, version: string): Coding {
  return {
    version,
    atOnce: 1,
    memory: (bytes) => new Uint8Array(bytes),
    code: (task) => codeUnit(task, codecs),
    restore: (unit) => restoreUnit(unit, codecs),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** What every platform can do without further code: all but JPEG-LS. */
export function platformCoding(): Coding {
  return createInlineCoding({ deflate: webDeflate, jpegLs: null }, 'platform');
}
