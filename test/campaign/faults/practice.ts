import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openAccount } from '../../../client/core/account/account.js';
import { accountSigner } from '../../../client/core/account/signer.js';
import { type Desk } from '../../../client/core/desk.js';
import { createPinnedView } from '../../../client/core/directory/pinned-view.js';
import { CoreError } from '../../../client/core/error.js';
import { type MessageId, parseAddress } from '../../../client/core/ids.js';
import { type Letter, quarantined, receivedLetters, sentLetters, waiting } from '../../../client/core/receive/inbox.js';
import { receiptsOf } from '../../../client/core/receive/receipts.js';
import { receiveMessage } from '../../../client/core/receive/receive.js';
import { syncInbox } from '../../../client/core/receive/sync.js';
import { connectHints } from '../../../client/core/relay/hints.js';
import { createRelay } from '../../../client/core/relay/relay.js';
import { platformRetry } from '../../../client/core/relay/retry.js';
import { collectStudies } from '../../../client/core/send/collect.js';
import { type PlannedPackage, planPackage } from '../../../client/core/send/plan-package.js';
import { newFileId, resumeMessage, sendMessage } from '../../../client/core/send/send.js';
import { createLog } from '../../../client/gateway/log.js';
import { openIncoming } from '../../../client/gateway/incoming/incoming.js';
import { type Job, type JobRequest } from '../../../client/gateway/outgoing/job.js';
import { type Outgoing, openOutgoing } from '../../../client/gateway/outgoing/outgoing.js';
import { openAccountFolder } from '../../../client/node/account-folder.js';
import { diskTree, reopenDiskSource } from '../../../client/node/disk-source.js';
import { createHttpTransport } from '../../../client/node/http-transport.js';
import { openMessageFolder } from '../../../client/node/message-folder.js';
import { nodeSha256 } from '../../../client/node/node-sha256.js';
import { openEnvelope } from '../../../crypto/seal/open-message.js';
import type { Answer, PracticeReport, PracticeSetup, ReceivedLetter, Task, Told } from './protocol.js';

/**
 * A practice as a process that is killed at any moment: the real client core or the real gateway's queue and mailbox over a real
 * keystore on disk. It is told what to send, goes on with it after a crash, and fetches what comes.
 */
const setup = JSON.parse(process.argv[2] ?? '{}') as PracticeSetup;
const DAY_MS = 86_400_000;
const AGAIN_MS = 150;
const POLL_MS = 700;
const SENDS_AT_ONCE = 2;

let offsetMs = 0;
const trueNow = Date.now.bind(Date);
// Everything in this process lives in the wrong time, as it would on a machine whose clock jumps.
Date.now = () => trueNow() + offsetMs;

const tell = (answer: Answer): void => void process.send?.(answer);
const trouble = (error: unknown): string => {
  const code = (error as { code?: unknown }).code;
  const text = typeof code === 'string' ? code : error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
  tell({ kind: 'trouble', code: text });
  return text;
};

const store = await openAccountFolder(setup.keystore);
const account = await openAccount(store, setup.passphrase);
const relay = createRelay({
  origin: account.content.origin,
  transport: createHttpTransport(),
  retry: platformRetry(3_000),
  signer: accountSigner(account),
});
const desk: Desk = {
  account,
  relay,
  directory: createPinnedView(account, relay),
  clock: { now: () => Date.now() },
  createSha256: nodeSha256,
};
const received = join(setup.folder, 'received');
const taken = new Set<string>();

async function planned(files: string): Promise<PlannedPackage> {
  const { studies, others } = await collectStudies({ tree: diskTree([files]), createSha256: nodeSha256 });
  const documents = others.map(({ source }) => ({ kind: 'attachment', source, mediaType: 'text/plain' }) as const);
  return planPackage(studies, documents, newFileId);
}

async function sendByClient(task: Task): Promise<void> {
  const messageId = task.id as MessageId;
  const options = { reopen: reopenDiskSource, messageId };
  for (;;) {
    const phase = account.state.outgoing.get(messageId);
    try {
      if (phase === 'aborted') return tell({ kind: 'given-up', id: task.id, code: 'aborted' });
      if (phase === 'prepared') await resumeMessage(desk, messageId, options);
      else if (phase === undefined) {
        const letter = {
          to: task.to.map(parseAddress),
          ...{ cc: [], bcc: [], subject: task.subject, text: task.text, replyTo: null, urgency: null },
          expiresMs: Date.now() + 60 * DAY_MS,
        };
        await sendMessage(desk, letter, task.files === null ? null : await planned(task.files), options);
      }
      return tell({ kind: 'sent', id: task.id });
    } catch (error) {
      trouble(error);
      await pause(AGAIN_MS);
    }
  }
}

async function fetchLetter(letter: Letter): Promise<void> {
  const { messageId } = letter.stored.header;
  await receiveMessage(desk, letter, {
    openSink: ({ payloadId }) => openMessageFolder({ messageId, folder: join(received, letter.name) }, payloadId),
    waitForMore: () => Promise.reject(new CoreError('payload-incomplete', 'not finished yet')),
    confirmation: 'delivered',
  });
  tell({ kind: 'complete', subject: letter.body.subject });
}

