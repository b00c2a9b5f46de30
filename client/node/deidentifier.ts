import { readFile } from 'node:fs/promises';
import { CoreError } from '../core/error.js';
import type { AccountContent } from '../core/account/content.js';
import { createDeidentifier, type Deidentifier } from '../core/deidentification/deidentify.js';
import { practiceSecret } from '../core/deidentification/practice-secret.js';
import {
  encodeProfile,
  type Profile,
  parseProfile,
  READY_PROFILES,
  readyProfile,
} from '../core/deidentification/profile.js';
import { createWayBack } from '../core/deidentification/reversible.js';
import { createPseudonyms } from '../core/deidentification/secret.js';
import { nodePixelCleaner } from './pixels/pixel-cleaner.js';

/** One of the profiles that come with the program, or a file. @throws CoreError `profile-invalid` */
export async function loadProfile(name: string, options: string | undefined): Promise<Profile> {
  const more = (options ?? '').split(',').filter((option) => option.trim() !== '');
  if (READY_PROFILES.includes(name)) return readyProfile(name, more);
  if (!/[./\\]/.test(name)) throw new CoreError('profile-invalid', 'no profile of this name');
  return parseProfile(await readFile(name, 'utf8'), more);
}

export const DEFAULT_PURPOSE = 'default';

/** What makes a deidentifier again, next to the keystore: fit for a locator. */
export function recipeOf(profile: Profile, purpose: string): string {
  return JSON.stringify({ profile: encodeProfile(profile), purpose });
}

/** Each recipe once: an interrupted send asks for it file by file. */
export function deidentifiersOf(content: AccountContent): (recipe: string) => Deidentifier {
  const known = new Map<string, Deidentifier>();
  return (recipe) => {
    const found = known.get(recipe);
    if (found !== undefined) return found;
    const { profile, purpose } = JSON.parse(recipe) as { readonly profile: string; readonly purpose: string };
    const secret = practiceSecret(content, purpose);
    const pseudonyms = createPseudonyms(secret);
    const made = createDeidentifier({
      profile: parseProfile(profile),
      pseudonyms,
      cleaner: nodePixelCleaner(),
      wayBack: createWayBack(secret),
    });
    known.set(recipe, made);
    return made;
  };
}
