import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isNotFound, isSystemError, replaceFile, syncFolder } from '../../node/durable.js';
import { safeName } from '../../node/file-names.js';
import { type Errand } from '../incoming/errands.js';
import { type Incoming, type ReceivedMessage } from '../incoming/incoming.js';
import { type ReceivedFile } from '../incoming/received-files.js';
import { HIDDEN } from './drops.js';
import { type IncomingFolder } from '../config/folders.js';

/** Puts a complete message into a folder of the practice: all of it under its name at once (docs/spec/watched-folders.md §6). */
export function exportTo({ name, path, what }: IncomingFolder, incoming: Pick<Incoming, 'files'>): Errand {
  return {
    kind: 'export',
    target: name,
    async run(message, signal) {
      const files = (await incoming.files(message.name)).filter(
        ({ sopInstanceUid }) => what === 'all' || sopInstanceUid === null,
      );
      const instances = files.filter(({ sopInstanceUid }) => sopInstanceUid !== null).length;
      const target = join(path, folderName(message));
      // A crash between the rename and the note: it is there, and whole.
      if (!(await exists(target))) await writeWhole(path, target, message, files, signal);
      return { kind: 'done', instances };
    },
  };
}

/** Sorted by day, recognised by the sender, unique by the message. */
function folderName({ name, letter }: ReceivedMessage): string {
  const day = new Date(letter.stored.acceptedMs).toISOString().slice(0, 10);
  return `${day} ${safeName(letter.from.replace('@', ' at '))} ${name}`;
}

async function writeWhole(
  root: string,
  target: string,
  message: ReceivedMessage,
  files: readonly ReceivedFile[],
  signal: AbortSignal,
): Promise<void> {
  const draft = join(root, HIDDEN, message.name);
  await rm(draft, { recursive: true, force: true });
  // Not the folder itself: of a share that is away nothing is made on the disk below it.
  await mkdir(join(root, HIDDEN)).catch((error: unknown) => {
    if (!isSystemError(error, 'EEXIST')) throw error;
  });
  await mkdir(draft);
  const folders = new Set([draft]);
  for (const file of files) {
    signal.throwIfAborted();
    const to = join(draft, file.path);
    for (let at = dirname(to); !folders.has(at); at = dirname(at)) folders.add(at);
    await mkdir(dirname(to), { recursive: true });
    await copyVerified(file, to);
  }
  await writeAbout(draft, message, files);
  for (const folder of [...folders].reverse()) await syncFolder(folder);
  await rename(draft, target);
  await syncFolder(root);
}

/** @throws Error for a file that is not any more what was verified (attack A19) */
export async function copyVerified({ absolute, bytes, sha256 }: ReceivedFile, to: string): Promise<void> {
  const hash = createHash('sha256');
  let length = 0;
  const handle = await open(to, 'w', 0o644);
  try {
    for await (const chunk of createReadStream(absolute, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      length += chunk.length;
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (length !== bytes || hash.digest('hex') !== sha256) throw new Error('a verified file has changed');
}

async function writeAbout(draft: string, message: ReceivedMessage, files: readonly ReceivedFile[]): Promise<void> {
  const { letter, name } = message;
  const { stored, body, from } = letter;
  const about = {
    ...{ message: name, messageId: stored.header.messageId, from, verified: stored.isWitnessed },
    ...{ member: body.member.label, subject: body.subject, text: body.text, replyTo: body.replyTo },
    receivedAt: new Date(stored.acceptedMs).toISOString(),
    urgent: body.urgency === null ? null : { deadline: new Date(body.urgency.deadlineMs).toISOString() },
    files: files.map(({ path, bytes, sha256, sopInstanceUid }) => ({ path, bytes, sha256, sopInstanceUid })),
  };
  await replaceFile(join(draft, 'message.json'), Buffer.from(`${JSON.stringify(about, null, 2)}\n`), 0o644);
  if (body.text !== '') await replaceFile(join(draft, 'message.txt'), textFile(body.subject, body.text), 0o644);
}

/** Editors of every age show it as it is meant. */
function textFile(subject: string, text: string): Buffer {
  return Buffer.from(`\ufeff${[subject, '', ...text.split(/\r?\n/)].join('\r\n')}\r\n`);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
