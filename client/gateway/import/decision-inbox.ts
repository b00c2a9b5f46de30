import { chown, readFile, readdir, stat } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { privateFolder, removeFile, replaceFile } from '../../node/durable.js';
import { type Log, loggable } from '../log.js';
import { type Imports } from './imports.js';
import { decisionSchema } from './records.js';

/** Decisions of the command line: a file each, which the running gateway, or the next one, takes over (docs/spec/spool.md §7). */

const fileSchema = z.strictObject({
  message: z.string(),
  studyInstanceUid: z.string(),
  pacs: z.string().nullable(),
  decision: decisionSchema,
});
export type DroppedDecision = z.output<typeof fileSchema>;

const NAME = /^[0-9a-f]{32}\.json$/;
const LOOK_MS = 2000;

function folderOf(data: string): string {
  return join(data, 'decisions');
}

/** Durable when it returns. */
export async function dropDecision(data: string, dropped: DroppedDecision): Promise<void> {
  const folder = folderOf(data);
  await privateFolder(folder);
  const path = join(folder, `${randomBytes(16).toString('hex')}.json`);
  await replaceFile(path, Buffer.from(`${JSON.stringify(dropped)}\n`));
  // An administrator writes as root what the gateway's user is to read.
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(data);
  await chown(folder, uid, gid);
  await chown(path, uid, gid);
}

/** Looks as long as the gateway runs. */
export async function watchDecisions(data: string, imports: Imports, log: Log): Promise<AsyncDisposable> {
  await privateFolder(folderOf(data));
  let looking: Promise<void> = look(data, imports, log);
  const timer = setInterval(() => {
    looking = looking.then(() => look(data, imports, log));
  }, LOOK_MS);
  await looking;
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await looking;
    },
  };
}

async function look(data: string, imports: Imports, log: Log): Promise<void> {
  const names = await readdir(folderOf(data)).catch(() => []);
  for (const name of names.filter((one) => NAME.test(one)).sort()) {
    const path = join(folderOf(data), name);
    try {
      const { message, studyInstanceUid, pacs, decision } = fileSchema.parse(JSON.parse(await readFile(path, 'utf8')));
      await imports.decide(message, studyInstanceUid, pacs, decision);
    } catch (error) {
      // What nothing waits for any more, or what is none: it is not looked at again.
      log.warn(loggable(error), 'a decision was not taken over');
    }
    await removeFile(path).catch((error: unknown) => log.error(loggable(error), 'decision'));
  }
}
