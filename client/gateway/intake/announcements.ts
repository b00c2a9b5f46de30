import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { privateFolder, removeFile, replaceFile } from '../../node/durable.js';
import { type Announced } from './notification.js';

/** Which instances the peers have announced, study by study (docs/spec/spool.md §6). What is answered for is on the disk. */
export interface Announcements {
  /** Together with what was announced of the study before. @param here what has come of this peer and is not a job yet @returns false where it is over a limit */
  announce(callingAe: string, announced: Announced, here: () => Iterable<string>): Promise<boolean>;
  /** One more is here. @returns studies of which nothing is missing any more */
  arrived(callingAe: string, sopInstanceUid: string): readonly string[];
  /** What was announced of a study; null for nothing, or for nothing that is not part of a job already. */
  state(callingAe: string, studyInstanceUid: string): { readonly expected: number; readonly missing: number } | null;
  /** Whether anything of this peer is missing. */
  isWaiting(callingAe: string): boolean;
  /** These have become part of a job. Durable when it returns. */
  taken(callingAe: string, studyInstanceUid: string, instances: Iterable<string>): Promise<void>;
  /** After a start: what an earlier run has answered for. */
  found(callingAe: string, instances: Iterable<string>): void;
}

const schema = z.strictObject({
  callingAe: z.string(),
  studyInstanceUid: z.string(),
  /** What may still come, or has come and is no job yet. */
  instances: z.array(z.string()),
  /** What was part of a job: a later announcement may name it again. */
  taken: z.array(z.string()),
  atMs: z.number(),
});
type Stored = z.output<typeof schema>;

interface Known {
  readonly stored: Stored;
  readonly missing: Set<string>;
}

/** A study that is announced and never comes is forgotten after this time. */
const KEEP_MS = 2 * 86_400_000;
/** Studies of one peer; a CT announces some hundred a day. */
const MAX_OF_PEER = 2000;
/** Of one study: more than a data set of a notification can name. */
const MAX_INSTANCES = 200_000;

export async function openAnnouncements(folder: string, now: () => number = Date.now): Promise<Announcements> {
  await privateFolder(folder);
  const book = createBook();
  for (const name of await readdir(folder)) {
    const stored = name.endsWith('.json') ? await load(join(folder, name)) : null;
    if (stored === null || stored.atMs + KEEP_MS < now()) await removeFile(join(folder, name));
    else book.set(knownOf(stored));
  }
  const pathOf = (one: Stored): string => join(folder, nameOf(one));
  const save = (one: Stored): Promise<void> => replaceFile(pathOf(one), Buffer.from(`${JSON.stringify(one)}\n`));
  const forgetOld = async (): Promise<void> => {
    for (const { stored } of book.all()) {
      if (stored.atMs + KEEP_MS >= now()) continue;
      book.delete(stored);
      await removeFile(pathOf(stored));
    }
  };
  // One after the other: two notifications about one study are put together, not one in the place of the other.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const mine = last.then(action);
    last = mine.catch(() => undefined);
    return mine;
  };
  return {
    announce: (callingAe, announced, here) =>
      inTurn(async () => {
        await forgetOld();
        const stored = together(callingAe, announced, book.get(callingAe, announced.studyInstanceUid)?.stored, now());
        if (stored === null || book.isFull(stored)) return false;
        await save(stored);
        const next = knownOf(stored);
        // What has come while it was written is here, too.
        for (const uid of here()) next.missing.delete(uid);
        book.set(next);
        return true;
      }),
    arrived: (callingAe, sopInstanceUid) => book.found(callingAe, sopInstanceUid),
    state(callingAe, studyInstanceUid) {
      const one = book.get(callingAe, studyInstanceUid);
      if (one === undefined || one.stored.instances.length === 0) return null;
      return { expected: one.stored.instances.length, missing: one.missing.size };
    },
    isWaiting: (callingAe) => book.isWaiting(callingAe),
    taken: (callingAe, studyInstanceUid, instances) =>
      inTurn(async () => {
        const one = book.get(callingAe, studyInstanceUid);
        if (one === undefined) return;
        const taken = [...new Set([...one.stored.taken, ...instances])];
        // What did not come in time is waited for no longer.
        const stored = { ...one.stored, instances: [], taken };
        book.set(knownOf(stored));
        await save(stored);
      }),
    found(callingAe, instances) {
      for (const uid of instances) book.found(callingAe, uid);
    },
  };
}

/** @returns null for more than one study may have */
function together(callingAe: string, announced: Announced, before: Stored | undefined, atMs: number): Stored | null {
  const { instances = [], taken = [] } = before ?? {};
  const all = new Set([...instances, ...announced.instances]);
  for (const uid of taken) all.delete(uid);
  if (all.size + taken.length > MAX_INSTANCES) return null;
  return { callingAe, studyInstanceUid: announced.studyInstanceUid, instances: [...all], taken, atMs };
}

/** By peer, those of which something is missing apart: every instance that comes looks for itself there. */
function createBook() {
  const peers = new Map<string, { readonly studies: Map<string, Known>; readonly waiting: Set<Known> }>();
  const of = (callingAe: string) => peers.get(callingAe);
  return {
    all: () => [...peers.values()].flatMap(({ studies }) => [...studies.values()]),
    get: (callingAe: string, study: string) => of(callingAe)?.studies.get(study),
    isFull: ({ callingAe, studyInstanceUid }: Stored): boolean => {
      const studies = of(callingAe)?.studies;
      return studies !== undefined && !studies.has(studyInstanceUid) && studies.size >= MAX_OF_PEER;
    },
    isWaiting: (callingAe: string): boolean => (of(callingAe)?.waiting.size ?? 0) > 0,
    set(next: Known): void {
      const { callingAe, studyInstanceUid } = next.stored;
      const peer = of(callingAe) ?? { studies: new Map<string, Known>(), waiting: new Set<Known>() };
      peers.set(callingAe, peer);
      const before = peer.studies.get(studyInstanceUid);
      if (before !== undefined) peer.waiting.delete(before);
      peer.studies.set(studyInstanceUid, next);
      if (next.missing.size > 0) peer.waiting.add(next);
    },
    delete({ callingAe, studyInstanceUid }: Stored): void {
      const peer = of(callingAe);
      const known = peer?.studies.get(studyInstanceUid);
      peer?.studies.delete(studyInstanceUid);
      if (known !== undefined) peer?.waiting.delete(known);
    },
    /** @returns studies of which this was the last one */
    found(callingAe: string, sopInstanceUid: string): string[] {
      const complete: string[] = [];
      const waiting = of(callingAe)?.waiting;
      for (const one of waiting ?? []) {
        if (!one.missing.delete(sopInstanceUid) || one.missing.size > 0) continue;
        waiting?.delete(one);
        complete.push(one.stored.studyInstanceUid);
      }
      return complete;
    },
  };
}

function knownOf(stored: Stored): Known {
  return { stored, missing: new Set(stored.instances) };
}

/** 64 hex digits: neither an AE title nor a UID is one for a file. */
function nameOf({ callingAe, studyInstanceUid }: Stored): string {
  const hash = createHash('sha256').update(JSON.stringify([callingAe, studyInstanceUid]));
  return `${hash.digest('hex')}.json`;
}

async function load(path: string): Promise<Stored | null> {
  const parsed = schema.safeParse(await readJson(path));
  return parsed.success ? parsed.data : null;
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
