import { fromUtf8, utf8 } from '../../../crypto/wire/bytes.js';
import { LogError } from '../../../crypto/log/error.js';
import { type Policy, encodePolicy, parsePolicy, policyDigest } from '../../../crypto/log/policy.js';
import { type Account } from './account.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';

/** Whose word counts for this account (docs/spec/directory.md §7). */
export interface TrustedPolicy {
  readonly policy: Policy;
  /** False for an account that was made without one: then it is the relay's word, and nothing counts as witnessed. */
  readonly isPinned: boolean;
}

export async function loadPolicy({ content }: Account, relay: Relay): Promise<TrustedPolicy> {
  if (content.policy !== undefined) return { policy: readPolicy(utf8(content.policy)), isPinned: true };
  return { policy: readPolicy(await relay.logPolicy()), isPinned: false };
}

/**
 * The policy that an invitation names by its digest: the relay can serve no other one.
 * @returns its text @throws CoreError `policy-missing`, `policy-changed`
 */
export async function fetchPolicy(relay: Relay, digest: string | null): Promise<string> {
  if (digest === null) throw new CoreError('policy-missing', 'the invitation names no policy');
  const bytes = await relay.logPolicy();
  if (policyDigest(bytes) !== digest) throw new CoreError('policy-changed', 'not the policy of the invitation');
  return policyText(bytes);
}

/** In its one spelling. @throws CoreError `policy-invalid` */
export function policyText(bytes: Uint8Array): string {
  return fromUtf8(encodePolicy(readPolicy(bytes)));
}

function readPolicy(bytes: Uint8Array): Policy {
  try {
    return parsePolicy(bytes);
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    throw new CoreError('policy-invalid', 'not a policy', { cause });
  }
}
