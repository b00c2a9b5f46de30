import { rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CoreError } from '../../core/error.js';
import { type WrittenMedium, writeMedium } from '../../core/media/write-media.js';
import { type Plan, planFiles } from '../../core/package/plan.js';
import { type Letter, assertNotQuarantined, findLetter } from '../../core/receive/inbox.js';
import { receiveMessage } from '../../core/receive/receive.js';
import { syncInbox } from '../../core/receive/sync.js';
import { type Hints, connectHints } from '../../core/relay/hints.js';
import { type MediumTarget, assertFree, folderTarget, zipTarget } from '../../node/medium-target.js';
import { openMessageFolder } from '../../node/message-folder.js';
import { verifiedFiles } from '../../node/verified-folder.js';
import { type OpenDesk, openDesk } from '../desk.js';
import { CliError } from '../failure.js';
import { type Output } from '../output.js';
import { formatBytes } from '../progress.js';
import { interruptSignal } from '../signal.js';
import { UsageError } from '../usage-error.js';
import { createWait } from './fetch.js';

export interface ExportOptions {
  readonly keystore: string;
  readonly zip?: string;
  readonly folder?: string;
}

/** `bildbote export MESSAGE --zip FILE`: a DICOM medium of a message that is complete and verified, and of no other. */
export async function runExport(text: string, options: ExportOptions, output: Output): Promise<void> {
  const given = options.zip ?? options.folder;
  if (given === undefined || (options.zip !== undefined && options.folder !== undefined)) {
    throw new UsageError('export needs either --zip FILE or --folder DIR');
  }
  const path = resolve(given);
  await assertFree(path);
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  assertNotQuarantined(desk.account, text);
  const letter = findLetter(desk.account, text);
  if (letter.stored.header.payloads.length === 0) throw new CliError('export-empty');
  // Files that were verified are kept beside the target until the medium is written: the same command goes on there.
  const staging = join(dirname(path), `.${basename(path)}.receiving`);
  const plans = await receive(desk, letter, staging, output);
  const target = options.zip === undefined ? await folderTarget(path) : await zipTarget(path, desk.clock.now());
  try {
    const written = await write(desk, letter, plans, target, output);
    await target.finish();
    await rm(staging, { recursive: true, force: true });
    report(letter, written, path, output);
  } catch (error) {
    await target.discard();
    throw error;
  }
}

interface ReceivedPlan {
  readonly folder: string;
  readonly plan: Plan;
}

async function receive(desk: OpenDesk, letter: Letter, staging: string, output: Output): Promise<ReceivedPlan[]> {
  const plans: ReceivedPlan[] = [];
  let hints: Hints | null = null;
  const { wait, news } = createWait(() => (hints ??= connectHints(desk.relay)));
  try {
    await receiveMessage(desk, letter, {
      openSink: async ({ payloadId }) => {
        const folder = join(staging, payloadId.slice(0, 16));
        const sink = await openMessageFolder({ messageId: letter.stored.header.messageId, folder }, payloadId);
        return {
          ...sink,
          complete: async (plan) => {
            await sink.complete(plan);
            plans.push({ folder, plan });
          },
        };
      },
      waitForMore: wait,
      signal: interruptSignal(),
      onProgress: ({ bytes, totalBytes }) => {
        news();
        output.progress('fetch', bytes, totalBytes);
      },
    });
  } finally {
    closeHints(hints);
  }
  return plans;
}

function closeHints(hints: Hints | null): void {
  hints?.[Symbol.dispose]();
}

async function write(
  desk: OpenDesk,
  letter: Letter,
  plans: readonly ReceivedPlan[],
  target: MediumTarget,
  output: Output,
): Promise<WrittenMedium> {
  const files = new Map(
    await Promise.all(plans.map(async (one) => [one.plan, await verifiedFiles(one.folder, one.plan)] as const)),
  );
  const planOf = new Map(plans.flatMap(({ plan }) => planFiles(plan).map((file) => [file.fileId, plan] as const)));
  const totalBytes = plans.flatMap(({ plan }) => planFiles(plan)).reduce((sum, { size }) => sum + size, 0);
  const { messageId } = letter.stored.header;
  return writeMedium({
    studies: plans.flatMap(({ plan }) => plan.studies),
    documents: plans.flatMap(({ plan }) => plan.documents),
    openFile: (file) => {
      const plan = planOf.get(file.fileId);
      const open = plan === undefined ? undefined : files.get(plan);
      if (open === undefined) throw new CoreError('staging-lost', 'a file of no plan');
      return open(file);
    },
    info: { messageId, from: letter.from, receivedMs: letter.stored.acceptedMs, createdMs: desk.clock.now() },
    sink: target.sink,
    createSha256: desk.createSha256,
    signal: interruptSignal(),
    onProgress: ({ bytes }) => output.progress('export', Math.min(bytes, totalBytes), totalBytes),
  });
}

function report(letter: Letter, written: WrittenMedium, path: string, output: Output): void {
  output.progressDone();
  const { messageId } = letter.stored.header;
  const size = formatBytes(written.bytes, output.language);
  const text =
    output.language === 'de'
      ? `Datenträger geschrieben: ${written.instances} Instanzen in ${written.studies} Untersuchungen, ${size}. ${path}`
      : `Medium written: ${written.instances} instances in ${written.studies} studies, ${size}. ${path}`;
  output.result({ type: 'exported', messageId, ...written, out: path }, text);
}
