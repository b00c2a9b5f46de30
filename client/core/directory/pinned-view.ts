import { equalBytes, toHex } from '../../../crypto/wire/bytes.js';
import { type ChainState, headAt, headOf } from '../../../crypto/wire/chain.js';
import { type MailboxId } from '../../../crypto/wire/ids.js';
import { type Checkpoint } from '../../../crypto/wire/message.js';
import { type DirectoryView, type Reach, type SenderView } from '../../../crypto/seal/open-message.js';
import { type Account } from '../account/account.js';
import { CoreError } from '../error.js';
import { type Relay } from '../relay/relay.js';
import { type RetryPolicy, platformRetry } from '../relay/retry.js';
import { alarm } from './log-alarm.js';
import { type LogWatch, type SeenProof, assertGood, createLogWatch } from './log-watch.js';
import { readChain } from './read-chain.js';

/**
 * The directory as this device believes it: a chain is verified from its genesis or its newest balance, may only grow from where it was
 * pinned, and is the very chain that the public log names (docs/spec/directory.md §8).
 */
export interface PinnedView extends DirectoryView {
  /** Asks the relay again, whatever is remembered: before something is sealed to the mailbox. */
  refresh(mailboxId: MailboxId, reach?: Reach): Promise<SenderView>;
  /** What a sender has seen of the log must be of the same history. */
  compareGossip(gossip: Checkpoint): Promise<void>;
  /** Everything that is known of a mailbox, also where it is not good enough: for people to read. */
  examine(mailboxId: MailboxId): Promise<Examined>;
}

export interface Examined {
  readonly state: ChainState;
  readonly proof: SeenProof;
  readonly agreement: Agreement;
}

/** How a chain stands to what the log names: the log may be a moment late, but never say something else. */
export type Agreement = 'same' | 'log-behind' | 'chain-behind' | 'contradiction';

/** How long a chain is believed to be the newest within one run, when it is new enough for the message at hand. */
const FRESH_MS = 60_000;
/** A mailbox with a hundred messages waiting is asked about once. */
const FAILED_MS = 5_000;
/** A statement is in the log within moments; a cosignature is there at once or its witness is away. */
const PATIENCE_MS = 10_000;
const WITNESS_PATIENCE_MS = 1_500;
const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 400;

export function createPinnedView(
  account: Account,
  relay: Relay,
  retry: RetryPolicy = platformRetry(PATIENCE_MS),
): PinnedView {
  const watch = createLogWatch(account, relay, () => retry.now());
  const fresh = new Map<MailboxId, { readonly view: SenderView; readonly atMs: number }>();
  const failed = new Map<MailboxId, { readonly error: unknown; readonly atMs: number }>();
  const refresh = async (mailboxId: MailboxId, reach: Reach = 'newest'): Promise<SenderView> => {
    const known = fresh.get(mailboxId)?.view.state ?? null;
    const inquiry: Inquiry = { account, relay, watch, mailboxId, known, reach };
    if (account.state.formerMailboxes.has(mailboxId)) return former(inquiry);
    const { state, proof } = await settled(inquiry, retry);
    await pin(account, state);
    if (mailboxId === account.content.mailboxId) await recordOwnCheck(account, retry.now());
    const isWitnessed = proof.trusted.isPinned && proof.trusted.policy.quorum.kind !== 'none';
    const view: SenderView = { state, status: isWitnessed ? 'witnessed' : 'unwitnessed' };
    fresh.set(mailboxId, { view, atMs: retry.now() });
    return view;
  };
  return {
    refresh,
    compareGossip: (gossip) => watch.compare(gossip),
    examine: (mailboxId) => examine({ account, relay, watch, mailboxId, known: null, reach: 'newest' }),
    async lookup(mailboxId, minSeq, reach = 'newest') {
      const known = fresh.get(mailboxId);
      const isNew = known !== undefined && retry.now() - known.atMs < FRESH_MS && known.view.state.seq >= minSeq;
      const isFresh = isNew && (reach === 'newest' || known.view.state.begunSeq === 1);
      if (isFresh && account.state.alarm === null) return known.view;
      const failure = failed.get(mailboxId);
      const isOver = isAlarm(failure?.error) && account.state.alarm === null;
      if (failure !== undefined && !isOver && retry.now() - failure.atMs < FAILED_MS) throw failure.error;
      return refresh(mailboxId, reach).catch((error: unknown) => {
        failed.set(mailboxId, { error, atMs: retry.now() });
        throw error;
      });
    },
  };
}

/** Once it is settled, what it has kept from being looked at is looked at. */
function isAlarm(error: unknown): boolean {
  return error instanceof CoreError && error.code === 'log-forked';
}

interface Inquiry {
  readonly account: Account;
  readonly relay: Relay;
  readonly watch: LogWatch;
  readonly mailboxId: MailboxId;
  /** What was verified in this run. */
  readonly known: ChainState | null;
  readonly reach: Reach;
}

/**
 * A mailbox behind whose address a person has accepted another one (docs/spec/names.md §5): the log speaks of that one, so
 * nobody vouches for this chain any more; it serves to read what came from it before.
 */
async function former(inquiry: Inquiry): Promise<SenderView> {
  return { state: await pinnedChain(inquiry, inquiry.reach), status: 'unwitnessed' };
}

