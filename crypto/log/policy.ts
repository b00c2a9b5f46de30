import { equalBytes, fromUtf8, toBase64Url, utf8 } from '../wire/bytes.js';
import { WireError } from '../wire/error.js';
import { sha256 } from '../wire/hash.js';
import { LogError } from './error.js';
import { type VerifierKey, encodeVerifierKey, parseVerifierKey } from './verifier-key.js';

/**
 * Whose word counts (docs/spec/directory.md §7): the log's key, the witnesses, and how many of them must have seen a
 * checkpoint. Written as C2SP's tlog-policy; here with exactly one log.
 */
export interface Policy {
  readonly log: VerifierKey;
  readonly witnesses: readonly PolicyWitness[];
  readonly quorum: Quorum;
}

export interface PolicyWitness {
  /** Within the policy; people see it. */
  readonly name: string;
  readonly key: VerifierKey;
  /** Where the relay asks; of no meaning to who verifies. */
  readonly url: string | null;
}

export type Quorum =
  | { readonly kind: 'none' }
  | { readonly kind: 'witness'; readonly name: string }
  | { readonly kind: 'group'; readonly name: string; readonly threshold: number; readonly members: readonly Quorum[] };

export const MAX_POLICY_BYTES = 16_384;
const MAX_NAMES = 32;

/** What a relay is configured with: as a policy, without the log, which is the relay's own. */
export type WitnessPolicy = Omit<Policy, 'log'>;

/** @throws LogError `policy-format`, `key-format` */
export function parsePolicy(bytes: Uint8Array): Policy {
  const { log, ...rest } = read(bytes);
  if (log === null) return refuse('a policy names its log');
  return { log, ...rest };
}

/** @throws LogError as above, and when a log is named */
export function parseWitnessPolicy(bytes: Uint8Array): WitnessPolicy {
  const { log, ...rest } = read(bytes);
  if (log !== null) return refuse("the log's line is the relay's own to write");
  return rest;
}

interface Reading {
  log: VerifierKey | null;
  readonly witnesses: PolicyWitness[];
  readonly names: Map<string, Quorum>;
  readonly used: Set<string>;
  quorum: Quorum | null;
}

function read(bytes: Uint8Array): WitnessPolicy & { readonly log: VerifierKey | null } {
  const reading: Reading = { log: null, witnesses: [], names: new Map(), used: new Set(), quorum: null };
  for (const line of linesOf(bytes)) {
    const words = line.split(/[ \t]+/).filter((word) => word !== '');
    if (words.length > 0 && words[0]?.startsWith('#') !== true) readLine(reading, words);
  }
  const { log, witnesses, quorum } = reading;
  if (quorum === null) return refuse('a policy has a quorum');
  return { log, witnesses, quorum };
}

function linesOf(bytes: Uint8Array): string[] {
  if (bytes.length > MAX_POLICY_BYTES) refuse('too long for a policy');
  const text = textOf(bytes);
  if (/[^\t\n\u0020-\u007e\u0080-\u{10ffff}]/u.test(text)) refuse('a control character in a policy');
  const lines = text.split('\n');
  if (lines.pop() !== '') refuse('every line of a policy ends with a line feed');
  return lines;
}

function textOf(bytes: Uint8Array): string {
  try {
    return fromUtf8(bytes);
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw new LogError('policy-format', 'a policy is UTF-8', { cause });
  }
}

function readLine(reading: Reading, [keyword, ...words]: readonly string[]): void {
  switch (keyword) {
    case 'log':
      return readLog(reading, words);
    case 'witness':
      return readWitness(reading, words);
    case 'group':
      return readGroup(reading, words);
    case 'quorum':
      return readQuorum(reading, words);
    default:
      return refuse('unknown line of a policy');
  }
}

function readLog(reading: Reading, words: readonly string[]): void {
  const [key = '', url, ...rest] = words;
  if (reading.log !== null || rest.length > 0) refuse('a policy of ours has one log');
  if (url !== undefined && !URL.canParse(url)) refuse('not a URL');
  reading.log = parseVerifierKey('log', key);
}

