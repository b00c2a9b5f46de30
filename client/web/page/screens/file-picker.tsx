import { type DragEvent, type ReactNode, useRef, useState } from 'react';
import { type Chosen, type CollectProgress } from '../../desk/api.js';
import { type CollectionView, type SeriesView, type StudyView } from '../../desk/view.js';
import { Button, Check, Failure, Foreign, Notice } from '../parts/controls.js';
import { LongList } from '../parts/long-list.js';
import { Icon } from '../parts/icon.js';
import { chooseToSend } from '../parts/choose-place.js';
import { chosenFrom, chosenFromDrop } from '../parts/chosen.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { formatBytes, formatDicomDate } from '../texts/format.js';
import { PatientLine } from './study-card.js';
import { type Draft } from './draft.js';
import { SeriesPicture, SeriesPictures } from './series-picture.js';

interface Props {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

/** Files and folders in, studies out: what was found is listed, and each series can stay here. */
export function FilePicker({ draft, change }: Props): ReactNode {
  const { t } = useDesk();
  const { isOver, setOver, progress, failure, run, stop, clear } = useCollecting(draft, change);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    run(chosenFromDrop(event.dataTransfer));
  };
  return (
    <fieldset className="files">
      <legend>{t('write.files')}</legend>
      <Failure title={t('error.title')} text={failure} />
      {draft.collection === null ? null : (
        <Found collection={draft.collection} draft={draft} change={change} onClear={clear} />
      )}
      <div
        className="drop"
        data-over={isOver}
        data-more={draft.collection !== null}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        {draft.collection === null ? <Icon name="images" /> : null}
        <p>{t(draft.collection === null ? 'write.drop' : 'write.dropMore')}</p>
        <div className="row">
          <Picker label={t('write.chooseFiles')} kind="files" onChosen={run} />
          <Picker label={t('write.chooseFolder')} kind="folder" onChosen={run} />
        </div>
        <p className="hint" role="status">
          {progress === null ? null : t('write.collecting', { n: progress.files })}
        </p>
        {progress === null ? null : (
          <Button size="small" icon="stop" onClick={stop}>
            {t('write.stopCollecting')}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

function useCollecting(draft: Draft, change: Props['change']) {
  const { worker } = useDesk();
  const errorText = useErrorText();
  const [isOver, setOver] = useState(false);
  const [progress, setProgress] = useState<CollectProgress | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const end = useRef<AbortController | null>(null);
  const before = useRef<readonly Chosen[]>([]);

  const collect = async (pending: Promise<readonly Chosen[]> | readonly Chosen[]): Promise<void> => {
    setFailure(null);
    const added = await pending;
    if (added.length === 0) return;
    // Looked through as a whole: what is there twice, and another patient, shows only so.
    const chosen = [...before.current, ...added];
    setProgress({ files: 0, bytes: 0 });
    const onProgress = setProgress as (progress: never) => void;
    end.current = new AbortController();
    const collection = await worker.call('collect', { chosen }, { onProgress, signal: end.current.signal });
    if (draft.collection !== null) void worker.call('dropCollection', { id: draft.collection.id });
    before.current = chosen;
    const named = collection.others.map(({ name }) => name).filter((name) => namesOf(added).has(name));
    change({ collection, attachments: [...new Set([...draft.attachments, ...named])] });
  };
  const clear = (): void => {
    before.current = [];
    change({ collection: null, leftOut: [], attachments: [] });
  };
  const run = (pending: Promise<readonly Chosen[]> | readonly Chosen[]): void => {
    collect(pending)
      .catch((error: unknown) => {
        if (end.current?.signal.aborted !== true) setFailure(errorText(error));
      })
      .finally(() => setProgress(null));
  };
  return { isOver, setOver, progress, failure, run, clear, stop: () => end.current?.abort() };
}

/** Files that were picked one by one, and not with their folder: whoever picks a letter wants it to go along. */
function namesOf(chosen: readonly Chosen[]): ReadonlySet<string> {
  return new Set(
    chosen.flatMap((one) => {
      if (one.kind === 'file') return one.path.includes('/') ? [] : [one.path];
      return one.handle.kind === 'file' ? [one.handle.name] : [];
    }),
  );
}

interface PickerProps {
  readonly label: string;
  readonly kind: 'files' | 'folder';
  readonly onChosen: (chosen: readonly Chosen[]) => void;
}

function Picker({ label, kind, onChosen }: PickerProps): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  // Handles are better, because the next visit finds the files again; every browser has the other dialog.
  const choose = (): void => {
    chooseToSend(kind).then(
      (chosen) => (chosen === null ? input.current?.click() : onChosen(chosen)),
      () => input.current?.click(),
    );
  };
  return (
    <>
      <input
        ref={input}
        className="sr-only"
        type="file"
        multiple
        tabIndex={-1}
        aria-label={label}
        {...(kind === 'folder' ? { webkitdirectory: '' } : {})}
        onChange={(event) => {
          onChosen(chosenFrom([...(event.target.files ?? [])]));
          event.target.value = '';
        }}
      />
      <Button icon={kind === 'folder' ? 'folder' : 'file'} onClick={choose}>
        {label}
      </Button>
    </>
  );
}

interface FoundProps extends Props {
  readonly collection: CollectionView;
  readonly onClear: () => void;
}

function Found({ collection, draft, change, onClear }: FoundProps): ReactNode {
  const { t, language } = useDesk();
  const { studies, others, skipped, duplicates, bytes } = collection;
  const toggle = (list: readonly string[], item: string, isIn: boolean): string[] =>
    isIn ? [...list, item] : list.filter((one) => one !== item);
  const count = studies.length === 1 ? t('mailbox.study') : t('mailbox.studies', { n: studies.length });
  return (
    <div className="found">
      <div className="row-line">
        <strong>{t('write.found', { studies: count, size: formatBytes(bytes, language) })}</strong>
        <Button size="small" icon="close" onClick={onClear}>
          {t('write.clear')}
        </Button>
      </div>
      {collection.isMixed ? <Notice kind="warn">{t('write.mixed')}</Notice> : null}
      <SeriesPictures collectionId={collection.id}>
        {studies.map((study) => (
          <FoundStudy
            key={study.uid}
            study={study}
            isOther={collection.isMixed && patientOf(study) !== mainPatient(studies)}
            leftOut={draft.leftOut}
            onSeries={(uid, isIn) => change({ leftOut: toggle(draft.leftOut, uid, !isIn) })}
          />
        ))}
      </SeriesPictures>
      {duplicates > 0 ? <p className="hint">{t('write.duplicates', { n: duplicates })}</p> : null}
      {skipped.length > 0 ? <p className="hint">{t('write.skipped', { n: skipped.length })}</p> : null}
      {others.length === 0 ? null : (
        <details className="fold">
          <summary>
            {t('write.others')} ({others.length})
          </summary>
          <p className="hint">{t('write.othersHint')}</p>
          <LongList
            items={others}
            keyOf={({ name }) => name}
            rowHeight={32}
            className="fold-items"
            render={({ name, size }) => (
              <Check
                label={
                  <>
                    <Foreign text={name} /> <span className="hint">{formatBytes(size, language)}</span>
                  </>
                }
                isChecked={draft.attachments.includes(name)}
                onChange={(isIn) => change({ attachments: toggle(draft.attachments, name, isIn) })}
              />
            )}
          />
        </details>
      )}
    </div>
  );
}

const patientOf = ({ patient }: StudyView): string => JSON.stringify([patient.name, patient.id, patient.birthDate]);

/** The one with the most pictures: the others are pointed out. */
function mainPatient(studies: readonly StudyView[]): string {
  const counts = new Map<string, number>();
  for (const study of studies) {
    const count = study.series.reduce((sum, { instances }) => sum + instances.length, 0);
    counts.set(patientOf(study), (counts.get(patientOf(study)) ?? 0) + count);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0] ?? '';
}

interface FoundStudyProps {
  readonly isOther: boolean;
  readonly study: StudyView;
  readonly leftOut: readonly string[];
  readonly onSeries: (uid: string, isIn: boolean) => void;
}

function FoundStudy({ study, isOther, leftOut, onSeries }: FoundStudyProps): ReactNode {
  const { t, language } = useDesk();
  const nameOf = (series: SeriesView): ReactNode => (
    <>
      <span className="modality">{series.modality}</span>{' '}
      <Foreign text={series.description === '' ? '–' : series.description} />{' '}
      <span className="hint">
        {series.instances.length === 1 ? t('mailbox.image') : t('mailbox.images', { n: series.instances.length })}
      </span>
    </>
  );
  return (
    <div className="card study" data-other={isOther}>
      <div className="row">
        <PatientLine study={study} />
        {isOther ? <span className="tag tag-bad">{t('write.otherPatient')}</span> : null}
      </div>
      <div className="study-line">
        <Foreign as="strong" text={study.description === '' ? '–' : study.description} />
        <span className="hint">{formatDicomDate(study.date, language)}</span>
      </div>
      <LongList
        items={study.series}
        keyOf={({ uid }) => uid}
        rowHeight={56}
        className="found-list"
        render={(series) => (
          <div className="found-series">
            <SeriesPicture seriesUid={series.uid} />
            <Check
              label={nameOf(series)}
              isChecked={!leftOut.includes(series.uid)}
              onChange={(isIn) => onSeries(series.uid, isIn)}
            />
          </div>
        )}
      />
    </div>
  );
}
