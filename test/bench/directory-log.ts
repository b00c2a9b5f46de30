import { createHash, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { toHex } from '../../crypto/wire/bytes.js';
import { mapIndex } from '../../crypto/log/entry.js';
import { encodeVerifierKey } from '../../crypto/log/verifier-key.js';
import { type Address, parseAddress } from '../../crypto/wire/ids.js';
import { type Database } from '../../server/db/open.js';
import { inSnapshot, proveIndex } from '../../server/directory-log/answer.js';
import { loadNoteSigner } from '../../server/directory-log/log-key.js';
import { rebuildLog } from '../../server/directory-log/rebuild.js';
import { sequence } from '../../server/directory-log/sequence.js';
import { findNewestCheckpoint, findPublishedCheckpoint, publishCheckpoint } from '../../server/directory-log/store.js';
import { startWitness } from '../../server/witness/serve.js';
import { databases } from '../support/database.js';
import { deskMaker, type TestDesk } from '../support/device-desk.js';
import { createFolder } from '../support/folder.js';
import { mochaHooks } from '../support/hooks.js';
import { readPolicy } from '../support/public-log.js';
import { startTestRelay } from '../support/relay.js';
import { prepareWitnesses } from '../support/witnesses.js';
import { lookUp, recorder, round } from './look-up.js';

/**
 * `npm run bench:log [MAILBOXES]`: a relay with 100,000 mailboxes of three statements each and three witnesses, two of whom must have signed.
 * A practice that knew the log when it was empty looks others up over HTTP. Prints one JSON object: how large such a lookup is (chain
 * and proofs, as the relay sends them), what it costs the client, how soon a new statement is provable, and whether the log
 * comes out of the database as it was signed. Limits of the project: 50 KB, 50 ms of the client's CPU, 60 s.
 *
 * The many are rows that the log cannot tell from mailboxes; those that are looked up are real.
 */

const mailboxes = Number(process.argv[2] ?? 100_000);
const BATCH = 500;
const ASKED = 20;

const kind = databases().at(-1);
if (kind === undefined) throw new Error('no database');
const folder = await createFolder();
const prepared = await prepareWitnesses(folder.path, 3, 2);
const relay = await startTestRelay(kind, { witnesses: prepared.policyFile });
const { db } = relay;
const { log } = await readPolicy(relay.ask);
const witnesses = await Promise.all(
  prepared.all.map(({ dataDir, port }) => startWitness({ dataDir, port, logKeys: [encodeVerifierKey(log)] })),
);
const wire = recorder();
const desks = deskMaker(relay, relay.relay.origin, wire.wrap);

const asker = await desks.practice('asker@bench.example');
await asker.directory.refresh(asker.account.content.mailboxId);
const fillMs = await timed(() => fill(db, relay.dataDir));
await db.raw('analyze');

const provable: number[] = [];
const asked: Address[] = [];
for (let i = 0; i < ASKED; i++) {
  const desk = await desks.practice(`asked-${i}@bench.example`);
  provable.push(await timed(() => untilProved(desk)));
  asked.push(desk.account.content.address);
}

const lookups = [];
for (const address of asked) lookups.push(await lookUp(wire, asker, address));
const relayMs = await relayProofs(db, 200);

const before = await findNewestCheckpoint(db);
const checks: string[] = [];
const rebuildMs = await timed(async () => {
  const rebuilt = await rebuildLog(db);
  const isSame = rebuilt.kind === 'rebuilt' && before !== null && toHex(rebuilt.root) === toHex(before.root);
  checks.push(isSame ? 'same root' : rebuilt.kind);
});
const rebuiltLookup = await lookUp(wire, asker, asked[0] ?? address('asker@bench.example'));

const report = {
  mailboxes,
  entries: before?.size ?? 0,
  fillMs: Math.round(fillMs),
  lookupBytes: { first: lookups[0]?.bytes, max: Math.max(...lookups.map(({ bytes }) => bytes)) },
  proofBytes: Math.max(...lookups.map(({ proofBytes }) => proofBytes)),
  clientCpuMs: { first: lookups[0]?.cpuMs, ...quantiles(lookups.slice(1).map(({ cpuMs }) => cpuMs)) },
  relayProofMs: quantiles(relayMs),
  provableAfterMs: quantiles(provable),
  rebuild: { ms: Math.round(rebuildMs), result: checks[0], lookupBytes: rebuiltLookup.bytes },
  tableBytes: await tableBytes(db),
};
process.stdout.write(`${JSON.stringify(report)}\n`);

desks.close();
await relay.close();
for (const witness of witnesses) await witness.close();
await folder.remove();
await mochaHooks.afterAll.call({ timeout: () => undefined } as unknown as Mocha.Context);

/** Rows of mailboxes and statements, and the log over them by the relay's own way of publishing. */
async function fill(db: Database, dataDir: string): Promise<void> {
  const signer = await loadNoteSigner(dataDir, 'log');
  if (signer === null) throw new Error('the relay has no key');
  const [practice] = await db('practices')
    .insert({ name: 'Bench', folded_name: 'bench' })
    .returning<{ practice_id: number }[]>('practice_id');
  for (let from = 0; from < mailboxes; from += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, mailboxes - from) }, (_, i) => from + i);
    const rows = numbers.map((i) => madeMailbox(i, practice?.practice_id ?? 0));
    await db.batchInsert(
      'mailboxes',
      rows.map(({ mailbox }) => mailbox),
      BATCH,
    );
    await db.batchInsert(
      'statements',
      rows.flatMap(({ statements }) => statements),
      2_000,
    );
    await db.batchInsert(
      'log_queue',
      rows.flatMap(({ queued }) => queued),
      2_000,
    );
    await publishAll(db, signer);
  }
}

