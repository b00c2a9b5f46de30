import { setTimeout as pause } from 'node:timers/promises';
import type { BlobStore } from '../../server/blobs/store.js';
import { checkRelay } from '../../server/check/check.js';
import type { Database } from '../../server/db/open.js';
import { sweepOrphans } from '../../server/uploads/sweep.js';
import { type Answer, type AskOptions, asker } from './http.js';
import type { TestMailbox } from './mailbox.js';
import { type Actor, signIn } from './relay.js';
import { type SealedPayload, createPayload, digestsHeader, messageTo, sha256, tallyRecord } from './sealed-payload.js';

/**
 * Senders that go on whatever happens to the relay, and remember what it has acknowledged: then that, and nothing more, must be there.
 * Each request is repeated, with the same bytes, until it is answered.
 */
export interface Acknowledged {
  readonly messages: Map<string, { readonly sender: string; readonly recipient: string; readonly digest: Buffer }>;
  readonly parts: {
    readonly payload: SealedPayload;
    readonly first: number;
    readonly count: number;
    readonly sender: string;
  }[];
  readonly tallies: { readonly payload: SealedPayload; readonly segments: number; readonly sender: string }[];
}

export interface LoadOptions {
  /** Where the relay answers now; it may have moved after a restart. */
  readonly url: () => string;
  readonly origin: string;
  readonly mailboxes: readonly TestMailbox[];
  readonly senders: number;
  readonly segments?: number;
  readonly isOver: () => boolean;
}

export function nothingYet(): Acknowledged {
  return { messages: new Map(), parts: [], tallies: [] };
}

/** Sends until it is over, then ends what is under way. */
export async function runLoad(options: LoadOptions, acknowledged: Acknowledged): Promise<void> {
  await Promise.all(Array.from({ length: options.senders }, (_, i) => sendOn(options, acknowledged, i)));
}

async function sendOn(options: LoadOptions, acknowledged: Acknowledged, i: number): Promise<void> {
  const { mailboxes, isOver, segments = 2 } = options;
  const [own, to] = [mailboxes[i % mailboxes.length], mailboxes[(i + 1) % mailboxes.length]];
  if (own === undefined || to === undefined) throw new Error('no mailboxes');
  const client = persistent(options, own);
  while (!isOver()) {
    const payload = createPayload({ segments });
    const json = messageTo([to.state.mailboxId], { payloads: [payload] });
    const sender = own.state.mailboxId;
    await client('POST', '/api/messages', { json });
    const digest = sha256(Buffer.from(json.envelopes[0]?.envelope ?? '', 'base64url'));
    acknowledged.messages.set(json.messageId, { sender, recipient: to.state.mailboxId, digest });
    for (let first = 0; first < segments; first += 1) {
      const part = payload.segments.slice(first, first + 1);
      const options = { body: Buffer.concat(part), headers: digestsHeader(part) };
      await client('PUT', `/api/payloads/${payload.payloadId}/parts/${first}`, options);
      acknowledged.parts.push({ payload, first, count: 1, sender });
    }
    const record = tallyRecord();
    await client('PUT', `/api/payloads/${payload.payloadId}/tallies/1?segments=${segments}`, { body: record });
    acknowledged.tallies.push({ payload, segments, sender });
  }
}

const AGAIN_MS = 50;
/** A relay that is killed every second on a busy machine answers some requests after many attempts only. */
const GIVE_UP_MS = 600_000;

/** Asks until there is an answer that is none of a relay that dies, starts, or has forgotten the session. */
function persistent(options: Pick<LoadOptions, 'url' | 'origin'>, mailbox: TestMailbox) {
  let session: Actor | null = null;
  return async (method: string, path: string, ask: AskOptions): Promise<Answer> => {
    for (const begun = Date.now(); ;) {
      const answer = await attempt();
      if (answer !== null && answer.status < 300) return answer;
      const isTransient = answer === null || answer.status >= 500 || answer.status === 401 || answer.status === 429;
      if (!isTransient) throw new Error(`${method} ${path}: ${answer.status} ${answer.code ?? ''}`);
      if (answer?.status === 401) session = null;
      if (Date.now() - begun > GIVE_UP_MS) throw new Error(`${method} ${path}: no answer`);
      await pause(AGAIN_MS);
    }
    async function attempt(): Promise<Answer | null> {
      try {
        session ??= await signIn(options.url(), options.origin, mailbox);
        return await asker(options.url(), session.token)(method, path, ask);
      } catch {
        return null;
      }
    }
  };
}