function readWitness(reading: Reading, words: readonly string[]): void {
  const [name = '', encoded = '', url = null, ...rest] = words;
  if (rest.length > 0 || (url !== null && !URL.canParse(url))) refuse('not a witness line');
  const key = parseVerifierKey('witness', encoded);
  if (reading.witnesses.some((known) => equalBytes(known.key.publicKey, key.publicKey))) refuse('a witness twice');
  define(reading, name, { kind: 'witness', name });
  reading.witnesses.push({ name, key, url });
}

function readGroup(reading: Reading, words: readonly string[]): void {
  const [name = '', rule = '', ...members] = words;
  const threshold = thresholdOf(rule, members.length);
  const quorums = members.map((member) => take(reading, member));
  define(reading, name, { kind: 'group', name, threshold, members: quorums });
}

function thresholdOf(rule: string, count: number): number {
  if (count === 0) return refuse('a group has members');
  if (rule === 'any') return 1;
  if (rule === 'all') return count;
  const threshold = Number(rule);
  if (!/^[1-9][0-9]?$/.test(rule) || threshold > count) return refuse('a group needs 1 to all of its members');
  return threshold;
}

function readQuorum(reading: Reading, words: readonly string[]): void {
  const [name = '', ...rest] = words;
  if (reading.quorum !== null || rest.length > 0) refuse('a policy has one quorum');
  reading.quorum = name === 'none' ? { kind: 'none' } : (reading.names.get(name) ?? refuse('an unknown name'));
}

function define(reading: Reading, name: string, quorum: Quorum): void {
  if (name === '' || name === 'none' || reading.names.has(name)) refuse('a name of a policy is given once');
  if (reading.names.size >= 2 * MAX_NAMES) refuse('too many names');
  reading.names.set(name, quorum);
}

/** Each name is a member once: no witness counts twice. */
function take(reading: Reading, name: string): Quorum {
  const found = reading.names.get(name);
  if (found === undefined || reading.used.has(name)) return refuse('a member is defined before, and used once');
  reading.used.add(name);
  return found;
}

function refuse(why: string): never {
  throw new LogError('policy-format', why);
}

/** In one spelling, without addresses of witnesses: what an invitation's digest is of. */
export function encodePolicy(policy: Policy): Uint8Array<ArrayBuffer> {
  const witnesses = policy.witnesses.map(({ name, key }) => `witness ${name} ${encodeVerifierKey(key)}`);
  const { quorum } = policy;
  const lines = [`log ${encodeVerifierKey(policy.log)}`, ...witnesses, ...groupLines(quorum)];
  return utf8([...lines, `quorum ${quorum.kind === 'none' ? 'none' : quorum.name}`, ''].join('\n'));
}

function groupLines(quorum: Quorum): string[] {
  if (quorum.kind !== 'group') return [];
  const names = quorum.members.map((member) => (member.kind === 'none' ? 'none' : member.name));
  return [...quorum.members.flatMap(groupLines), `group ${quorum.name} ${quorum.threshold} ${names.join(' ')}`];
}

/** base64url of the SHA-256: the second half of an invitation's fragment. */
export function policyDigest(policy: Uint8Array): string {
  return toBase64Url(sha256(policy));
}

/** Whether the witnesses of these names are enough. */
export function isQuorum(quorum: Quorum, names: ReadonlySet<string>): boolean {
  switch (quorum.kind) {
    case 'none':
      return true;
    case 'witness':
      return names.has(quorum.name);
    case 'group':
      return quorum.members.filter((member) => isQuorum(member, names)).length >= quorum.threshold;
  }
}

/** The fewest witnesses that can be enough. */
export function leastWitnesses(quorum: Quorum): number {
  switch (quorum.kind) {
    case 'none':
      return 0;
    case 'witness':
      return 1;
    case 'group':
      return quorum.members
        .map(leastWitnesses)
        .sort((a, b) => a - b)
        .slice(0, quorum.threshold)
        .reduce((sum, n) => sum + n, 0);
  }
}
