import { type ReactNode, useEffect, useState } from 'react';
import { type AttributeRow, type PreviewView } from '../../desk/deidentification.js';
import { type CollectionView } from '../../desk/view.js';
import { Button, Check, Choice, Failure, Foreign, Notice, visible } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { type TextKey } from '../texts/keys.js';
import { type Draft } from './draft.js';
import { MaskEditor } from './mask-editor.js';

interface Props {
  readonly collection: CollectionView;
  readonly leftOut: readonly string[];
  readonly how: NonNullable<Draft['deidentify']>;
  readonly masks: Draft['masks'];
  readonly onMasks: (masks: Draft['masks']) => void;
  readonly onClose: () => void;
}

/** One instance of a series, attribute by attribute, before and after; and what is blackened in its picture. */
export function PreviewDialog({ collection, leftOut, how, masks, onMasks, onClose }: Props): ReactNode {
  const { t } = useDesk();
  const all = collection.studies.flatMap((study) => study.series).filter(({ uid }) => !leftOut.includes(uid));
  const [seriesUid, setSeries] = useState(all[0]?.uid ?? '');
  const own = masks[seriesUid] ?? [];
  const { view, failure } = usePreview(collection.id, seriesUid, how, masks);
  const name = ({ modality, description }: (typeof all)[number]): string =>
    `${modality} ${visible(description)}`.trim();
  return (
    <Dialog title={t('deid.preview')} onClose={onClose} size="wide">
      <Choice
        label={t('deid.series')}
        value={seriesUid}
        options={all.map((series) => [series.uid, name(series)] as const)}
        onChange={setSeries}
      />
      <Failure title={t('error.title')} text={failure} />
      {view === null && failure === null ? <p role="status">{t('deid.previewing')}</p> : null}
      {view?.kind === 'refused' ? <Notice kind="warn">{t(refusalKey(view.reason))}</Notice> : null}
      {view?.kind === 'preview' ? <Risks view={view} /> : null}
      <MaskEditor
        collectionId={collection.id}
        seriesUid={seriesUid}
        drawn={own}
        found={view?.kind === 'preview' ? view.masks.filter(({ isDrawn }) => !isDrawn) : []}
        onChange={(next) => onMasks({ ...masks, [seriesUid]: next })}
      />
      {view?.kind === 'preview' ? <Table view={view} /> : null}
      <div className="row dialog-end">
        <Button look="main" onClick={onClose}>
          {t('common.close')}
        </Button>
      </div>
    </Dialog>
  );
}

function refusalKey(reason: string): TextKey {
  const known = ['residual', 'visual-features', 'pixels-not-maskable', 'pixels-not-checked'] as const;
  return `deid.reason.${known.find((one) => one === reason) ?? 'other'}`;
}

function usePreview(id: string, seriesUid: string, how: Props['how'], masks: Draft['masks']) {
  const { worker } = useDesk();
  const errorText = useErrorText();
  const [view, setView] = useState<PreviewView | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    const end = new AbortController();
    setFailure(null);
    const input = { id, seriesUid, how: { ...how, masks, isConfirmed: false } };
    worker.call('previewDeidentified', input, { signal: end.signal }).then(
      (next) => !end.signal.aborted && setView(next),
      (error: unknown) => !end.signal.aborted && setFailure(errorText(error)),
    );
    return () => end.abort();
  }, [worker, errorText, id, seriesUid, how, masks]);
  return { view, failure };
}

const RISKS = [
  'burned-in',
  'text-suspected',
  'colour-flow',
  'frames-not-decoded',
  'face',
  'video',
  'document-kept',
  'dates-and-uids',
];

function Risks({ view }: { readonly view: Extract<PreviewView, { kind: 'preview' }> }): ReactNode {
  const { t } = useDesk();
  const known = view.risks.filter((risk) => RISKS.includes(risk));
  if (known.length === 0) return null;
  return (
    <Notice kind="warn">
      {known.map((risk) => (
        <span key={risk}>{`${t(`deid.risk.${risk}` as TextKey)} `}</span>
      ))}
    </Notice>
  );
}

function Table({ view: { rows, more } }: { readonly view: Extract<PreviewView, { kind: 'preview' }> }): ReactNode {
  const { t } = useDesk();
  const [isAll, setAll] = useState(false);
  const shown = isAll ? rows : rows.filter(({ isSame }) => !isSame);
  return (
    <>
      <Check label={t('deid.showSame')} isChecked={isAll} onChange={setAll} />
      <div className="deid-table" role="region" aria-label={t('deid.preview')} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {(['deid.tag', 'deid.before', 'deid.after', 'deid.action'] as const).map((key) => (
                <th key={key} scope="col">
                  {t(key)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row, i) => (
              <Row key={`${i} ${row.tag}`} row={row} />
            ))}
          </tbody>
        </table>
      </div>
      {more > 0 ? <p className="hint">{t('deid.more', { n: more })}</p> : null}
    </>
  );
}

function Row({ row }: { readonly row: AttributeRow }): ReactNode {
  const { language } = useDesk();
  return (
    <tr data-same={row.isSame}>
      <th scope="row">
        <span aria-hidden="true">{'› '.repeat(row.depth)}</span>
        <code>{row.tag}</code> <Foreign text={row.name} />
      </th>
      <td>
        <Foreign text={row.before ?? '–'} />
      </td>
      <td>
        <Foreign text={row.after ?? '–'} />
      </td>
      <td className="hint">{row.words[language]}</td>
    </tr>
  );
}
