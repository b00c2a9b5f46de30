import { CoreError } from '../../core/error.js';
import { toHex } from '../../core/ids.js';
import { type ByteSource } from '../../core/ports.js';
import { type Collection, collectStudies } from '../../core/send/collect.js';
import { type DocumentSource, type PlannedPackage, planPackage } from '../../core/send/plan-package.js';
import { newFileId } from '../../core/send/send.js';
import { type Chosen, type CollectProgress, type SendInput } from '../desk/api.js';
import { type CollectionView } from '../desk/view.js';
import { WebError } from '../ports/error.js';
import { chosenTree } from '../ports/file-source.js';
import { setAsideInBlob } from './blob-aside.js';
import { type Session } from './session.js';
import { studyView } from './study-view.js';

/** What has been chosen for messages that are being written. */
export interface Collections {
  collect(
    chosen: readonly Chosen[],
    signal: AbortSignal,
    report: (p: CollectProgress) => void,
  ): Promise<CollectionView>;
  drop(id: string): void;
  /** Studies of a collection without what stays here; none for null. */
  studiesOf(id: string | null, leftOut: readonly string[]): Collection['studies'];
  /** An instance out of the middle of a series. @throws WebError `not-here` */
  middleOf(id: string, seriesUid: string): ByteSource;
  /** Instances as they are to go out in the place of the collected ones. */
  keepDeidentified(id: string, studies: Collection['studies']): void;
  /** @throws CoreError `nothing-to-send` */
  planOf(input: SendInput): Promise<Planned>;
}

export interface Planned {
  readonly planned: PlannedPackage | null;
  readonly sources: readonly ByteSource[];
}

interface Gathered {
  readonly collection: Collection;
  readonly sources: readonly ByteSource[];
}

const PDF_MAGIC = '255044462d';

export function createCollections(session: Session): Collections {
  const gathered = new Map<string, Gathered>();
  const deidentified = new Map<string, Collection['studies']>();
  const studiesOf: Collections['studiesOf'] = (id, leftOut) => {
    const out = new Set(leftOut);
    return (id === null ? [] : (gathered.get(id)?.collection.studies ?? []))
      .map((study) => ({ ...study, series: study.series.filter((one) => !out.has(one.seriesInstanceUid)) }))
      .filter((study) => study.series.length > 0);
  };
  /** Originals are never sent in the place of what should have been made of them. */
  const madeOf = ({ collectionId }: SendInput): Collection['studies'] => {
    const made = collectionId === null ? undefined : deidentified.get(collectionId);
    if (made === undefined) throw new CoreError('deidentification-refused', 'nothing was made of it');
    return made;
  };
  return {
    async collect(chosen, signal, onProgress) {
      const found = await gather(session, chosen, signal, onProgress);
      const id = crypto.randomUUID();
      gathered.set(id, found);
      return collectionView(id, found.collection);
    },
    drop(id) {
      gathered.delete(id);
      deidentified.delete(id);
    },
    keepDeidentified: (id, studies) => void deidentified.set(id, studies),
    studiesOf,
    middleOf(id, seriesUid) {
      const series = studiesOf(id, []).flatMap((study) => study.series);
      const { instances } = series.find((one) => one.seriesInstanceUid === seriesUid) ?? { instances: [] };
      const middle = instances[Math.floor(instances.length / 2)];
      if (middle === undefined) throw new WebError('not-here', 'no such series');
      return middle.source;
    },
    async planOf(input) {
      const chosen = input.collectionId === null ? undefined : gathered.get(input.collectionId);
      const studies = input.isDeidentified ? madeOf(input) : studiesOf(input.collectionId, input.leftOut);
      const { documents, sources } = await documentsOf(session, input, chosen);
      const isEmpty = studies.length === 0 && documents.length === 0;
      if (isEmpty && input.text === '') throw new CoreError('nothing-to-send', 'nothing to send');
      const planned = isEmpty ? null : planPackage(studies, documents, newFileId);
      return { planned, sources: [...(chosen?.sources ?? []), ...sources] };
    },
  };
}

async function gather(
  { desk, database }: Session,
  chosen: readonly Chosen[],
  signal: AbortSignal,
  onProgress: (progress: CollectProgress) => void,
): Promise<Gathered> {
  const sources: ByteSource[] = [];
  const remember = async function* (): AsyncGenerator<ByteSource, void, undefined> {
    for await (const source of chosenTree(database, chosen)) {
      sources.push(source);
      yield source;
    }
  };
  const { createSha256 } = desk;
  return {
    collection: await collectStudies({ tree: remember(), createSha256, signal, setAside: setAsideInBlob, onProgress }),
    sources,
  };
}

async function documentsOf({ database }: Session, input: SendInput, chosen: Gathered | undefined) {
  const documents: DocumentSource[] = [];
  const sources: ByteSource[] = [];
  if (input.report !== null) {
    for await (const source of chosenTree(database, [input.report])) {
      if (toHex(await source.read(0, 5)) !== PDF_MAGIC) throw new WebError('report-unreadable', 'not a PDF');
      documents.push({ kind: 'report', source, mediaType: 'application/pdf' });
      sources.push(source);
    }
  }
  const wanted = new Set(input.attachments);
  for (const { source } of (chosen?.collection.others ?? []).filter(({ path }) => wanted.has(path))) {
    const isPdf = toHex(await source.read(0, 5)) === PDF_MAGIC;
    documents.push({ kind: 'attachment', source, mediaType: isPdf ? 'application/pdf' : 'application/octet-stream' });
  }
  return { documents, sources };
}

function collectionView(id: string, collection: Collection): CollectionView {
  const named = (one: Collection['skipped'][number]) => ({ name: one.path, reason: one.reason });
  const all = collection.studies.flatMap((study) => study.series.flatMap((series) => series.instances));
  return {
    id,
    isMixed: collection.mixedPatients,
    others: collection.others.map((one) => ({ ...named(one), size: one.source.size })),
    skipped: collection.skipped.map(named),
    duplicates: collection.duplicates.length,
    bytes: all.reduce((sum, { size }) => sum + size, 0),
    studies: collection.studies.map((study) =>
      studyView(study, ({ scan, size }) => {
        const { instanceNumber, numberOfFrames, sopInstanceUid, sopClassUid } = scan;
        return { fileId: '', size, number: instanceNumber, frames: numberOfFrames, sopInstanceUid, sopClassUid };
      }),
    ),
  };
}
