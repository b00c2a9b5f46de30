import { type PacsConfig } from '../config/config.js';
import { type Incoming, type ReceivedMessage } from '../incoming/incoming.js';
import { type Log, loggable } from '../log.js';
import { NO_REQUESTS, type PacsRequests } from './requests.js';

/** What members ask for, from the asking to the answer: each asking is tried, and answered once. */
export interface Asking {
  /** Tells once what can be asked for; when that fails it is tried again with the next round. */
  offer(targets: readonly PacsConfig[]): Promise<void>;
  /** Somebody asks for what has not been tried yet, or could not be told what to ask for. */
  isNew(targets: readonly PacsConfig[]): boolean;
  /** @returns whether this message is to be stored there because somebody asks for it */
  take(message: ReceivedMessage, pacs: PacsConfig): boolean;
  /** The deed says how many of how many. @returns the code of a failure, after which it is tried again */
  answer(message: ReceivedMessage, pacs: PacsConfig): Promise<string | null>;
}

interface AskingOptions {
  readonly incoming: Incoming;
  readonly log: Log;
  readonly requests?: PacsRequests;
}

/** As many messages as a mailbox may hold: all are looked through. */
const PAGE = 1_000_000;

export function createAsking({ incoming, log, requests = NO_REQUESTS }: AskingOptions): Asking {
  const tried = new Set<string>();
  // The answer counts when the relay has brought it back: until then the asking looks open.
  const done = new Set<string>();
  let isOffered = false;
  const openOf = (message: ReceivedMessage, { name }: PacsConfig): string | null => {
    if (message.state !== 'complete' || message.letter.isOwn) return null;
    const askedMs = requests.openSince(message.letter, name);
    const asking = askedMs === null ? null : `${name} ${askedMs} ${message.name}`;
    return asking === null || done.has(asking) ? null : asking;
  };
  const codeOf = (error: unknown): string => loggable(error).code ?? 'internal-error';
  return {
    async offer(targets) {
      if (isOffered) return;
      const failure = await requests.offer(targets.map(({ name }) => name)).then(() => null, codeOf);
      isOffered = failure === null;
      if (failure !== null) log.warn({ code: failure }, 'the PACS could not be offered');
    },
    isNew: (targets) =>
      !isOffered ||
      incoming.list({ afterSeq: -1, limit: PAGE }).some((message) =>
        targets.some((pacs) => {
          const asking = openOf(message, pacs);
          return asking !== null && !tried.has(asking);
        }),
      ),
    take(message, pacs) {
      const asking = openOf(message, pacs);
      if (asking !== null) tried.add(asking);
      return asking !== null;
    },
    async answer(message, pacs) {
      const asking = openOf(message, pacs);
      const deed = incoming.get(message.name).deeds.find(({ kind, target }) => kind === 'pacs' && target === pacs.name);
      if (asking === null || deed === undefined) return null;
      const answering = requests.answer(message.letter, pacs.name, deed.instances, deed.total);
      const failure = await answering.then(() => null, codeOf);
      if (failure === null) done.add(asking);
      return failure;
    },
  };
}
