import type { Desk } from '../../core/desk.js';
import type { Deed } from '../incoming/deeds.js';
import type { Imports } from '../import/imports.js';
import type { Incoming, ReceivedMessage } from '../incoming/incoming.js';
import type { Outgoing } from '../outgoing/outgoing.js';
import type { EventLog, EventType, GatewayEvent } from '../webhooks/event-log.js';

export interface EventSources {
  readonly desk: Desk;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly events: EventLog;
  /** Null where nothing is stored in a PACS. */
  readonly imports?: Pick<Imports, 'all' | 'events'> | null;
  /** A message is whole: its instances can be found from now on. Settles before anybody is told. */
  readonly onComplete: (message: ReceivedMessage) => Promise<void>;
}

/**
 * Turns what the gateway's parts say into events that are told once and survive a restart: the log itself says what was told. What was complete
 * before a crash and not told is told at the start.
 */
export async function connectEvents(sources: EventSources): Promise<AsyncDisposable> {
  const { desk, incoming, outgoing, events, imports = null, onComplete } = sources;
  const known = events.after(0, events.last);
  const told = new Set(known.map(keyOf));
  let receiptSeq = Math.max(known.length === 0 ? desk.account.state.cursor : 0, ...known.map(receiptSeqOf));
  let turn: Promise<void> = Promise.resolve();
  const then = (work: () => Promise<void>): void => {
    turn = turn.then(work).catch(() => undefined);
  };
  const tellOnce = async (type: EventType, data: GatewayEvent['data']): Promise<void> => {
    const key = keyOf({ type, data });
    if (told.has(key)) return;
    await events.append(type, data);
    told.add(key);
  };
  const complete = async (message: ReceivedMessage): Promise<void> => {
    await onComplete(message);
    await tellOnce('message.received', { message: message.name });
    await tellOnce('message.complete', { message: message.name });
  };
  const newReceipts = async (): Promise<void> => {
    for (const { messageId, seq } of receiptsAfter(desk, receiptSeq)) {
      await events.append('receipt.received', { messageId, receiptSeq: seq });
      receiptSeq = seq;
    }
  };
  for (const message of incoming.list({ afterSeq: 0, limit: Number.MAX_SAFE_INTEGER })) {
    if (message.state === 'complete') await complete(message);
  }
  const subscriptions = [
    ...(imports === null ? [] : [await tellWaiting(imports, tellOnce, then)]),
    incoming.events.subscribe((event) => {
      if (event.kind === 'message') then(() => tellOnce('message.received', { message: event.message.name }));
      else if (event.kind === 'complete') then(() => complete(event.message));
      else if (event.kind === 'failed') {
        const { name, failure } = event.message;
        then(() => tellOnce('message.failed', { message: name, reason: failure }));
      } else if (event.kind === 'deed' && event.deed.kind !== 'pacs') {
        const data = handOverOf(event.name, event.deed);
        then(() => tellOnce('handover.changed', data));
      } else if (event.kind === 'synced') then(newReceipts);
    }),
    outgoing.events.subscribe((event) => {
      if (event.kind !== 'job') return;
      const { id, state, messageId } = event.job;
      then(() => tellOnce('job.changed', { job: id, state: state.kind, messageId }));
    }),
  ];
  return {
    async [Symbol.asyncDispose]() {
      for (const one of subscriptions) one[Symbol.dispose]();
      await turn;
    },
  };
}

/** Studies that wait for a person: those of an earlier run now, others as they come. */
async function tellWaiting(
  { all, events }: Pick<Imports, 'all' | 'events'>,
  tellOnce: (type: EventType, data: GatewayEvent['data']) => Promise<void>,
  then: (work: () => Promise<void>) => void,
): Promise<Disposable> {
  for (const [message, records] of all()) {
    if (records.some(({ decision }) => decision === null)) await tellOnce('import.waiting', { message });
  }
  return events.subscribe((one) => {
    if (one.kind === 'waiting') then(() => tellOnce('import.waiting', { message: one.message }));
  });
}

function receiptsAfter({ account }: Desk, after: number) {
  return [...account.state.receipts]
    .flatMap(([messageId, receipts]) => receipts.map(({ seq }) => ({ messageId, seq })))
    .filter(({ seq }) => seq > after)
    .sort((a, b) => a.seq - b.seq);
}

function handOverOf(message: string, { kind, target, state, code }: Deed): GatewayEvent['data'] {
  return { message, kind, target, state, code };
}

function keyOf({ type, data }: Pick<GatewayEvent, 'type' | 'data'>): string {
  return JSON.stringify([type, data]);
}

function receiptSeqOf({ data }: GatewayEvent): number {
  return typeof data['receiptSeq'] === 'number' ? data['receiptSeq'] : 0;
}
