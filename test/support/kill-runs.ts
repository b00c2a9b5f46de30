import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openDiskBlobs } from '../../server/blobs/disk.js';
import { openDatabase } from '../../server/db/open.js';
import type { RelayOptions } from '../../server/main.js';
import { createFolder } from './folder.js';
import { asker } from './http.js';
import { type Verdict, judge, nothingYet, runLoad } from './load.js';
import { TestMailbox } from './mailbox.js';
import { readDatabaseUrl } from './relay-database.js';
import { type RelayProcess, spawnRelay } from './relay-process.js';
import { enrolWith, expectStatus, invite } from './relay.js';

export interface KillOptions {
  readonly runs: number;
  readonly seed: number;
  readonly senders: number;
  /** Undefined for the embedded database, which goes down with the relay. */
  readonly databaseUrl?: string | undefined;
  readonly onRun?: (run: number, messages: number) => void;
  /** How a relay is started; from its sources unless given. */
  readonly start?: (options: RelayOptions) => Promise<Pick<RelayProcess, 'url' | 'kill' | 'stop'>>;
  /** From the moment a relay answers to its end, at most: at once, or in the middle of a few uploads. */
  readonly longestLifeMs?: number;
  /** No kill after this. */
  readonly untilMs?: number;
}

export interface KillResult extends Verdict {
  readonly runs: number;
  readonly messages: number;
  readonly parts: number;
  readonly tallies: number;
}

const ORIGIN = 'https://relay.example';

/** `kill -9` of a relay again and again while senders go on, then what is there against what was acknowledged. */
export async function runKills(given: KillOptions): Promise<KillResult> {
  const { runs, seed, senders, databaseUrl, onRun, start = spawnRelay } = given;
  const { longestLifeMs = 2_000, untilMs = Infinity } = given;
  const folder = await createFolder();
  const options: RelayOptions = { dataDir: folder.path, databaseUrl, origin: ORIGIN, web: 'off' };
  const random = randomOf(seed);
  let relay = await start(options);
  const mailboxes: TestMailbox[] = [];
  for (const name of ['alice', 'bob', 'carol'])
    mailboxes.push(await enrol(relay.url, folder.path, `${name}@nord.example`));
  const acknowledged = nothingYet();
  let isOver = false;
  const load = runLoad(
    { url: () => relay.url, origin: ORIGIN, mailboxes, senders, isOver: () => isOver },
    acknowledged,
  );
  let kills = 0;
  while (kills < runs && Date.now() < untilMs) {
    await pause(random() * longestLifeMs);
    await relay.kill();
    relay = await start(options);
    kills += 1;
    onRun?.(kills, acknowledged.messages.size);
  }
  isOver = true;
  await load;
  const db = openDatabase({ url: databaseUrl ?? (await readDatabaseUrl(folder.path)), poolSize: 4 });
  const verdict = await judge(db, await openDiskBlobs(join(folder.path, 'blobs')), acknowledged);
  await db.destroy();
  await relay.stop();
  await folder.remove();
  const { messages, parts, tallies } = acknowledged;
  return { runs: kills, messages: messages.size, parts: parts.length, tallies: tallies.length, ...verdict };
}

async function enrol(url: string, dataDir: string, address: string): Promise<TestMailbox> {
  const mailbox = await TestMailbox.create(address);
  const token = await invite(dataDir, address, `Practice ${address}`);
  await expectStatus(201, enrolWith(asker(url), token, mailbox));
  return mailbox;
}

/** Mulberry32: the same moments for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
