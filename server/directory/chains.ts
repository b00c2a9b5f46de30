import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ChainDevice, type ChainState, extendChain, headOf, startChain } from '../../crypto/wire/chain.js';
import type { DeviceId, MailboxId } from '../../crypto/wire/ids.js';
import { PUBLIC_KEY_BYTES } from '../../crypto/wire/signature.js';
import { parseStatement } from '../../crypto/wire/statement.js';
import { equalBytes } from '../../crypto/wire/bytes.js';
import { mapIndex } from '../../crypto/log/entry.js';
import type { AuditEvent } from '../audit/events.js';
import { recordAudit } from '../audit/record.js';
import type { Database, Transaction } from '../db/open.js';
import { enqueueStatements } from '../directory-log/enqueue.js';
import { publishDeviceRevoked } from '../hints/events.js';
import { Problem } from '../http/problem.js';
import { upsertBalance } from './balance-store.js';
import {
  insertDevice,
  insertPublicKeys,
  insertStatements,
  listStatements,
  revokeDevice,
  updateSigningKey,
  updateLastStatementSeq,
} from './store.js';

/** Verified chains: made of statements, kept in memory, written to the tables. */

/** A statement and the chain that ends with it. */
export interface Step {
  readonly bytes: Uint8Array;
  readonly state: ChainState;
}

/** One signature takes about 10 ms: other requests go on between two of them. @throws WireError */
export async function verifySteps(base: ChainState | null, statements: readonly Uint8Array[]): Promise<Step[]> {
  const steps: Step[] = [];
  let state = base;
  for (const bytes of statements) {
    state = state === null ? startChain(bytes) : extendChain(state, bytes);
    steps.push({ bytes, state });
    await nextTurn();
  }
  return steps;
}

/** @throws Problem `statement-out-of-turn`, before anything is verified; WireError when it is no statement */
export function assertTurn(state: ChainState, first: Uint8Array): void {
  const { seq, prev } = parseStatement(first);
  if (seq !== state.seq + 1 || !equalBytes(prev, headOf(state))) throw new Problem('statement-out-of-turn');
}

export interface Chains {
  /** The verified chain of a mailbox at `seq`, which its row names as the newest. */
  load(mailboxId: MailboxId, seq: number): Promise<ChainState>;
  /** Remembers a chain that has been committed. */
  keep(state: ChainState): void;
}

const KEPT = 500;
const READ_BYTES = 4 * 1024 * 1024;

export function openChains(db: Database): Chains {
  const kept = new Map<MailboxId, ChainState>();
  const keep = (state: ChainState): void => {
    kept.delete(state.mailboxId);
    kept.set(state.mailboxId, state);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value ?? state.mailboxId);
  };
  const load = async (mailboxId: MailboxId, seq: number): Promise<ChainState> => {
    let state = kept.get(mailboxId) ?? null;
    while (state === null || state.seq < seq) {
      const statements = await listStatements(db, mailboxId, state?.seq ?? 0, READ_BYTES);
      state = (await verifySteps(state, statements)).at(-1)?.state ?? null;
      if (state === null || statements.length === 0) throw new Error('a chain in the database is incomplete');
    }
    keep(state);
    return state;
  };
  return { load, keep };
}

/** Writes verified steps. The mailbox row is locked or new. */
export async function appendSteps(trx: Transaction, base: ChainState | null, steps: readonly Step[]): Promise<void> {
  const newest = steps.at(-1)?.state;
  if (newest === undefined) return;
  const { mailboxId } = newest;
  const rows = steps.map(({ bytes, state }) => ({ seq: state.seq, bytes, hash: headOf(state) }));
  await insertStatements(trx, mailboxId, rows);
  const index = mapIndex(newest.address);
  await enqueueStatements(
    trx,
    rows.map(({ seq, bytes, hash }) => ({ mapIndex: index, seq, bytes, head: hash })),
  );
  await insertPublicKeys(
    trx,
    mailboxId,
    steps.flatMap(({ state }) => keyDigests(state)),
  );
  await writeDevices(trx, base, newest);
  await updateLastStatementSeq(trx, mailboxId, newest.seq);
  if (newest.balance !== null && newest.balance.seq > (base?.seq ?? 0))
    await upsertBalance(trx, mailboxId, newest.balance);
  await recordAudit(trx, ...auditOf(base, steps, newest));
}