async function examine(inquiry: Inquiry): Promise<Examined> {
  const state = await pinnedChain(inquiry, inquiry.reach);
  const proof = await inquiry.watch.prove(state.address);
  const isBefore = proof.value !== null && proof.value.seq < state.begunSeq;
  const compared = isBefore ? await pinnedChain(inquiry, 'whole') : state;
  return { state: compared, proof, agreement: agreementOf(compared, proof) };
}

/** The own chain by its signatures alone, as a continuation of what was pinned: while there is an alarm, the log is not asked. */
export function pinnedOwnChain(account: Account, relay: Relay, reach: Reach): Promise<ChainState> {
  return pinnedChain({ account, relay, mailboxId: account.content.mailboxId, known: null }, reach);
}

async function pinnedChain(
  { account, relay, mailboxId, known }: Omit<Inquiry, 'watch' | 'reach'>,
  reach: Reach,
): Promise<ChainState> {
  const pinned = account.state.pins.get(mailboxId) ?? null;
  const state = await readChain(relay, mailboxId, { known, pinned, reach });
  assertPinned(account, state);
  return state;
}

/** Asks again while the log is a moment behind. @throws CoreError when it does not come round */
async function settled(inquiry: Inquiry, retry: RetryPolicy): Promise<Examined> {
  const { account, mailboxId } = inquiry;
  const begunMs = retry.now();
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(2 * delay, MAX_DELAY_MS)) {
    const examined = await examine(inquiry);
    const failure = failureOf(examined);
    if (failure === null) return examined;
    const isOver = retry.now() + delay - begunMs > failure.patienceMs;
    if (isOver && failure.isAlarm && mailboxId === account.content.mailboxId) await alarmAboutOwn(account, examined);
    if (isOver) throw failure.error;
    await retry.sleep(delay);
  }
}

interface Failure {
  readonly error: Error;
  readonly patienceMs: number;
  /** Whether it is proof against the log when it is about the own mailbox. */
  readonly isAlarm: boolean;
}

function failureOf({ agreement, proof }: Examined): Failure | null {
  switch (agreement) {
    case 'contradiction':
      return { error: unlogged('the log names another head'), patienceMs: 0, isAlarm: true };
    case 'chain-behind':
      return { error: unlogged('the log names a later head'), patienceMs: PATIENCE_MS, isAlarm: true };
    case 'log-behind': {
      const error = new CoreError('log-behind', 'the log does not have the newest statement');
      return { error, patienceMs: PATIENCE_MS, isAlarm: false };
    }
    case 'same':
      return proof.problem === null ? null : badlyWitnessed(proof);
  }
}

function unlogged(why: string): CoreError {
  return new CoreError('chain-unlogged', why);
}

function badlyWitnessed(proof: SeenProof): Failure | null {
  try {
    assertGood(proof);
    return null;
  } catch (error) {
    return { error: error as Error, patienceMs: WITNESS_PATIENCE_MS, isAlarm: false };
  }
}

function agreementOf(state: ChainState, { value }: SeenProof): Agreement {
  if (value === null) return 'log-behind';
  if (value.seq > state.seq) return 'chain-behind';
  const head = headAt(state, value.seq);
  if (head === undefined || !equalBytes(head, value.head)) return 'contradiction';
  return value.seq < state.seq ? 'log-behind' : 'same';
}

/** The log holds a statement about the own mailbox that nobody here has made: a hard alarm, whatever the relay says. */
async function alarmAboutOwn(account: Account, { proof }: Examined): Promise<never> {
  return alarm(account, account.state.checkpoint?.note ?? proof.checkpoint.note, proof.checkpoint.note);
}

/** Written at most once an hour: commands come often. */
const OWN_RECORD_MS = 3_600_000;

async function recordOwnCheck(account: Account, nowMs: number): Promise<void> {
  if (nowMs - account.state.ownCheckedMs >= OWN_RECORD_MS) await account.record({ kind: 'own-checked', timeMs: nowMs });
}

/** Invariant 12: a mailbox's seq and head never go back. @throws CoreError `directory-contradiction`, `address-changed` */
function assertPinned(account: Account, state: ChainState): void {
  const known = account.state.pins.get(state.mailboxId);
  const head = known && headAt(state, known.seq);
  if (known && (head === undefined || !equalBytes(head, known.head))) {
    throw new CoreError('directory-contradiction', 'the chain is not a continuation of the one seen before');
  }
  const other = account.state.pinnedAddresses.get(state.address);
  const isFormer = account.state.formerMailboxes.has(state.mailboxId);
  if (other !== undefined && other !== state.mailboxId && !isFormer) {
    throw new CoreError('address-changed', 'the address belonged to another mailbox');
  }
}

/** What another device has told of a first contact pins the chain without its names: these are taken from the chain that is seen here. */
async function pin(account: Account, state: ChainState): Promise<void> {
  const { mailboxId, address, seq } = state;
  const attestations = [...state.attestations.values()];
  const before = account.state.attestations.get(mailboxId)?.map(({ signature }) => toHex(signature)) ?? [];
  const isNamed = attestations.map(({ signature }) => toHex(signature)).join() === before.join();
  const isPinned = account.state.pins.get(mailboxId)?.seq === seq;
  if (isPinned && isNamed) return;
  await account.record(
    ...(isPinned ? [] : [{ kind: 'pinned' as const, mailboxId, address, seq, head: headOf(state) }]),
    ...(isNamed ? [] : [{ kind: 'attested' as const, mailboxId, attestations }]),
  );
}
