import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { closeAll } from '../support/hooks.js';
import { hasProgram } from '../support/programs.js';
import { type Session, startSession } from './gateway-session.js';

/**
 * `npm run campaign:gateway -- --slices N --events K --seed S --peer orthanc|dcmtk`: a radiology in one session. DCMTK's storescu → gateway A → relay → gateway
 * B → a PACS. While it runs, K times one of the processes gets kill -9 and comes back, the line is cut, or the PACS is down for a while. Ends with 0 when every
 * instance is in the PACS as it was sent, and A has signed receipts for all of them.
 */
const { values } = parseArgs({
  options: {
    slices: { type: 'string', default: '200' },
    events: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    peer: { type: 'string', default: 'dcmtk' },
    minutes: { type: 'string', default: '15' },
    /** Events begin when the modality is done: one message then. */
    after: { type: 'string', default: 'start' },
  },
});
const peer = values.peer === 'orthanc' ? 'orthanc' : 'dcmtk';
const [slices, events] = [Number(values.slices), Number(values.events)];
const deadlineMs = Date.now() + Number(values.minutes) * 60_000;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Mulberry32: the same seed is the same campaign, as far as machines allow. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What stands behind the meta group, which every receiver writes anew. */
function dataSetDigest(file: Buffer): string {
  const meta = file.readUInt32LE(140);
  return createHash('sha256')
    .update(file.subarray(144 + meta))
    .digest('hex');
}

/** Sends until everything was answered with success, as a modality does. @returns how often it had to begin again */
async function sendAll(port: number, paths: readonly string[]): Promise<number> {
  let [done, again] = [0, -1];
  while (done < paths.length && Date.now() < deadlineMs) {
    again += 1;
    done += await storescu(port, paths.slice(done));
    if (done < paths.length) await wait(500);
  }
  return again;
}

async function storescu(port: number, paths: readonly string[]): Promise<number> {
  const args = ['-v', '-aet', 'STORESCU', '-aec', 'BILDBOTE', '127.0.0.1', String(port), ...paths];
  const child = spawn('storescu', args, { env: { ...process.env, TCP_NODELAY: '1' } });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return text.match(/Received Store Response \(Success\)/g)?.length ?? 0;
}

async function disturb(session: Session, counts: Record<string, number>): Promise<void> {
  const random = randomFrom(Number(values.seed));
  for (let n = 0; n < events && Date.now() < deadlineMs; n++) {
    await wait(500 + random() * 4000);
    const at = Math.floor(random() * (session.actors.length + 2));
    const victim = session.actors[at];
    const pauseMs = random() * 3000;
    const name = victim?.name ?? (at === session.actors.length ? 'line cut' : 'pacs down');
    counts[name] = (counts[name] ?? 0) + 1;
    process.stderr.write(`event ${n + 1}: ${name}\n`);
    if (victim !== undefined) {
      await victim.kill();
      await wait(pauseMs / 3);
      await victim.up();
    } else if (name === 'line cut') {
      session.line.cut();
      await wait(pauseMs);
      session.line.mend();
    } else {
      const pacs = session.actors.find((one) => one.name === 'pacs');
      await pacs?.kill();
      await wait(2000 + pauseMs * 2);
      await pacs?.up();
    }
  }
}

interface Sent {
  readonly message: string;
  readonly instances: number;
}
interface Receipt {
  readonly kind: string;
  readonly instances: number;
  readonly total: number;
}

/** What A knows, signed by B: instances that a PACS has confirmed, of how many, and in how many messages. */
async function receiptsAt(session: Session) {
  const list = (await session.ask('A', '/messages?box=sent&limit=500')) as { messages: readonly Sent[] } | null;
  let [imported, total, complete] = [0, 0, 0];
  for (const { message, instances } of list?.messages ?? []) {
    total += instances;
    const answer = (await session.ask('A', `/messages/${message}/receipts`)) as { receipts: readonly Receipt[] } | null;
    const counts = (answer?.receipts ?? []).filter(({ kind }) => kind === 'imported').map((one) => one.instances);
    const most = Math.max(0, ...counts);
    imported += most;
    if (most === instances) complete += 1;
  }
  return { imported, total, complete, messages: list?.messages.length ?? 0 };
}

async function main(): Promise<void> {
  for (const program of ['storescu', peer === 'dcmtk' ? 'storescp' : 'Orthanc']) {
    if (!hasProgram(program)) throw new Error(`${program} is not installed`);
  }
  const root = await mkdtemp(join(tmpdir(), 'bildbote-campaign-'));
  const startedMs = Date.now();
  const session = await startSession(root, peer);
  try {
    await mkdir(join(root, 'ct'));
    const [paths, expected]: [string[], Set<string>] = [[], new Set()];
    for (const { bytes } of ctStudy({ slices })) {
      paths.push(join(root, 'ct', `${paths.length}.dcm`));
      await writeFile(paths.at(-1) ?? '', bytes);
      expected.add(dataSetDigest(Buffer.from(bytes)));
    }
    const happened: Record<string, number> = {};
    const sending = sendAll(session.dicomPort, paths);
    if (values.after === 'intake') await sending;
    await Promise.all([sending, disturb(session, happened)]);
    const resent = await sending;
    const answeredSeconds = Math.round((Date.now() - startedMs) / 1000);
    // Until A has a receipt for everything, the PACS has everything, or time is over.
    let known = await receiptsAt(session);
    const isOver = (): boolean => known.total >= slices && known.complete === known.messages && known.messages > 0;
    while (!isOver() && Date.now() < deadlineMs) {
      await wait(1000);
      known = await receiptsAt(session);
    }
    const digests = (await session.storedFiles()).map(dataSetDigest);
    const found = new Set(digests);
    const received = (await session.ask('B', '/messages?limit=500')) as { messages: readonly Sent[] } | null;
    const result = {
      ...{ peer, slices, events: happened },
      sent: paths.length,
      lost: [...expected].filter((one) => !found.has(one)).length,
      false: [...found].filter((one) => !expected.has(one)).length,
      ...{ messages: known.messages, messagesTwice: (received?.messages.length ?? 0) - known.messages },
      /** The modality sends again what was not answered for; C-STORE of the same instance changes nothing. */
      ...{ associationsAgain: resent, instancesAgain: known.total - slices, storedAgain: digests.length - found.size },
      imported: `${known.imported} of ${known.total}`,
      ...{ answeredSeconds, seconds: Math.round((Date.now() - startedMs) / 1000) },
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    const isGood =
      result.lost + result.false + result.messagesTwice === 0 && known.imported === known.total && isOver();
    process.exitCode = isGood ? 0 : 1;
  } finally {
    await session.end();
    // Hosts of the command line would keep this process.
    await closeAll();
    // A database whose relay was killed may write its last line now.
    await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
  }
}

await main();