/** docs/spec/audit.md §2: who may act for a mailbox is told one by one, the rest of a chain by its length. */
function auditOf(base: ChainState | null, steps: readonly Step[], state: ChainState): AuditEvent[] {
  const { mailboxId, seq, devices } = state;
  const isRecovered = base !== null && steps.some(({ bytes }) => parseStatement(bytes).body.kind === 'recover');
  return [
    ...(base === null ? [] : [{ kind: 'chain-extended', mailboxId, statement: seq, added: steps.length } as const]),
    ...(isRecovered ? [{ kind: 'recovered', mailboxId } as const] : []),
    ...[...devices.values()].flatMap((device) => deviceEvents(base, state, device)),
  ];
}

function deviceEvents(
  base: ChainState | null,
  { mailboxId, seq: newest }: ChainState,
  device: ChainDevice,
): AuditEvent[] {
  const { deviceId, addedSeq, revokedSeq } = device;
  const before = base?.devices.get(deviceId);
  const events: AuditEvent[] = [];
  if (before === undefined) events.push({ kind: 'device-added', mailboxId, deviceId, statement: addedSeq });
  else if (isRenewed(before, device)) events.push({ kind: 'device-renewed', mailboxId, deviceId, statement: newest });
  if (revokedSeq !== null && (before?.revokedSeq ?? null) === null) {
    events.push({ kind: 'device-revoked', mailboxId, deviceId, statement: revokedSeq });
  }
  return events;
}

async function writeDevices(trx: Transaction, base: ChainState | null, newest: ChainState): Promise<void> {
  const { mailboxId } = newest;
  for (const device of newest.devices.values()) {
    const before = base?.devices.get(device.deviceId);
    if (before === undefined) await insertDevice(trx, mailboxId, device);
    else if (isRenewed(before, device)) await renewDevice(trx, mailboxId, device);
    if (device.revokedSeq !== null && (before?.revokedSeq ?? null) === null) {
      await endDevice(trx, mailboxId, device.deviceId, device.revokedSeq);
    }
  }
}

function isRenewed(before: ChainDevice, device: ChainDevice): boolean {
  return before.keys.length !== device.keys.length;
}

/** Whoever holds the old key, and a session by it, gets no further: the device signs in again with the new one. */
async function renewDevice(trx: Transaction, mailboxId: MailboxId, device: ChainDevice): Promise<void> {
  const { deviceId, sigKey } = device;
  await updateSigningKey(trx, mailboxId, deviceId, sigKey);
  await publishDeviceRevoked(trx, { mailboxId, deviceId });
}

async function endDevice(trx: Transaction, mailboxId: MailboxId, deviceId: DeviceId, seq: number): Promise<void> {
  await revokeDevice(trx, mailboxId, deviceId, seq);
  await publishDeviceRevoked(trx, { mailboxId, deviceId });
}

const ED25519_BYTES = 32;
const ML_KEM_768_BYTES = 1184;

/** Attack A1: both halves of each hybrid key count, so that no half is borrowed either. */
function keyDigests(state: ChainState): { digest: Buffer; seq: number }[] {
  return state.newKeys.flatMap((key) => {
    const cut = key.length === PUBLIC_KEY_BYTES ? ED25519_BYTES : ML_KEM_768_BYTES;
    return [key.subarray(0, cut), key.subarray(cut)].map((half) => ({
      digest: createHash('sha256').update(half).digest(),
      seq: state.seq,
    }));
  });
}
