import { utf8 } from '../../../crypto/wire/bytes.js';
import { leastWitnesses, parsePolicy } from '../../../crypto/log/policy.js';
import { policyText } from './policy.js';

/** What a policy says, as a person compares it with what the operator has told (docs/spec/directory.md §7). */
export interface PolicyReport {
  /** The log's name. */
  readonly log: string;
  readonly witnesses: readonly string[];
  /** The fewest witnesses that are enough. */
  readonly needed: number;
}

/** @throws CoreError `policy-invalid` */
export function reportPolicy(bytes: Uint8Array): PolicyReport {
  const { log, witnesses, quorum } = parsePolicy(utf8(policyText(bytes)));
  return { log: log.name, witnesses: witnesses.map(({ name }) => name), needed: leastWitnesses(quorum) };
}
