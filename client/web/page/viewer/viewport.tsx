import { type PointerEvent, type ReactNode, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type FrameView } from '../../desk/picture.js';
import { type SeriesView, type StudyView } from '../../desk/view.js';
import { Foreign, visible } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { formatDicomDate, formatPersonName } from '../texts/format.js';
import { errorKey } from '../texts/translate.js';
import { type Loaded } from './frames.js';
import { linearOf, windowOf } from './presets.js';
import { type Tool, type ViewState, zoomed } from './view-state.js';
import { colorPixels, grayPixels } from './window.js';

interface Props {
  readonly loaded: Loaded | null;
  readonly study: StudyView;
  readonly series: SeriesView;
  readonly index: number;
  readonly total: number;
  readonly view: ViewState;
  readonly tool: Tool;
  readonly arrival: string;
  readonly isComplete: boolean;
  readonly onView: (change: (view: ViewState) => ViewState) => void;
  readonly onScroll: (step: number) => void;
}

/** One stack on a canvas, with what must be known beside it: whose, what, which, how, and what it is not for. */
export function Viewport(props: Props): ReactNode {
  const { loaded, study, series, index, total, view } = props;
  const { t } = useDesk();
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const frame = loaded?.kind === 'here' ? loaded.frame : null;
  useLayoutEffect(() => {
    if (canvas.current !== null) draw(canvas.current, frame, view, size);
  }, [frame, view, size]);
  useWheel(box, props.onScroll);
  const gestures = useGestures(frame, size, props);
  const description = visible(series.description === '' ? series.modality : series.description);
  return (
    <div ref={box} className="viewport" {...gestures} data-tool={props.tool}>
      <canvas ref={canvas} role="img" aria-label={t('viewer.viewport', { n: index + 1, total, description })} />
      <Overlay place="top-left">
        <Foreign as="strong" text={formatPersonName(study.patient.name) || '–'} />
        <PatientFacts study={study} />
      </Overlay>
      <Overlay place="top-right">
        <Foreign text={study.description} />
        <StudyFacts study={study} />
      </Overlay>
      <Overlay place="bottom-left">
        <Foreign text={`${series.modality} ${series.number ?? ''} ${series.description}`.trim()} />
        <span>
          {t('viewer.slice')} {index + 1} / {total}
        </span>
      </Overlay>
      <Overlay place="bottom-right">
        <WindowText frame={frame} view={view} />
        <span>{t('viewer.zoomValue', { percent: Math.round(100 * view.zoom) })}</span>
      </Overlay>
      <div className="viewport-banner">
        <span className="not-diagnostic">{t('viewer.notDiagnostic')}</span>
        <span className="arrival" data-complete={props.isComplete}>
          {props.arrival}
        </span>
      </div>
      {frame === null ? (
        <div className="viewport-message" role="status">
          {loaded === null ? t('viewer.loading') : loaded.kind === 'failed' ? t(errorKey(loaded.code)) : null}
        </div>
      ) : null}
    </div>
  );
}

function Overlay({ place, children }: { readonly place: string; readonly children: ReactNode }): ReactNode {
  return <div className={`overlay overlay-${place}`}>{children}</div>;
}

function PatientFacts({ study: { patient } }: { readonly study: StudyView }): ReactNode {
  const { language } = useDesk();
  const parts = [formatDicomDate(patient.birthDate, language), patient.sex, patient.id].filter((part) => part !== '');
  return <Foreign text={parts.join(' · ')} />;
}

function StudyFacts({ study }: { readonly study: StudyView }): ReactNode {
  const { language } = useDesk();
  return (
    <Foreign
      text={[formatDicomDate(study.date, language), study.accessionNumber].filter((part) => part !== '').join(' · ')}
    />
  );
}

function WindowText({ frame, view }: { readonly frame: FrameView | null; readonly view: ViewState }): ReactNode {
  const { t } = useDesk();
  if (frame?.kind !== 'gray') return null;
  const { center, width } = linearOf(windowOf(frame, view.window));
  return (
    <span>{`${t('viewer.windowValue', { center: round(center), width: round(width) })} ${frame.unit}`.trim()}</span>
  );
}

function round(value: number): number {
  return Math.abs(value) >= 10 ? Math.round(value) : Number(value.toPrecision(3));
}

type Size = readonly [width: number, height: number];

