import { type ReactNode } from 'react';
import { type FrameView, type WindowView } from '../../desk/picture.js';
import { Foreign } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { formatDicomDate, formatPersonName } from '../texts/format.js';
import { type Point, edgeLetters, opposite } from './geometry.js';
import { valueAt } from './measure.js';
import { lengthText, valueText } from './measured-text.js';
import { type Placement, turnedEdges } from './placement.js';
import { type Stack } from './stacks.js';
import { type ViewState } from './view-state.js';

/** What must be known beside a picture, in its corners and at its edges: whose, what, which, how. */
interface Props {
  readonly stack: Stack;
  readonly frame: FrameView | null;
  readonly index: number;
  readonly total: number;
  readonly view: ViewState;
  readonly window: WindowView | null;
  readonly placement: Placement | null;
  readonly ratio: number;
  readonly hover: Point | null;
  /** Marked by its sender. */
  readonly keyTitle: string | null;
  readonly presentation: string | null;
}

export function Overlay(props: Props): ReactNode {
  const { stack, frame, index, total, view, placement } = props;
  const { t } = useDesk();
  const { study, series, content } = stack;
  const plane = content.kind === 'cut' ? t(`viewer.${content.cut.plane}`) : null;
  return (
    <>
      <Corner place="top-left">
        <Foreign as="strong" text={formatPersonName(study.patient.name) || '–'} />
        <PatientFacts stack={stack} />
      </Corner>
      <Corner place="top-right">
        <Foreign text={study.description} />
        <StudyFacts stack={stack} />
      </Corner>
      <Corner place="bottom-left">
        {props.keyTitle === null ? null : (
          <strong className="key-image">
            ★ <Foreign text={props.keyTitle === '' ? t('viewer.keyImage') : props.keyTitle} />
          </strong>
        )}
        {props.presentation === null ? null : <Foreign text={`${t('viewer.presentation')}: ${props.presentation}`} />}
        <Foreign text={`${series.modality} ${series.number ?? ''} ${series.description}`.trim()} />
        <span>
          {plane === null ? t('viewer.slice') : plane} {index + 1} / {total}
        </span>
        {frame === null ? null : <SliceFacts frame={frame} />}
      </Corner>
      <Corner place="bottom-right">
        <Probe frame={frame} hover={props.hover} />
        {frame === null ? null : <Notes frame={frame} />}
        <WindowText frame={frame} window={props.window} />
        {placement === null ? null : <Zoom scale={Math.max(placement.scale[0], placement.scale[1]) * props.ratio} />}
      </Corner>
      {frame === null ? null : <Edges frame={frame} view={view} />}
      {frame === null || placement === null ? null : <Ruler frame={frame} placement={placement} view={view} />}
    </>
  );
}

function Corner({ place, children }: { readonly place: string; readonly children: ReactNode }): ReactNode {
  return <div className={`overlay overlay-${place}`}>{children}</div>;
}

function PatientFacts({ stack }: { readonly stack: Stack }): ReactNode {
  const { language } = useDesk();
  const { patient } = stack.study;
  const parts = [formatDicomDate(patient.birthDate, language), patient.sex, patient.id].filter((part) => part !== '');
  return <Foreign text={parts.join(' · ')} />;
}

function StudyFacts({ stack: { study } }: { readonly stack: Stack }): ReactNode {
  const { language } = useDesk();
  const time = /^(\d{2})(\d{2})/.exec(study.time);
  const date = formatDicomDate(study.date, language);
  const parts = [time === null ? date : `${date} ${time[1] ?? ''}:${time[2] ?? ''}`, study.accessionNumber];
  return <Foreign text={parts.filter((part) => part !== '').join(' · ')} />;
}

function SliceFacts({ frame: { facts } }: { readonly frame: FrameView }): ReactNode {
  const { t, language } = useDesk();
  const locale = language === 'de' ? 'de-DE' : 'en-GB';
  const parts = [
    facts.laterality,
    facts.sliceLocation === null ? '' : t('viewer.location', { mm: valueText(facts.sliceLocation, 'mm', locale) }),
    facts.thickness === null ? '' : t('viewer.thickness', { mm: valueText(facts.thickness, 'mm', locale) }),
  ].filter((part) => part !== '');
  return parts.length === 0 ? null : <Foreign text={parts.join(' · ')} />;
}

