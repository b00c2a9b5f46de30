import { verifyAttestation } from './attestation.js';
import { type Balance, balanceDigest, foundationOf, parseBalance } from './balance.js';
import { equalBytes } from './bytes.js';
import { cborRecord, encodeCbor, parseCbor } from './cbor.js';
import { extendChain, startChain, verifyByNewIdentity, verifyChain } from './chain.js';
import { type ChainState } from './chain-state.js';
import { WireError } from './error.js';
import { leafHash, verifyInclusion } from './merkle.js';
import { asArray, asBytes, asCount, asMap, assertKeys, orNull } from './shape.js';
import { verifySignature } from './signature.js';
import { type Statement, parseStatement, statementHash } from './statement.js';

/**
 * A chain without its middle: where its identity comes from, what the newest balance carries forward, and what has come since
 * (docs/spec/mailbox.md §9).
 */
export interface Excerpt {
  /** The genesis and what replaced the identity key, oldest first; empty where there is no balance yet. */
  readonly spine: readonly Uint8Array[];
  /** What the first of `statements` carries forward; null where they begin with the genesis. */
  readonly carried: Uint8Array | null;
  readonly statements: readonly Uint8Array[];
  /** That the statement seen before is among those carried forward; empty where it is not asked for. */
  readonly inclusion: readonly Uint8Array[];
  /** The chain's newest statement, as the relay says: a long row comes in pieces. */
  readonly last: number;
}

/** A statement that the reader has seen before. */
export interface SeenHead {
  readonly seq: number;
  readonly head: Uint8Array;
}

/** Balance, spine and a few statements with boxes for 150 devices; a relay sends a longer chain in pieces. */
export const MAX_EXCERPT_BYTES = 16_777_216;
const HASH_BYTES = 32;

export function encodeExcerpt({ spine, carried, statements, inclusion, last }: Excerpt): Uint8Array<ArrayBuffer> {
  return encodeCbor(cborRecord({ 1: spine, 2: carried, 3: statements, 4: inclusion, 5: last }));
}

/** @throws WireError */
export function parseExcerpt(bytes: Uint8Array): Excerpt {
  const map = asMap(parseCbor(bytes, { maxBytes: MAX_EXCERPT_BYTES }));
  assertKeys(map, [1, 2, 3, 4, 5]);
  return {
    spine: asArray(map.get(1)).map((one) => asBytes(one)),
    carried: orNull(map.get(2), (one) => asBytes(one)),
    statements: asArray(map.get(3)).map((one) => asBytes(one)),
    inclusion: asArray(map.get(4)).map((one) => asBytes(one, HASH_BYTES)),
    last: asCount(map.get(5)),
  };
}

/**
 * The chain's state as its mailbox carries it forward, and as the statements after go on. Whoever could make a false one could fork
 * the whole chain as well, and like there it only counts when the log names its head (docs/spec/mailbox.md §9).
 * @param seen what must be part of it, where the reader knew the chain before
 * @throws WireError
 */
export function verifyExcerpt(excerpt: Excerpt, seen: SeenHead | null): ChainState {
  const { carried, statements } = excerpt;
  if (carried === null) return verifyChain(statements);
  const [first, ...later] = statements;
  if (first === undefined) throw new WireError('chain', 'an excerpt has its balance');
  const founded = readSpine(excerpt.spine);
  const begun = beginAt(founded, parseStatement(first), carried);
  const proved = seen === null ? begun : withProved(begun, seen, parseBalance(carried), excerpt.inclusion);
  return later.reduce(extendChain, proved);
}

/** Identity and recovery keys, each signed for by those before. */
function readSpine(spine: readonly Uint8Array[]): ChainState {
  const [genesis, ...renewals] = spine;
  if (genesis === undefined) throw new WireError('chain', 'a chain has a genesis');
  return renewals.map(parseStatement).reduce(renewIdentity, startChain(genesis));
}

function renewIdentity(state: ChainState, statement: Statement): ChainState {
  const { body, signed, signature, seq, mailboxId } = statement;
  const isOwn = mailboxId === state.mailboxId && seq > (state.identitySeqs.at(-1) ?? 0);
  if (!isOwn) throw new WireError('chain', 'not of this chain');
  if (body.kind !== 'rotate-identity' && body.kind !== 'recover') {
    throw new WireError('chain', 'no statement that brings an identity');
  }
  const before = body.kind === 'recover' ? state.recovery.sigKey : state.identityKey;
  verifySignature('mailbox', before, signed, signature);
  verifyByNewIdentity(statement, body);
  const identitySeqs = [...state.identitySeqs, seq];
  const { identityKey } = body;
  if (body.kind === 'rotate-identity') return { ...state, identityKey, identitySeqs };
  return {
    ...state,
    identityKey,
    identitySeqs,
    recovery: { sigKey: body.recoverySigKey, kemKey: body.recoveryKemKey },
  };
}

function beginAt(founded: ChainState, statement: Statement, carried: Uint8Array): ChainState {
  const { body, seq, mailboxId, signed, signature, prev, bytes } = statement;
  if (body.kind !== 'balance' || mailboxId !== founded.mailboxId)
    throw new WireError('chain', 'no balance of this chain');
  verifySignature('mailbox', founded.identityKey, signed, signature);
  if (!equalBytes(balanceDigest(carried), body.digest)) throw new WireError('chain', 'a balance of another state');
  const balance = parseBalance(carried);
  assertFounded(founded, balance, seq);
  assertVouched(founded, balance);
  const { foundedSeq, devices, epoch, lastEpoch, epochEnds, attestations } = balance;
  return {
    ...founded,
    ...{ foundedSeq, devices, epoch, lastEpoch, epochEnds, attestations },
    seq,
    begunSeq: seq - 1,
    heads: [prev, statementHash(bytes)],
    balance: { seq, carried },
    newKeys: [],
    keyDigests: new Set(),
  };
}

/** The spine is the one that the balance rests on, whole: no renewal is left out of it or exchanged. */
function assertFounded(founded: ChainState, balance: Balance, seq: number): void {
  const isSame =
    balance.seq === seq - 1 &&
    founded.identitySeqs.join() === balance.identitySeqs.join() &&
    equalBytes(foundationOf(founded), balance.foundation);
  if (!isSame) throw new WireError('chain', 'a balance of another foundation');
}

/** A mailbox must not carry forward a name that no registrar has given it (attack A3). */
function assertVouched({ mailboxId, address }: ChainState, { attestations }: Balance): void {
  for (const said of attestations.values()) {
    const { attestation } = verifyAttestation(said);
    if (attestation.mailboxId !== mailboxId || attestation.address !== address) {
      throw new WireError('chain', 'an attestation of another mailbox');
    }
  }
}

function withProved(state: ChainState, seen: SeenHead, balance: Balance, proof: readonly Uint8Array[]): ChainState {
  if (seen.seq > balance.seq) return state;
  verifyInclusion(leafHash(seen.head), seen.seq - 1, balance.seq, proof, balance.headsRoot);
  return { ...state, provedHead: { seq: seen.seq, head: seen.head } };
}
