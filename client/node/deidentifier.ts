import type { AccountContent } from '../core/account/content.js';
import { createDeidentifier, type Deidentifier } from '../core/deidentification/deidentify.js';
import { practiceSecret } from '../core/deidentification/practice-secret.js';
import { encodeProfile, type Profile, parseProfile } from '../core/deidentification/profile.js';
import { createWayBack } from '../core/deidentification/reversible.js';
import { createPseudonyms } from '../core/deidentification/secret.js';
import { nodePixelCleaner } from './pixels/pixel-cleaner.js';

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
