import { equalBytes, toHex } from '../../../crypto/wire/bytes.js';
import { type Address } from '../../../crypto/wire/ids.js';
import { type Checkpoint } from '../../../crypto/wire/message.js';
import { type SignedCheckpoint, checkpointNote, verifyCheckpoint } from '../../../crypto/log/checkpoint.js';
import { mapIndex } from '../../../crypto/log/entry.js';
import { LogError } from '../../../crypto/log/error.js';
import { type Policy, isQuorum, leastWitnesses } from '../../../crypto/log/policy.js';
import { type Account } from '../account/account.js';
import { type SeenCheckpoint } from '../account/state.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';
import { alarm, assertNoAlarm } from './log-alarm.js';
import { type LogProof, isConsistent, verifyLogProof } from './log-proof.js';
import { type TrustedPolicy, loadPolicy } from '../account/policy.js';

/** The public log as this device has followed it from its first sight on (docs/spec/directory.md §8). */
export interface LogWatch {
  /** What the newest checkpoint says of an address. @throws CoreError `log-invalid`, `log-behind`, `log-forked` */
  prove(address: Address): Promise<SeenProof>;
  /**
   * What a sender has seen must be of the same history (attack A37).
   * @throws CoreError `gossip-invalid`, `log-behind`, `log-forked`
   */
  compare(gossip: Checkpoint): Promise<void>;
}

export interface SeenProof extends LogProof {
  readonly trusted: TrustedPolicy;
  /** Witnesses whose cosignature is new enough, in the policy's order. */
  readonly answered: readonly { readonly name: string; readonly timeMs: number }[];
  /** The fewest that are enough. */
  readonly needed: number;
  /** Why nothing may rest on it, or null. */
  readonly problem: 'witnesses-missing' | 'checkpoint-stale' | null;
}

/** docs/spec/directory.md §7 */
export const MAX_AGE_MS = 86_400_000;

export function createLogWatch(account: Account, relay: Relay, nowMs: () => number): LogWatch {
  let policy: Promise<TrustedPolicy> | null = null;
  const trusted = async (): Promise<TrustedPolicy> => {
    policy ??= loadPolicy(account, relay);
    return policy.catch((error: unknown) => {
      policy = null;
      throw error;
    });
  };
  // One question at a time: an answer is compared with what the one before it has left.
  let tail: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = tail.then(work);
    tail = result.catch(() => undefined);
    return result;
  };
  const follower = { account, relay };
  const prove = async (address: Address): Promise<SeenProof> => {
    assertNoAlarm(account);
    const known = await trusted();
    const index = mapIndex(address);
    const answer = await relay.logProof(toHex(index), account.state.checkpoint?.size ?? 0);
    const proof = verifyLogProof(answer, known.policy, index);
    await follow(follower, proof.checkpoint, answer.consistency);
    return judge(proof, known, nowMs());
  };
  const compared = new Set<string>();
  const compare = async (gossip: Checkpoint): Promise<void> => {
    assertNoAlarm(account);
    const key = `${gossip.size}/${toHex(gossip.root)}`;
    if (compared.has(key) || isAbandoned(account, gossip)) return;
    const seen = gossipNote(gossip, (await trusted()).policy);
    if ((account.state.checkpoint?.size ?? 0) < gossip.size) await prove(account.content.address);
    await compareWith(follower, seen);
    compared.add(key);
  };
  return { prove: (address) => inTurn(() => prove(address)), compare: (gossip) => inTurn(() => compare(gossip)) };
}

interface Follower {
  readonly account: Account;
  readonly relay: Relay;
}

/** Invariant 12, for the log: what was seen once is the beginning of everything seen later. */
async function follow(
  { account, relay }: Follower,
  checkpoint: SignedCheckpoint,
  proof: readonly Uint8Array[] | null,
): Promise<void> {
  const last = account.state.checkpoint;
  if (last === null) return remember(account, checkpoint);
  if (checkpoint.size < last.size) {
    const back = await relay.logConsistency(checkpoint.size, last.size);
    // Without a proof it may be a copy that is late; with a wrong one it is another history.
    if (back !== null && !isConsistent(checkpoint, last, back)) await alarm(account, last.note, checkpoint.note);
    throw new CoreError('log-behind', 'the log is shown older than it was seen before');
  }
  if (!isConsistent(last, checkpoint, proof)) await alarm(account, last.note, checkpoint.note);
  if (checkpoint.size > last.size) await remember(account, checkpoint);
}

async function remember(account: Account, checkpoint: SignedCheckpoint): Promise<void> {
  const { note, origin, size, root, signature } = checkpoint;
  await account.record({ kind: 'checkpoint-seen', note, origin, size, root, signature });
}

/** A person knows of this one, and has decided that it does not count: it is no news (docs/spec/directory.md §8). */
function isAbandoned({ state }: Account, { size, root }: Checkpoint): boolean {
  return state.settledAlarms.some((one) => one.abandoned.size === size && equalBytes(one.abandoned.root, root));
}

/** The log's signature makes it a fact: no sender can raise an alarm by inventing a checkpoint. */
function gossipNote(gossip: Checkpoint, policy: Policy): SeenCheckpoint {
  try {
    return verifyCheckpoint(checkpointNote(gossip, gossip.signature, policy.log), policy.log);
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    throw new CoreError('gossip-invalid', 'the message names a checkpoint that the log has not signed', { cause });
  }
}

async function compareWith({ account, relay }: Follower, seen: SeenCheckpoint): Promise<void> {
  const last = account.state.checkpoint;
  if (last === null || last.size < seen.size) {
    throw new CoreError('log-behind', 'the sender has seen a longer log than is shown here');
  }
  const proof = last.size === seen.size ? [] : await relay.logConsistency(seen.size, last.size);
  if (!isConsistent(seen, last, proof)) await alarm(account, last.note, seen.note);
}

/** docs/spec/directory.md §7: new enough, and seen by enough witnesses. */
export function judge(proof: LogProof, trusted: TrustedPolicy, nowMs: number): SeenProof {
  const { policy, isPinned } = trusted;
  // Dated ahead it would go on counting for as long as it is: the relay could show one old view until then.
  const isNew = (timeMs: number): boolean => Math.abs(nowMs - timeMs) <= MAX_AGE_MS;
  const answered = policy.witnesses.flatMap(({ name, key }) => {
    const found = proof.checkpoint.cosignatures.find((one) => equalBytes(one.key.publicKey, key.publicKey));
    const timeMs = (found?.timeSeconds ?? 0) * 1000;
    return found !== undefined && isNew(timeMs) ? [{ name, timeMs }] : [];
  });
  const isEnough = !isPinned || isQuorum(policy.quorum, new Set(answered.map(({ name }) => name)));
  const problem = !isNew(proof.timeMs) ? 'checkpoint-stale' : isEnough ? null : 'witnesses-missing';
  return { ...proof, trusted, answered, needed: leastWitnesses(policy.quorum), problem };
}

/** @throws CoreError `checkpoint-stale`, `witnesses-missing` with the witnesses that answered */
export function assertGood({ problem, answered, needed, trusted }: SeenProof): void {
  if (problem === null) return;
  const known = trusted.policy.witnesses.map(({ name }) => name);
  const names = answered.map(({ name }) => name);
  const detail = { kind: 'witnesses', answered: names, known, needed } as const;
  throw new CoreError(problem, 'the log is not witnessed enough', problem === 'witnesses-missing' ? { detail } : {});
}