function runClient(): (task: Task) => void {
  const queue: Task[] = [];
  let wake = (): void => undefined;
  const sendOn = async (): Promise<void> => {
    for (;;) {
      const task = queue.shift();
      if (task === undefined) await new Promise<void>((resolve) => (wake = resolve));
      else await sendByClient(task);
    }
  };
  const hints = connectHints(relay);
  const fetchOn = async (): Promise<void> => {
    for (;;) {
      try {
        await syncInbox(desk);
        for (const letter of receivedLetters(account)) {
          const isDone =
            account.state.completed.has(letter.key) && account.state.receiptsSent.get(letter.key)?.has('delivered');
          if (isDone !== true) await fetchLetter(letter).catch(trouble);
        }
      } catch (error) {
        trouble(error);
        await pause(AGAIN_MS);
      }
      await hints.next(POLL_MS);
    }
  };
  for (let i = 0; i < SENDS_AT_ONCE; i++) void sendOn();
  void fetchOn();
  return (task) => {
    queue.push(task);
    wake();
  };
}

async function runGateway(): Promise<(task: Task) => void> {
  const log = createLog('silent');
  const { folder } = setup;
  const outgoing = await openOutgoing({
    ...{ desk, log, folder, parallel: SENDS_AT_ONCE, coding: 'stored', patienceMs: DAY_MS, keepMs: DAY_MS },
  });
  const incoming = await openIncoming({ desk, log, folder, pollMs: POLL_MS, fetch: 'all' });
  incoming.events.subscribe((event) => {
    if (event.kind === 'synced') outgoing.wake();
    if (event.kind === 'complete') tell({ kind: 'complete', subject: event.message.letter.body.subject });
    if (event.kind === 'failed') tell({ kind: 'trouble', code: event.message.failure ?? 'unknown' });
  });
  const ids = new Map<string, string>();
  const look = (job: Job): void => {
    const id = ids.get(job.id);
    if (id === undefined) return;
    if (job.state.kind === 'sent') tell({ kind: 'sent', id });
    if (job.state.kind === 'failed') outgoing.retry(job.id).catch(trouble);
  };
  outgoing.events.subscribe((event) => void (event.kind === 'job' && look(event.job)));
  return (task) => void acceptAtGateway(outgoing, task, ids).then(look);
}

async function acceptAtGateway(outgoing: Outgoing, task: Task, ids: Map<string, string>): Promise<Job> {
  for (;;) {
    try {
      const draft = await outgoing.draft();
      for (const path of task.files === null ? [] : await filesBelow(task.files)) {
        const kind = path.endsWith('.dcm') ? 'instance' : 'attachment';
        const mediaType = kind === 'instance' ? 'application/dicom' : 'text/plain';
        await draft.write({ kind, name: 'file', mediaType }, createReadStream(path), 2 ** 24);
      }
      const request: JobRequest = {
        source: { kind: 'api', client: 'campaign' },
        idempotency: {
          scope: 'campaign',
          key: task.id,
          digest: createHash('sha256').update(task.subject).digest('hex'),
        },
        ...{ to: task.to.map(parseAddress), cc: [], bcc: [], subject: task.subject, text: task.text, replyTo: null },
        ...{ forwards: null, urgency: null, expiresInMs: 60 * DAY_MS, deidentification: null },
        ...{ mixedPatients: 'refuse', unreadable: 'refuse' },
      };
      const { job } = await outgoing.accept(draft, request);
      ids.set(job.id, task.id);
      tell({ kind: 'accepted', id: task.id });
      return outgoing.get(job.id);
    } catch (error) {
      trouble(error);
      await pause(AGAIN_MS);
    }
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  return names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function reportNow(): Promise<PracticeReport> {
  const all: ReceivedLetter[] = [];
  for (const letter of receivedLetters(account)) {
    const isComplete = account.state.completed.has(letter.key);
    const { subject, text } = letter.body;
    all.push({ subject, text, isComplete, digests: isComplete ? await digestsOf(join(received, letter.name)) : [] });
  }
  const delivered = sentLetters(account).flatMap((letter) => {
    const by = receiptsOf(account, letter).filter(({ receipt }) => receipt.kind === 'delivered');
    return [...new Set(by.map(({ receipt }) => receipt.mailboxId))].map(() => letter.body.subject);
  });
  return {
    received: all,
    delivered,
    quarantined: quarantined(account).map(({ code }) => code),
    waiting: waiting(account).length,
  };
}

async function digestsOf(folder: string): Promise<string[]> {
  if ((await stat(folder).catch(() => null)) === null) return [];
  const paths = (await filesBelow(folder)).filter((path) => !path.endsWith('manifest.json'));
  const digests = await Promise.all(
    paths.map(async (path) =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ),
  );
  return digests.sort();
}

async function countOpened(envelopes: readonly string[]): Promise<number> {
  const { mailboxId, epochs } = account.content;
  let opened = 0;
  for (const text of envelopes) {
    const reader = { mailboxId, epochs, directory: desk.directory, nowMs: Date.now() };
    opened += await openEnvelope(Buffer.from(text, 'base64'), reader).then(
      () => 1,
      () => 0,
    );
  }
  return opened;
}

const start = setup.kind === 'client' ? runClient() : await runGateway();
process.on('message', (told: Told) => {
  switch (told.kind) {
    case 'task':
      // The campaign asks again after a crash; within one life once is enough.
      if (!taken.has(told.task.id)) start(told.task);
      taken.add(told.task.id);
      return;
    case 'clock':
      offsetMs = told.offsetMs;
      return;
    case 'try':
      return void countOpened(told.envelopes).then((opened) => tell({ kind: 'tried', opened }));
    case 'report':
      return void reportNow().then((report) => tell({ kind: 'report', report }), trouble);
    case 'end':
      return void process.exit(0);
  }
});
// The campaign's end is this one's: nothing goes on without it.
process.on('disconnect', () => process.exit(0));
tell({ kind: 'ready' });
