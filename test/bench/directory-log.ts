import { createHash, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { toHex } from '../../crypto/wire/bytes.js';
import { verifyChain } from '../../crypto/wire/chain.js';
import { parsePolicy } from '../../crypto/log/policy.js';
import { isConsistent, verifyLogProof } from '../../client/core/directory/log-proof.js';
import { logProofAnswer, parseAnswer } from '../../client/core/relay/answer.js';
import { openDatabase } from '../../server/db/open.js';
import { migrateToLatest } from '../../server/db/migrate.js';
import { inSnapshot, proveIndex } from '../../server/directory-log/answer.js';
import { createNoteSigner } from '../../server/directory-log/log-key.js';
import { sequence } from '../../server/directory-log/sequence.js';
import { insertIdentityIfNone, publishCheckpoint } from '../../server/directory-log/store.js';
import { encodeVerifierKey } from '../../crypto/log/verifier-key.js';
import { utf8 } from '../../crypto/wire/bytes.js';
import { databases } from '../support/database.js';
import { createFolder } from '../support/folder.js';
import { TestMailbox } from '../support/mailbox.js';
import { mochaHooks } from '../support/hooks.js';

/**
 * `npm run bench:log [MAILBOXES]`: the log with 100,000 mailboxes of three statements each, in the real tables. Prints one JSON
 * object: how long a publication takes, how large a lookup is, and what it costs relay and client. Limits of the project: a
 * lookup with proofs below 50 KB and below 50 ms of the client's CPU.
 */

const mailboxes = Number(process.argv[2] ?? 100_000);
const BATCH = 500;
const LOOKUPS = 200;

const kind = databases().at(-1);
if (kind === undefined) throw new Error('no database');
const database = await kind.create();
const folder = await createFolder();
const db = openDatabase({ url: database.url, poolSize: 4 });
await migrateToLatest(db);
const signer = await createNoteSigner(folder.path, 'log', 'bench.example/log');
const policyText = utf8(`log ${encodeVerifierKey(signer.key)}\nquorum none\n`);
await insertIdentityIfNone(db, { origin: signer.key.name, publicKey: signer.key.publicKey, policy: policyText });

const sha = (text: string): Buffer => createHash('sha256').update(text).digest();
const indexOf = (i: number): Buffer => sha(`mailbox-${i}@bench.example`);

const filledMs = await timed(async () => {
  for (let from = 0; from < mailboxes; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, mailboxes - from) }, (_, i) => from + i).flatMap((i) =>
      [1, 2, 3].map((seq) => ({ map_index: indexOf(i), seq, digest: randomBytes(32), head: sha(`${i}/${seq}`) })),
    );
    await db.batchInsert('log_queue', rows, 2_000);
    const size = await sequence(db, signer, Date.now(), 3 * BATCH);
    if (size !== null) await publishCheckpoint(db, size);
  }
});
await db.raw('analyze');

/** One statement of one mailbox: what the relay does for each change in a large directory. */
const publications: number[] = [];
for (let i = 0; i < 30; i++) {
  await db('log_queue').insert({
    map_index: indexOf(Math.floor(Math.random() * mailboxes)),
    seq: 4 + i,
    digest: randomBytes(32),
    head: randomBytes(32),
  });
  const begun = performance.now();
  const size = await sequence(db, signer, Date.now());
  if (size !== null) await publishCheckpoint(db, size);
  publications.push(performance.now() - begun);
}

const policy = parsePolicy(policyText);
const first = await inSnapshot(db, (trx) => proveIndex(trx, indexOf(0), 0));
const seen = verifyLogProof(parseAnswer(logProofAnswer, first), policy, indexOf(0)).checkpoint;
const from = Math.max(1, Math.floor(seen.size / 3));

const relayMs: number[] = [];
const clientMs: number[] = [];
const bytes: number[] = [];
for (let i = 0; i < LOOKUPS; i++) {
  const index = i % 10 === 9 ? randomBytes(32) : indexOf(Math.floor(Math.random() * mailboxes));
  const begun = performance.now();
  const answer = await inSnapshot(db, (trx) => proveIndex(trx, index, from));
  relayMs.push(performance.now() - begun);
  const json = JSON.stringify(answer);
  bytes.push(json.length);
  const cpu = process.cpuUsage();
  const parsed = parseAnswer(logProofAnswer, JSON.parse(json));
  const { checkpoint, value } = verifyLogProof(parsed, policy, index);
  // The root of the earlier size is not at hand here: the work of a consistency proof is the same when it fails.
  isConsistent({ size: from, root: seen.root }, checkpoint, parsed.consistency);
  const used = process.cpuUsage(cpu);
  clientMs.push((used.user + used.system) / 1000);
  if ((value === null) !== (i % 10 === 9)) throw new Error('a lookup went wrong');
}

const chain = (await TestMailbox.create('bench@bench.example')).statements;
const chainBytes = chain.reduce((sum, statement) => sum + Math.ceil((statement.length * 4) / 3), 0);
const chainCpu = process.cpuUsage();
for (let i = 0; i < 20; i++) verifyChain(chain);
const chainUsed = process.cpuUsage(chainCpu);

const [tables] = (
  await db.raw<{ rows: { bytes: number }[] }>(
    "select sum(pg_total_relation_size(oid))::bigint as bytes from pg_class where relkind = 'r' and relname like 'log\\_%'",
  )
).rows;
const report = {
  mailboxes,
  entries: seen.size,
  root: toHex(seen.root).slice(0, 16),
  fillMs: Math.round(filledMs),
  publishOneMs: quantiles(publications),
  proofBytes: Math.max(...bytes),
  chainBytes,
  lookupBytes: Math.max(...bytes) + chainBytes,
  relayProofMs: quantiles(relayMs),
  clientProofCpuMs: quantiles(clientMs),
  clientChainCpuMs: round((chainUsed.user + chainUsed.system) / 1000 / 20),
  tableBytes: tables?.bytes ?? 0,
};
process.stdout.write(`${JSON.stringify(report)}\n`);

await db.destroy();
await database.drop();
await folder.remove();
await mochaHooks.afterAll.call({ timeout: () => undefined } as unknown as Mocha.Context);

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function quantiles(values: readonly number[]): { readonly median: number; readonly p95: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number => round(sorted[Math.floor(q * (sorted.length - 1))] ?? 0);
  return { median: at(0.5), p95: at(0.95) };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
