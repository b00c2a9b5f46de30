import { safeEntryPath, shownName } from '../archive/entry-name.js';
import { readDirectory } from '../dicom/directory.js';
import type { ByteSource } from '../ports.js';
import type { OtherReason } from './reasons.js';

/** What the index of a medium says, held against the files that are there. */
export interface Medium {
  /** Of the DICOMDIR. */
  readonly path: string;
  readonly listed: number;
  readonly missing: number;
  /** Files that are no less sent because the index forgot them. */
  readonly unlisted: number;
}

export interface MediumProblem {
  readonly path: string;
  readonly reason: OtherReason;
}

/**
 * A DICOMDIR is an index, and the files decide: all of the folder was looked at already, so what is asked here is only what is
 * missing. Names are compared without case, as media are read on all systems.
 * @param paths of all sources that were found, as instances or not
 */
export async function inspectMedium(
  source: ByteSource,
  paths: readonly string[],
): Promise<{ medium: Medium; problems: MediumProblem[] }> {
  const root = source.name.includes('/') ? source.name.slice(0, source.name.lastIndexOf('/') + 1) : '';
  const read = await readDirectory(source);
  if (read.kind === 'refused') {
    const medium = { path: source.name, listed: 0, missing: 0, unlisted: 0 };
    return { medium, problems: [{ path: source.name, reason: 'directory-damaged' }] };
  }
  const there = new Set(paths.filter((path) => path.startsWith(root)).map(comparable));
  const listed = new Set<string>();
  const problems: MediumProblem[] = [];
  for (const { claimedParts } of read.references) {
    const reference = safeReference(claimedParts);
    const path = `${root}${reference ?? shownName(claimedParts.join('/'))}`;
    if (listed.has(comparable(path))) continue;
    listed.add(comparable(path));
    if (reference === null) problems.push({ path, reason: 'reference-unsafe' });
    else if (!there.has(comparable(path))) problems.push({ path, reason: 'reference-missing' });
  }
  const missing = problems.filter(({ reason }) => reason === 'reference-missing').length;
  const unlisted = [...there].filter((path) => !listed.has(path) && path !== comparable(source.name)).length;
  return { medium: { path: source.name, listed: listed.size, missing, unlisted }, problems };
}

/** A File ID as a relative path below the medium, or null for one that leads elsewhere (attack A20, CVE-2026-50003). */
export function safeReference(claimedParts: readonly string[]): string | null {
  // A component is a name: neither a path nor a drive.
  if (claimedParts.some((part) => part === '' || /[/\\:]/.test(part))) return null;
  return safeEntryPath(claimedParts.join('/'));
}

/** Discs are mounted in either case, and some systems leave a dot or a version behind. */
function comparable(path: string): string {
  return path.toUpperCase().replace(/(\.|;[0-9]+)+$/, '');
}