export interface Verdict {
  /** Acknowledged, and not there or not the same. */
  readonly lost: number;
  /** Messages that are in a mailbox more than once. */
  readonly duplicated: number;
  /** Tallies that cover what is not there. */
  readonly falselyComplete: number;
  /** Blobs of no part before the sweep, and after it. */
  readonly orphans: number;
  readonly orphansLeft: number;
  /** Whatever else a check finds. */
  readonly findings: readonly string[];
}

/** Holds what was acknowledged against what is there, on a relay that nobody writes to. */
export async function judge(db: Database, blobs: BlobStore, acknowledged: Acknowledged): Promise<Verdict> {
  const { counts, findings } = await checkRelay({ db, blobs, depth: 'whole' });
  await sweepOrphans(db, blobs, new Date(Date.now() + 60_000));
  const after = await checkRelay({ db, blobs, depth: 'quick' });
  const kinds = findings.map(({ kind }) => kind);
  return {
    lost:
      (await lostMessages(db, acknowledged)) +
      (await lostParts(db, blobs, acknowledged)) +
      (await lostTallies(db, acknowledged)),
    duplicated: await countDuplicates(db),
    falselyComplete: kinds.filter((kind) => kind === 'tally-uncovered' || kind === 'part-missing').length,
    orphans: counts.orphans,
    orphansLeft: after.counts.orphans,
    findings: kinds,
  };
}

async function lostMessages(db: Database, { messages }: Acknowledged): Promise<number> {
  const rows = await db('deliveries').select<
    { message_id: Buffer; mailbox_id: Buffer; sender_mailbox_id: Buffer; envelope: Buffer | null }[]
  >('message_id', 'mailbox_id', 'sender_mailbox_id', 'envelope');
  const there = new Set(
    rows.map((row) =>
      [row.message_id, row.sender_mailbox_id, row.mailbox_id, sha256(row.envelope ?? Buffer.alloc(0))]
        .map((bytes) => bytes.toString('hex'))
        .join(' '),
    ),
  );
  return [...messages].filter(
    ([id, { sender, recipient, digest }]) => !there.has(`${id} ${sender} ${recipient} ${digest.toString('hex')}`),
  ).length;
}

async function lostParts(db: Database, blobs: BlobStore, { parts }: Acknowledged): Promise<number> {
  const rows = await db('parts')
    .join('payloads', 'payloads.payload_number', 'parts.payload_number')
    .select<{ payload_id: Buffer; first_segment: number; bytes: number; blob_key: Buffer }[]>(
      'payload_id',
      'first_segment',
      'bytes',
      'blob_key',
    );
  const byPlace = new Map(rows.map((row) => [`${row.payload_id.toString('hex')} ${row.first_segment}`, row]));
  let lost = 0;
  for (const { payload, first, count } of parts) {
    const row = byPlace.get(`${payload.payloadId} ${first}`);
    const expected = Buffer.concat(payload.segments.slice(first, first + count));
    const key = row?.blob_key.toString('hex');
    const stored = key === undefined ? null : await readBlob(blobs, key, row?.bytes ?? 0);
    if (stored?.equals(expected) !== true) lost += 1;
  }
  return lost;
}

async function readBlob(blobs: BlobStore, key: string, bytes: number): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of blobs.read(key as never, 0, bytes)) chunks.push(Uint8Array.from(chunk));
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}

async function lostTallies(db: Database, { tallies }: Acknowledged): Promise<number> {
  const rows = await db('tallies')
    .join('payloads', 'payloads.payload_number', 'tallies.payload_number')
    .select<{ payload_id: Buffer; segments: number }[]>('payload_id', 'segments');
  const there = new Set(rows.map((row) => `${row.payload_id.toString('hex')} ${row.segments}`));
  return tallies.filter(({ payload, segments }) => !there.has(`${payload.payloadId} ${segments}`)).length;
}

/** The database forbids it by a constraint; here it is counted all the same. */
async function countDuplicates(db: Database): Promise<number> {
  const { rows } = await db.raw<{ rows: { n: number }[] }>(
    `select count(*) as n from (select 1 from deliveries group by sender_mailbox_id, message_id, mailbox_id having count(*) > 1) d`,
  );
  return rows[0]?.n ?? 0;
}
