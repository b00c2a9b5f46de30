import { utf8 } from '../../../crypto/wire/bytes.js';
import { sha256 } from '../../../crypto/wire/hash.js';
import { areWitnessWords, witnessWords } from '../../../crypto/seal/witness-words.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';
import { policyText } from './policy.js';

/** What a recovery kit says of the policy. Apart from it, because the list of words is needed for setting up only. */

/** The four words of a kit for the policy that an account has pinned; null for an account without one. */
export function policyWords(code: Uint8Array, policy: string | undefined): readonly string[] | null {
  return policy === undefined ? null : witnessWords(code, sha256(utf8(policy)));
}

/** The relay's policy, if it is the one that the kit's four words mean. @returns its text @throws CoreError `policy-changed` */
export async function fetchPolicyOfKit(relay: Relay, code: Uint8Array, words: readonly string[]): Promise<string> {
  const text = policyText(await relay.logPolicy());
  if (areWitnessWords(words, code, sha256(utf8(text)))) return text;
  throw new CoreError('policy-changed', 'not the policy of the kit');
}