function Probe({ frame, hover }: { readonly frame: FrameView | null; readonly hover: Point | null }): ReactNode {
  const { language } = useDesk();
  if (frame === null || hover === null) return null;
  const value = valueAt(frame, hover);
  if (value === null) return null;
  const unit = frame.kind === 'gray' ? frame.unit : '';
  const text =
    typeof value === 'number' ? valueText(value, unit, language === 'de' ? 'de-DE' : 'en-GB') : value.join(' · ');
  return <span className="probe">{text}</span>;
}

/** What makes a picture worth less than it looks. */
function Notes({ frame: { facts, pixelSpacing } }: { readonly frame: FrameView }): ReactNode {
  const { t } = useDesk();
  const isScaled = pixelSpacing !== null || facts.regions.length > 0;
  return (
    <>
      {facts.isLossy ? <span>{t('viewer.lossy')}</span> : null}
      {isScaled ? null : <span>{t('viewer.noScale')}</span>}
      {facts.calibration === 'detector' ? <span>{t('viewer.detectorScale')}</span> : null}
      {facts.calibration === 'calibrated' ? <span>{t('viewer.calibrated')}</span> : null}
    </>
  );
}

function WindowText({
  frame,
  window,
}: {
  readonly frame: FrameView | null;
  readonly window: WindowView | null;
}): ReactNode {
  const { t } = useDesk();
  if (frame?.kind !== 'gray' || window === null) return null;
  if (window.shape === 'table') return <Foreign text={window.name === '' ? t('viewer.table') : window.name} />;
  const [center, width] = [window.center, window.width].map(rounded);
  return <span>{`${t('viewer.windowValue', { center: center ?? 0, width: width ?? 0 })} ${frame.unit}`.trim()}</span>;
}

function rounded(value: number): number {
  return Math.abs(value) >= 10 ? Math.round(value) : Number(value.toPrecision(3));
}

function Zoom({ scale }: { readonly scale: number }): ReactNode {
  const { t } = useDesk();
  return <span>{t('viewer.zoomValue', { percent: Math.round(100 * scale) })}</span>;
}

function Edges({ frame, view }: { readonly frame: FrameView; readonly view: ViewState }): ReactNode {
  const { place, directions } = frame.facts;
  const [right, bottom] = edgeLetters(place, directions);
  const edges = turnedEdges({ right, left: opposite(right), bottom, top: opposite(bottom) }, view);
  return (
    <>
      {(['top', 'right', 'bottom', 'left'] as const).map((side) =>
        edges[side] === '' ? null : (
          <span key={side} className={`edge edge-${side}`}>
            {edges[side]}
          </span>
        ),
      )}
    </>
  );
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200] as const;
const LONGEST = 150;

interface RulerProps {
  readonly frame: FrameView;
  readonly placement: Placement;
  readonly view: ViewState;
}

/** A round length, upright, as long as fits. */
function Ruler({ frame, placement, view }: RulerProps): ReactNode {
  const { t, language } = useDesk();
  const isTurned = view.turns % 2 === 1;
  const spacing = frame.pixelSpacing;
  if (spacing === null || frame.facts.regions.length > 0) return null;
  const perMm = isTurned ? placement.scale[0] / spacing[1] : placement.scale[1] / spacing[0];
  const mm = STEPS.findLast((step) => step * perMm <= LONGEST);
  if (mm === undefined || !Number.isFinite(perMm)) return null;
  const scale = { kind: 'mm', x: 1, y: 1, isAtDetector: false } as const;
  const text = mm >= 10 ? `${mm / 10} cm` : lengthText(mm, scale, language === 'de' ? 'de-DE' : 'en-GB');
  return (
    <div className="ruler" role="img" aria-label={t('viewer.ruler', { length: text })}>
      <svg width={9} height={mm * perMm + 2} aria-hidden="true">
        <path d={`M8 1H1V${mm * perMm + 1}H8M5 ${(mm * perMm) / 2 + 1}H1`} />
      </svg>
      <span>{text}</span>
    </div>
  );
}