function useSize(box: React.RefObject<HTMLDivElement | null>): Size {
  const [size, setSize] = useState<Size>([0, 0]);
  useLayoutEffect(() => {
    const measure = (): void => {
      const at = box.current;
      if (at !== null) setSize([at.clientWidth, at.clientHeight]);
    };
    measure();
    const observer = new ResizeObserver(measure);
    if (box.current !== null) observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return size;
}

/** Scrolling must not scroll the page: a listener that may refuse, which React's own may not. */
function useWheel(box: React.RefObject<HTMLDivElement | null>, onScroll: (step: number) => void): void {
  const latest = useRef(onScroll);
  latest.current = onScroll;
  useEffect(() => {
    const at = box.current;
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      if (event.deltaY !== 0) latest.current(Math.sign(event.deltaY));
    };
    at?.addEventListener('wheel', turn, { passive: false });
    return () => at?.removeEventListener('wheel', turn);
  }, [box]);
}

const PIXELS_PER_SLICE = 8;

function useGestures(frame: FrameView | null, [width, height]: Size, { tool, onView, onScroll }: Props) {
  const last = useRef<{ x: number; y: number; rest: number } | null>(null);
  const onPointerDown = useCallback((event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    last.current = { x: event.clientX, y: event.clientY, rest: 0 };
  }, []);
  const onPointerMove = (event: PointerEvent): void => {
    const from = last.current;
    if (from === null || event.buttons === 0) return;
    const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
    const rest = from.rest + dy;
    last.current = { x: event.clientX, y: event.clientY, rest };
    // The right button zooms and the middle one moves, whatever the tool.
    const used: Tool = event.buttons === 2 ? 'zoom' : event.buttons === 4 ? 'pan' : tool;
    if (used === 'scroll') {
      const steps = Math.trunc(rest / PIXELS_PER_SLICE);
      if (steps !== 0) onScroll(steps);
      last.current = { x: event.clientX, y: event.clientY, rest: rest - steps * PIXELS_PER_SLICE };
    } else onView((view) => moved(view, used, dx / Math.max(width, 1), dy / Math.max(height, 1), frame));
  };
  const onPointerUp = (): void => void (last.current = null);
  return {
    onPointerDown,
    onPointerMove,
    onPointerUp,
    onContextMenu: (event: { preventDefault(): void }) => event.preventDefault(),
  };
}

function moved(
  view: ViewState,
  tool: Exclude<Tool, 'scroll'>,
  dx: number,
  dy: number,
  frame: FrameView | null,
): ViewState {
  if (tool === 'pan') return { ...view, pan: [view.pan[0] + dx, view.pan[1] + dy] };
  if (tool === 'zoom') return zoomed(view, Math.exp(-3 * dy));
  if (frame?.kind !== 'gray') return view;
  const { center, width } = linearOf(windowOf(frame, view.window));
  const speed = Math.max(width, 10);
  return { ...view, window: { kind: 'own', center: center + dy * speed, width: Math.max(1, width + dx * 2 * speed) } };
}

function draw(canvas: HTMLCanvasElement, frame: FrameView | null, view: ViewState, [width, height]: Size): void {
  resize(canvas, Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio));
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.resetTransform();
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (frame === null) return;
  const picture = new OffscreenCanvas(frame.columns, frame.rows);
  const image =
    frame.kind === 'gray'
      ? grayPixels(frame, windowOf(frame, view.window), view.isInverted)
      : colorPixels(frame, view.isInverted);
  picture.getContext('2d')?.putImageData(image, 0, 0);
  const [aspectX, aspectY] = aspectOf(frame);
  const isTurned = view.turns % 2 === 1;
  const [w, h] = [frame.columns * aspectX, frame.rows * aspectY];
  const fit = Math.min(canvas.width / (isTurned ? h : w), canvas.height / (isTurned ? w : h));
  context.translate(canvas.width * (0.5 + view.pan[0]), canvas.height * (0.5 + view.pan[1]));
  context.rotate((view.turns * Math.PI) / 2);
  context.scale(fit * view.zoom * aspectX, fit * view.zoom * aspectY);
  context.imageSmoothingQuality = 'high';
  context.drawImage(picture, -frame.columns / 2, -frame.rows / 2);
}

/** A canvas that is given its own size again would be emptied and made anew. */
function resize(canvas: HTMLCanvasElement, width: number, height: number): void {
  if (canvas.width !== Math.max(1, width)) canvas.width = Math.max(1, width);
  if (canvas.height !== Math.max(1, height)) canvas.height = Math.max(1, height);
}

/** Pixels that are not square are drawn as they lie in the patient. */
function aspectOf({ pixelSpacing }: FrameView): readonly [number, number] {
  if (pixelSpacing === null) return [1, 1];
  const [row, column] = pixelSpacing;
  const ratio = row / column;
  return ratio > 0.05 && ratio < 20 ? [1, ratio] : [1, 1];
}
