import { type FormEvent, type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { type MaskInput } from '../../desk/deidentification.js';
import { Button, Field, IconButton } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { type PictureSize, SeriesPicture, SeriesPictures } from './series-picture.js';

interface Props {
  readonly collectionId: string;
  readonly seriesUid: string;
  readonly drawn: readonly MaskInput[];
  readonly found: readonly MaskInput[];
  readonly onChange: (masks: readonly MaskInput[]) => void;
}

const MOST_MASKS = 50;
/** A click is no mask. */
const MIN_SIDE = 3;

/** A picture of the series to draw rectangles on: by hand, or by numbers for those who use no pointer. */
export function MaskEditor({ collectionId, seriesUid, drawn, found, onChange }: Props): ReactNode {
  const { t } = useDesk();
  const [size, setSize] = useState<PictureSize | null>(null);
  const add = (mask: MaskInput): void => onChange([...drawn, mask].slice(0, MOST_MASKS));
  return (
    <fieldset className="files">
      <legend>{t('deid.masks')}</legend>
      <p className="hint">{t('deid.masksHint')}</p>
      <div className="mask-editor">
        <SeriesPictures collectionId={collectionId}>
          <Sheet size={size} drawn={drawn} found={found} onDrawn={add}>
            <SeriesPicture key={seriesUid} seriesUid={seriesUid} side={320} onSize={setSize} />
          </Sheet>
        </SeriesPictures>
        <div className="stack">
          <ul className="plain-list">
            {drawn.map((mask, i) => (
              <li key={`${i} ${mask.x}`} className="file-line">
                <span>{t('deid.mask', { n: i + 1, ...mask })}</span>
                <IconButton
                  icon="close"
                  label={t('deid.maskRemove', { n: i + 1 })}
                  onClick={() => onChange(drawn.filter((_, at) => at !== i))}
                />
              </li>
            ))}
          </ul>
          {size === null ? null : <ByNumbers size={size} onAdd={add} />}
        </div>
      </div>
    </fieldset>
  );
}

interface SheetProps {
  readonly size: PictureSize | null;
  readonly drawn: readonly MaskInput[];
  readonly found: readonly MaskInput[];
  readonly onDrawn: (mask: MaskInput) => void;
  readonly children: ReactNode;
}

function Sheet({ size, drawn, found, onDrawn, children }: SheetProps): ReactNode {
  const { t } = useDesk();
  const box = useRef<SVGSVGElement>(null);
  const [begun, setBegun] = useState<{ readonly x: number; readonly y: number } | null>(null);
  const [now, setNow] = useState<MaskInput | null>(null);
  const at = (event: PointerEvent): { x: number; y: number } => {
    const rect = box.current?.getBoundingClientRect();
    if (rect === undefined || size === null) return { x: 0, y: 0 };
    const scale = (value: number, side: number, most: number): number =>
      Math.min(most, Math.max(0, Math.round((value / side) * most)));
    return {
      x: scale(event.clientX - rect.left, rect.width, size.columns),
      y: scale(event.clientY - rect.top, rect.height, size.rows),
    };
  };
  const move = (event: PointerEvent): void => {
    if (begun === null) return;
    const end = at(event);
    const [x, y] = [Math.min(begun.x, end.x), Math.min(begun.y, end.y)];
    setNow({ x, y, width: Math.abs(end.x - begun.x), height: Math.abs(end.y - begun.y) });
  };
  const finish = (): void => {
    if (now !== null && now.width >= MIN_SIDE && now.height >= MIN_SIDE) onDrawn(now);
    setBegun(null);
    setNow(null);
  };
  return (
    <div className="mask-sheet">
      {children}
      {size === null ? null : (
        <svg
          ref={box}
          role="img"
          aria-label={t('deid.maskCanvas')}
          viewBox={`0 0 ${size.columns} ${size.rows}`}
          preserveAspectRatio="none"
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            setBegun(at(event));
          }}
          onPointerMove={move}
          onPointerUp={finish}
        >
          {found.map((mask, i) => (
            <rect key={`f${i}`} className="mask-found" {...mask} />
          ))}
          {[...drawn, ...(now === null ? [] : [now])].map((mask, i) => (
            <rect key={`d${i}`} className="mask-drawn" {...mask} />
          ))}
        </svg>
      )}
    </div>
  );
}

const SIDES = ['x', 'y', 'width', 'height'] as const;

function ByNumbers({
  size,
  onAdd,
}: {
  readonly size: PictureSize;
  readonly onAdd: (mask: MaskInput) => void;
}): ReactNode {
  const { t } = useDesk();
  const [values, setValues] = useState({ x: '0', y: '0', width: '', height: '' });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const [x, y, width, height] = SIDES.map((side) => Math.floor(Number(values[side]))) as [
      number,
      number,
      number,
      number,
    ];
    const isInside = x >= 0 && y >= 0 && x < size.columns && y < size.rows;
    if (isInside && width >= MIN_SIDE && height >= MIN_SIDE) onAdd({ x, y, width, height });
  };
  return (
    <details className="fold">
      <summary>{t('deid.maskAdd')}</summary>
      <form className="columns mask-numbers" onSubmit={submit}>
        {SIDES.map((side) => (
          <Field
            key={side}
            label={t(`deid.${side}`)}
            type="number"
            min={0}
            value={values[side]}
            onChange={(event) => setValues({ ...values, [side]: event.target.value })}
          />
        ))}
        <Button type="submit" size="small">
          {t('deid.add')}
        </Button>
      </form>
    </details>
  );
}
