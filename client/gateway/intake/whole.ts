import { type Announcements } from './announcements.js';
import { type Collection } from './collection.js';
import { type GatheredStudy } from './study-jobs.js';

/** How many instances a study of a peer has, as somebody else counts them; null when nobody can say. Never throws. */
export type ExpectedInstances = (callingAe: string, studyInstanceUid: string) => Promise<number | null>;

export interface Awaited {
  readonly expected: number;
  readonly missing: number;
}

/** Studies of a collection that are known to be missing something. What was announced counts before what was counted: it says which ones. */
export async function awaitedIn(
  collection: Collection,
  studies: ReadonlyMap<string, GatheredStudy>,
  announcements: Pick<Announcements, 'state'>,
  count: ExpectedInstances | undefined,
): Promise<ReadonlyMap<string, Awaited>> {
  const { callingAe } = collection.titles;
  const found = new Map<string, Awaited>();
  for (const [studyInstanceUid, { paths }] of studies) {
    const announced = announcements.state(callingAe, studyInstanceUid);
    const awaited = announced ?? (await counted(collection, paths, () => count?.(callingAe, studyInstanceUid)));
    if (awaited !== null && awaited.missing > 0) found.set(studyInstanceUid, awaited);
  }
  return found;
}

async function counted(
  { instances }: Collection,
  paths: readonly string[],
  count: () => Promise<number | null> | undefined,
): Promise<Awaited | null> {
  const expected = (await count()) ?? null;
  if (expected === null) return null;
  // The same instance may have come twice.
  const here = new Set(paths.map((path) => instances.get(path))).size;
  return { expected, missing: expected - here };
}
