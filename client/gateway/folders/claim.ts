import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { isNotFound, isSystemError, privateFolder, replaceFile, syncFolder } from '../../node/durable.js';
import { type Drop, FAILED, HIDDEN } from './drops.js';

/**
 * A drop that was taken: its files are moved to where nobody else writes, and stay there until the message has gone or a person must look
 * (docs/spec/watched-folders.md §3).
 */
export interface Claim {
  /** 32 hex digits: the idempotency key of its job. */
  readonly id: string;
  readonly about: About;
}

const recipient = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('folder'), address: z.string() }),
  z.strictObject({ kind: z.literal('unknown') }),
  z.strictObject({ kind: z.literal('open') }),
]);
const aboutSchema = z.strictObject({
  name: z.string(),
  recipient,
  takenMs: z.int(),
  /** The folder that it lay in, below the watched one; empty for that itself. */
  place: z.string(),
  /** Names of files that lay loose; empty for a folder of the drop's name. */
  loose: z.array(z.string()),
  isMoved: z.boolean(),
  /** The job that it is to become, written before it does. */
  job: z.string().nullable(),
});
export type About = z.output<typeof aboutSchema>;

const ABOUT = 'claim.json';
const FILES = 'files';
const ID = /^[0-9a-f]{32}$/;

export interface ClaimFolder {
  /** Moves a drop here. Durable when it returns. */
  take(drop: Drop, nowMs: number): Promise<Claim>;
  list(): Promise<Claim[]>;
  filesOf(claim: Claim): string;
  note(claim: Claim, job: string | null): Promise<Claim>;
  /** It has gone: nothing of it stays. */
  remove(claim: Claim): Promise<void>;
  /** Back to the people, with the reason beside it. */
  giveBack(claim: Claim, reason: string): Promise<void>;
}

/** @param root the watched folder */
export async function openClaims(root: string): Promise<ClaimFolder> {
  const parent = join(root, HIDDEN, 'taken');
  // Not the folder itself: of a share that is away nothing is made on the disk below it.
  await mkdir(join(root, HIDDEN), { mode: 0o700 }).catch((error: unknown) => {
    if (!isSystemError(error, 'EEXIST')) throw error;
  });
  await privateFolder(parent);
  const folderOf = ({ id }: Pick<Claim, 'id'>): string => join(parent, id);
  const filesOf = (claim: Pick<Claim, 'id'>): string => join(folderOf(claim), FILES);
  const write = async (id: string, about: About): Promise<Claim> => {
    await replaceFile(join(folderOf({ id }), ABOUT), Buffer.from(`${JSON.stringify(about)}\n`));
    return { id, about };
  };
  const remove = async (claim: Pick<Claim, 'id'>): Promise<void> => {
    await rm(folderOf(claim), { recursive: true, force: true });
    await syncFolder(parent);
  };
  const moved = async ({ id, about }: Claim): Promise<Claim> => {
    await moveIn(root, about, filesOf({ id }));
    return write(id, { ...about, isMoved: true });
  };
  return {
    filesOf,
    remove,
    note: ({ id, about }, job) => write(id, { ...about, job }),
    async take({ name, recipient, place, loose }, takenMs) {
      const id = randomBytes(16).toString('hex');
      await privateFolder(folderOf({ id }));
      const claim = await write(id, { name, recipient, takenMs, place, loose: [...loose], isMoved: false, job: null });
      await syncFolder(parent);
      return moved(claim).catch(async (error: unknown) => {
        // One of them is held fast by a program: all of them lie there again, and are taken together or not at all.
        await moveBack(root, claim.about, filesOf(claim));
        await remove(claim);
        throw error;
      });
    },
    async list() {
      const claims: Claim[] = [];
      for (const id of (await readdir(parent)).filter((one) => ID.test(one)).sort()) {
        const about = await readAbout(join(parent, id, ABOUT));
        if (about === null) continue;
        if (about.isMoved) claims.push({ id, about });
        // A crash before the move: a folder is taken again when it is found, of loose files the rest follows.
        else if (about.loose.length === 0 && !(await exists(filesOf({ id })))) await remove({ id });
        else claims.push(await moved({ id, about }));
      }
      return claims;
    },
    async giveBack(claim, reason) {
      const failed = join(root, FAILED);
      await mkdir(failed, { recursive: true });
      const name = `${claim.about.name} (${claim.id.slice(0, 8)})`;
      // The reason first: whoever finds the files finds it.
      await replaceFile(join(failed, `${name}.reason.txt`), Buffer.from(reason), 0o644);
      await rename(filesOf(claim), join(failed, name)).catch((error: unknown) => {
        // A crash between this and the next step: they are there already.
        if (!isNotFound(error)) throw error;
      });
      await syncFolder(failed);
      await remove(claim);
    },
  };
}

/** Done again it moves what is left. */
async function moveIn(root: string, { place, name, loose }: About, target: string): Promise<void> {
  const from = join(root, place);
  if (loose.length === 0) {
    if (!(await exists(target))) await rename(join(from, name), target);
  } else {
    await privateFolder(target);
    for (const one of loose) {
      // Taken away by somebody, or moved by an earlier run: another file of that name is another drop's.
      if (!(await exists(join(from, one))) || (await exists(join(target, one)))) continue;
      await rename(join(from, one), join(target, one));
    }
    await syncFolder(target);
  }
  await syncFolder(from);
  await syncFolder(dirname(target));
}

async function moveBack(root: string, { place, loose }: About, target: string): Promise<void> {
  for (const one of loose) {
    if (await exists(join(target, one))) await rename(join(target, one), join(root, place, one));
  }
}

/** Of a link: the link itself. */
async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function readAbout(path: string): Promise<About | null> {
  try {
    return aboutSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if (isNotFound(error) || error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}
