import { readFile } from 'node:fs/promises';
import { type Profile, parseProfile, READY_PROFILES, readyProfile } from '../core/deidentification/profile.js';
import { CoreError } from '../core/error.js';

/** One of the profiles that come with the program, or a file. @throws CoreError `profile-invalid` */
export async function loadProfile(name: string, options: string | undefined): Promise<Profile> {
  const more = (options ?? '').split(',').filter((option) => option.trim() !== '');
  if (READY_PROFILES.includes(name)) return readyProfile(name, more);
  if (!/[./\\]/.test(name)) throw new CoreError('profile-invalid', 'no profile of this name');
  return parseProfile(await readFile(name, 'utf8'), more);
}

export const DEFAULT_PURPOSE = 'default';
