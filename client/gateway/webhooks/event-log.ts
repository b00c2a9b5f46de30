import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type RecordLog } from '../../core/ports.js';
import { openRecordFile } from '../../node/record-file.js';

/**
 * What has happened, one after the other, for those who want to hear of it: kinds and ids. Nothing about patients, nothing that was
 * written: who may know more asks for it with a key (docs/integration.md §6).
 */
export const EVENT_TYPES = [
  'message.received', // its envelope opened; files may still be on their way
  'message.complete', // every file is here, verified
  'message.failed', // it cannot be had whole: `reason` says why
  'message.changed', // claimed, handed over or done, here or on another device
  'receipt.received', // somebody has signed that he has it
  'job.changed', // something that goes out has got further: `state` says how far
  'handover.changed', // to a folder or the practice software: `state` says how far, `code` why it waits
  'import.waiting', // a person has to say whose study it is, before it goes to the PACS
  'webhook.test',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface GatewayEvent {
  readonly seq: number;
  readonly time: string;
  readonly type: EventType;
  /** Ids and codes. */
  readonly data: Readonly<Record<string, string | number | null>>;
}

export interface EventLog extends AsyncDisposable {
  /** Durable when it returns. */
  append(type: EventType, data: GatewayEvent['data']): Promise<GatewayEvent>;
  /** Those with a higher number, oldest first. */
  after(seq: number, limit: number): readonly GatewayEvent[];
  get(seq: number): GatewayEvent | null;
  readonly last: number;
  /** The lowest number that is still there; one more than `last` when there is none. */
  readonly first: number;
  subscribe(listener: (event: GatewayEvent) => void): Disposable;
}

/** Of a file; the oldest goes as a whole when the files after it hold enough. */
const SEGMENT_EVENTS = 5_000;
/** Kept at least: a busy practice's month. */
const KEPT_EVENTS = 20_000;
const NAME = /^events-([0-9]{12})\.log$/;

/** @param folder of its own */
export async function openEventLog(folder: string, now: () => number = Date.now): Promise<EventLog> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { events, segments, ...opened } = await readSegments(folder);
  let { current } = opened;
  const listeners = new Set<(event: GatewayEvent) => void>();
  let turn: Promise<unknown> = Promise.resolve();

  async function write(event: GatewayEvent): Promise<void> {
    if (current === null || current.count >= SEGMENT_EVENTS) {
      await current?.log.close();
      const name = `events-${String(event.seq).padStart(12, '0')}.log`;
      current = { log: await openRecordFile(join(folder, name)), count: 0 };
      segments.push(name);
      await dropOld(folder, segments, events, event.seq);
    }
    await current.log.append(Buffer.from(JSON.stringify(event)));
    current.count += 1;
  }

  const appendOne = async (type: EventType, data: GatewayEvent['data']): Promise<GatewayEvent> => {
    const event: GatewayEvent = { seq: (events.at(-1)?.seq ?? 0) + 1, time: new Date(now()).toISOString(), type, data };
    await write(event);
    events.push(event);
    for (const listener of [...listeners]) listener(event);
    return event;
  };

  return {
    append(type, data) {
      const done = turn.then(() => appendOne(type, data));
      turn = done.catch(() => undefined);
      return done;
    },
    after(seq, limit) {
      const start = Math.max(0, seq + 1 - (events[0]?.seq ?? 0));
      return events.slice(start, start + limit);
    },
    get: (seq) => events[seq - (events[0]?.seq ?? 0)] ?? null,
    get last() {
      return events.at(-1)?.seq ?? 0;
    },
    get first() {
      return events[0]?.seq ?? 1;
    },
    subscribe(listener) {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    async [Symbol.asyncDispose]() {
      await turn;
      await current?.log.close();
    },
  };
}

interface Segment {
  readonly log: RecordLog;
  count: number;
}

async function readSegments(
  folder: string,
): Promise<{ events: GatewayEvent[]; segments: string[]; current: Segment | null }> {
  const events: GatewayEvent[] = [];
  const segments = (await readdir(folder)).filter((name) => NAME.test(name)).sort();
  let current: Segment | null = null;
  for (const name of segments) {
    await (current as Segment | null)?.log.close();
    const log = await openRecordFile(join(folder, name));
    let count = 0;
    for await (const record of log.read()) {
      events.push(JSON.parse(Buffer.from(record).toString('utf8')) as GatewayEvent);
      count += 1;
    }
    current = { log, count };
  }
  return { events, segments, current };
}

/** Whole files, oldest first, as long as what follows them is enough. */
async function dropOld(folder: string, segments: string[], events: GatewayEvent[], newest: number): Promise<void> {
  for (;;) {
    const next = segments[1];
    const nextFirst = Number(NAME.exec(next ?? '')?.[1] ?? Number.NaN);
    if (next === undefined || !(newest - nextFirst >= KEPT_EVENTS)) return;
    await rm(join(folder, segments.shift() ?? ''), { force: true });
    events.splice(0, nextFirst - (events[0]?.seq ?? nextFirst));
  }
}
