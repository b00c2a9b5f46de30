import { join } from 'node:path';
import { type HeaderPayload } from '../../core/ids.js';
import { CoreError } from '../../core/error.js';
import { confirmAgain } from '../../core/receive/confirm.js';
import {
  type Letter,
  assertNotQuarantined,
  assertNotWaiting,
  findLetter,
  receivedLetters,
} from '../../core/receive/inbox.js';
import { type MessageSink, receiveMessage } from '../../core/receive/receive.js';
import { type Hints, connectHints } from '../../core/relay/hints.js';
import { syncInbox } from '../../core/receive/sync.js';
import { localFilesIn } from '../../node/local-files.js';
import { openMessageFolder } from '../../node/message-folder.js';
import { REPORT_MEDIA_TYPE } from '../../core/deidentification/report.js';
import { practiceName } from '../../core/directory/practice-name.js';
import { type OpenDesk, openDesk } from '../desk.js';
import { contactJson, nameText, plain } from '../names.js';
import { CliError, describeFailure } from '../failure.js';
import { type Output } from '../output.js';
import { formatBytes } from '../progress.js';
import { interruptSignal } from '../signal.js';
import { UsageError } from '../usage-error.js';

export interface FetchOptions {
  readonly keystore: string;
  readonly out: string;
  readonly all: boolean;
}

/** Without a hint ask again after this long; without news give up until the next run. */
const POLL_MS = 5000;
const PATIENCE_MS = 60_000;

/** `bildbote fetch MESSAGE --out DIR`: verified files, byte for byte. */
export async function runFetch(text: string | undefined, options: FetchOptions, output: Output): Promise<void> {
  if ((text === undefined) === !options.all) throw new UsageError('fetch needs either MESSAGE or --all');
  await using desk = await openDesk(options.keystore);
  await syncInbox(desk);
  if (text !== undefined) {
    assertNotWaiting(desk.account, text);
    assertNotQuarantined(desk.account, text);
    return await fetchOne(desk, findLetter(desk.account, text), options.out, output);
  }
  await fetchAll(desk, options.out, output);
}

/** One message that fails does not keep the others from being fetched; the command fails in the end. */
async function fetchAll(desk: OpenDesk, out: string, output: Output): Promise<void> {
  const failed: string[] = [];
  let last: unknown = null;
  for (const letter of receivedLetters(desk.account)) {
    try {
      if (letter.isHeld) {
        output.note(
          `${letter.name.slice(0, 8)}: ${describeFailure(new CliError('message-held'), output.language).message}`,
        );
        continue;
      }
      if (desk.account.state.completed.has(letter.key)) {
        await confirmAgain(desk, letter);
        continue;
      }
      await fetchOne(desk, letter, out, output);
    } catch (error) {
      if (error instanceof CoreError && error.code === 'aborted') throw error;
      const id = letter.stored.header.messageId.slice(0, 8);
      output.note(describeFailure(error, output.language).message);
      failed.push(id);
      last = error;
    }
  }
  if (failed.length > 0) throw last instanceof CliError ? last : withSubject(last, failed.join(', '));
}

async function fetchOne(desk: OpenDesk, letter: Letter, out: string, output: Output): Promise<void> {
  const { messageId } = letter.stored.header;
  const folder = join(out, letter.name);
  const startMs = performance.now();
  let firstInstanceMs: number | null = null;
  const documents: { readonly kind: string; readonly name: string; readonly mediaType: string }[] = [];
  const openSink = async ({ payloadId }: HeaderPayload): Promise<MessageSink> => {
    const sink = await openMessageFolder({ messageId, folder }, payloadId);
    return {
      ...sink,
      complete: async (plan) => {
        documents.push(...plan.documents.map(({ kind, name, mediaType }) => ({ kind, name: plain(name), mediaType })));
        await sink.complete(plan);
      },
      verified: async (fileId, entry) => {
        await sink.verified(fileId, entry);
        if (entry.mediaType === 'application/dicom') firstInstanceMs ??= Math.round(performance.now() - startMs);
      },
    };
  };
  let hints: Hints | null = null;
  const { wait, news } = createWait(() => (hints ??= connectHints(desk.relay)));
  try {
    const received = await receiveMessage(desk, letter, {
      openSink,
      localFile: localFilesIn(out),
      waitForMore: wait,
      signal: interruptSignal(),
      onProgress: ({ bytes, totalBytes }) => {
        news();
        output.progress('fetch', bytes, totalBytes);
      },
    });
    const { instances, bytes, wireBytes } = received;
    const { mailboxId } = letter.stored.header.sender;
    const sender = { from: letter.from, verified: letter.stored.isWitnessed };
    const contact = contactJson(desk.account, mailboxId, desk.clock.now());
    const name = nameText(practiceName(desk.account, mailboxId, desk.clock.now()), output.language);
    output.result(
      {
        ...{ type: 'fetched', messageId, complete: true, instances, bytes, wireBytes, out: folder, firstInstanceMs },
        ...{ ...sender, ...contact, documents },
      },
      `${letter.from}, ${name}. ${fetchedText(instances, bytes, folder, output)}${documentsText(documents, output)}`,
    );
  } catch (error) {
    output.progressDone();
    throw withSubject(error, messageId.slice(0, 8));
  } finally {
    closeHints(hints);
  }
}

function closeHints(hints: Hints | null): void {
  hints?.[Symbol.dispose]();
}

function withSubject(error: unknown, subject: string): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  return new CliError(error.code, subject, { cause: error });
}

/** Waits for a hint of the relay; gives up when nothing new has been downloaded for a while. */
export function createWait(hints: () => Hints): { wait: () => Promise<void>; news: () => void } {
  let lastNewsMs = performance.now();
  return {
    news: () => void (lastNewsMs = performance.now()),
    async wait() {
      if (performance.now() - lastNewsMs > PATIENCE_MS) throw new CoreError('payload-incomplete', 'no news');
      await hints().next(POLL_MS);
    },
  };
}

/** A line for each report and attachment; of what was de-identified it says so. */
function documentsText(
  documents: readonly { readonly name: string; readonly mediaType: string }[],
  { language }: Output,
): string {
  const what = language === 'de' ? 'Bericht über die De-Identifizierung' : 'report of the de-identification';
  return documents
    .map(({ name, mediaType }) => `\n  ${name}${mediaType === REPORT_MEDIA_TYPE ? ` (${what})` : ''}`)
    .join('');
}

function fetchedText(instances: number, bytes: number, folder: string, { language }: Output): string {
  const size = formatBytes(bytes, language);
  return language === 'de'
    ? `Vollständig: ${instances} von ${instances} Instanzen, ${size}, geprüft. ${folder}`
    : `Complete: ${instances} of ${instances} instances, ${size}, verified. ${folder}`;
}