async function publishAll(db: Database, signer: Parameters<typeof sequence>[1]): Promise<void> {
  while ((await db('log_queue').first('queued')) !== undefined) {
    const size = await sequence(db, signer, Date.now(), 3 * BATCH);
    // The relay itself publishes, too, and may be waiting for its witnesses.
    if (size === null) await new Promise((next) => setTimeout(next, 20));
    else await publishCheckpoint(db, size);
  }
}

function madeMailbox(i: number, practiceId: number) {
  const address = `mailbox-${i}@bench.example`;
  const mailboxId = randomBytes(32);
  const statements = [1, 2, 3].map((seq) => {
    const bytes = randomBytes(64);
    return { mailbox_id: mailboxId, seq, bytes, hash: createHash('sha256').update(`stmt${i}/${seq}`).digest() };
  });
  return {
    mailbox: { mailbox_id: mailboxId, practice_id: practiceId, address, last_statement_seq: 3 },
    statements,
    queued: statements.map(({ seq, bytes, hash }) => ({
      map_index: Buffer.from(mapIndex(parseAddress(address))),
      seq,
      digest: createHash('sha256').update(bytes).digest(),
      head: hash,
    })),
  };
}

/** Until a lookup by its own device is good: in the log, and seen by enough witnesses. */
async function untilProved(desk: TestDesk): Promise<void> {
  for (;;) {
    const { agreement, proof } = await desk.directory.examine(desk.account.content.mailboxId);
    if (agreement === 'same' && proof.problem === null) return;
    await new Promise((next) => setTimeout(next, 20));
  }
}

/** What the relay does for a proof, without HTTP. */
async function relayProofs(db: Database, count: number): Promise<number[]> {
  const { size } = (await findPublishedCheckpoint(db)) ?? { size: 1 };
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const index = mapIndex(address(`mailbox-${Math.floor(Math.random() * mailboxes)}@bench.example`));
    times.push(
      await timed(async () => {
        const { value } = await inSnapshot(db, (trx) => proveIndex(trx, index, Math.ceil(size / 3)));
        if (value?.seq !== 3) throw new Error('a lookup went wrong');
      }),
    );
  }
  return times;
}

function address(text: string): Address {
  return parseAddress(text);
}

async function tableBytes(db: Database): Promise<number> {
  const { rows } = await db.raw<{ rows: { bytes: number }[] }>(
    "select sum(pg_total_relation_size(oid))::bigint as bytes from pg_class where relkind = 'r' and relname like 'log\\_%'",
  );
  return rows[0]?.bytes ?? 0;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function quantiles(values: readonly number[]): { readonly median: number; readonly p95: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => round(sorted[Math.floor(q * (sorted.length - 1))] ?? 0);
  return { median: at(0.5), p95: at(0.95) };
}
