import { join } from 'node:path';
import {
  forgetMessage,
  type IndexedFile,
  type IndexedInstance,
  type IndexedMessage,
  loadMessage,
  type MessagePart,
} from './index-file.js';

/** Studies, series and instances of everything that has come in whole, as viewers and practice software look for them. */
export interface ReceivedIndex {
  /** Takes a message up as soon as its files are verified and in place; again, it changes nothing. @returns whether it is whole */
  add(message: ReceivedMessage): Promise<boolean>;
  /** Withdrawn, expired or thrown away: nothing of it is found any more. */
  remove(name: string): Promise<void>;
  message(name: string): StoredMessage | null;
  /** Newest first. */
  studies(): readonly Study[];
  study(studyInstanceUid: string): Study | null;
  instance(studyInstanceUid: string, seriesInstanceUid: string, sopInstanceUid: string): Instance | null;
}

export interface ReceivedMessage {
  readonly name: string;
  readonly folder: string;
  readonly receivedAt: string;
  /** Where there are several payloads, each has its folder; else the message's own. */
  readonly parts?: readonly MessagePart[];
}

export interface StoredMessage extends IndexedMessage {
  readonly folder: string;
}

export interface Study {
  readonly studyInstanceUid: string;
  /** When the first of its instances came. */
  readonly receivedAt: string;
  readonly series: ReadonlyMap<string, Series>;
  /** Messages that brought something of it. */
  readonly messages: ReadonlySet<string>;
}

export interface Series {
  readonly seriesInstanceUid: string;
  readonly instances: ReadonlyMap<string, Instance>;
}

export interface Instance extends IndexedInstance {
  /** On disk. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly message: string;
}

interface GrowingStudy extends Study {
  readonly series: Map<string, GrowingSeries>;
  readonly messages: Set<string>;
}

interface GrowingSeries extends Series {
  readonly instances: Map<string, Instance>;
}

/** @param indexFolder for what is known of each message, so that a start does not read every instance again */
export function openReceivedIndex(indexFolder: string): ReceivedIndex {
  const messages = new Map<string, StoredMessage>();
  let studies = new Map<string, GrowingStudy>();

  function rebuild(): void {
    studies = new Map();
    for (const message of [...messages.values()].sort(byTime)) enter(studies, message);
  }

  return {
    async add({ name, folder, receivedAt, parts = [{ folder, prefix: '' }] }) {
      const loaded = await loadMessage(indexFolder, { name, receivedAt, folders: parts });
      if (loaded === null) return false;
      const isNew = !messages.has(name);
      const stored = { ...loaded, folder };
      messages.set(name, stored);
      if (isNew && isNewest(messages, stored)) enter(studies, stored);
      else rebuild();
      return true;
    },
    async remove(name) {
      await forgetMessage(indexFolder, name);
      if (messages.delete(name)) rebuild();
    },
    message: (name) => messages.get(name) ?? null,
    studies: () => [...studies.values()].reverse(),
    study: (studyInstanceUid) => studies.get(studyInstanceUid) ?? null,
    instance: (study, series, instance) => studies.get(study)?.series.get(series)?.instances.get(instance) ?? null,
  };
}

function byTime(a: StoredMessage, b: StoredMessage): number {
  return a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : a.name < b.name ? -1 : 1;
}

function isNewest(messages: ReadonlyMap<string, StoredMessage>, one: StoredMessage): boolean {
  return [...messages.values()].every((other) => other === one || byTime(other, one) < 0);
}

/** An instance that has come before stays in the version that came last: that is what its sender says now. */
function enter(studies: Map<string, GrowingStudy>, { name, folder, receivedAt, files }: StoredMessage): void {
  for (const file of files) {
    if (file.instance === null) continue;
    const instance = locate(file, file.instance, folder, name);
    const study = studies.get(instance.studyInstanceUid) ?? newStudy(instance.studyInstanceUid, receivedAt);
    studies.set(instance.studyInstanceUid, study);
    const series = study.series.get(instance.seriesInstanceUid) ?? newSeries(instance.seriesInstanceUid);
    study.series.set(instance.seriesInstanceUid, series);
    study.messages.add(name);
    series.instances.set(instance.sopInstanceUid, instance);
  }
}

function locate(
  { path, bytes, sha256 }: IndexedFile,
  instance: IndexedInstance,
  folder: string,
  message: string,
): Instance {
  return { ...instance, path: join(folder, path), bytes, sha256, message };
}

function newStudy(studyInstanceUid: string, receivedAt: string): GrowingStudy {
  return { studyInstanceUid, receivedAt, series: new Map(), messages: new Set() };
}

function newSeries(seriesInstanceUid: string): GrowingSeries {
  return { seriesInstanceUid, instances: new Map() };
}
