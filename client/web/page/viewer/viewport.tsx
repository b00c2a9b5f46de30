import { type PointerEvent, type ReactNode, type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { type AnnotationView, type ShutterView, type WindowView } from '../../desk/picture.js';
import { visible } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { errorKey } from '../texts/translate.js';
import { Drawing } from './drawing.js';
import { type Loaded } from './frames.js';
import { type Point } from './geometry.js';
import { type Mark } from './measure.js';
import { Overlay } from './overlay.js';
import { type Sheet, createPainter } from './painter.js';
import { placementOf } from './placement.js';
import { windowOf } from './presets.js';
import { type Stack } from './stacks.js';
import { useGestures } from './use-gestures.js';
import { useSize, useWheel } from './use-size.js';
import { type Tool, type ViewState, zoomed } from './view-state.js';

export interface ViewportProps {
  readonly loaded: Loaded | null;
  readonly stack: Stack;
  readonly index: number;
  readonly total: number;
  readonly view: ViewState;
  readonly tool: Tool;
  readonly isActive: boolean;
  /** More than one viewport is on the screen: the active one has a frame. */
  readonly isOneOfMany: boolean;
  readonly arrival: string;
  readonly isComplete: boolean;
  /** What a presentation state says of this picture. */
  readonly given: Given;
  readonly keyTitle: string | null;
  readonly marks: readonly Mark[];
  readonly draft: Mark | null;
  readonly cursor: Point | null;
  readonly cross: Point | null;
  readonly onView: (change: (view: ViewState) => ViewState) => void;
  readonly onScroll: (step: number) => void;
  readonly onPoint: (point: Point) => void;
  readonly onMove: (point: Point) => void;
  readonly onHandle: (id: number, at: number, point: Point) => void;
  readonly onCross: (point: Point) => void;
  readonly onActivate: () => void;
}

export interface Given {
  readonly label: string | null;
  readonly window: WindowView | null;
  readonly layers: readonly AnnotationView[];
  readonly shutters: readonly ShutterView[];
}

export const NOTHING_GIVEN: Given = { label: null, window: null, layers: [], shutters: [] };

/** One stack on a canvas, with what must be known beside it, and what it is not for. */
export function Viewport(props: ViewportProps): ReactNode {
  const { loaded, stack, index, total, view, given, tool } = props;
  const { t } = useDesk();
  const box = useRef<HTMLElement>(null);
  const { size, ratio } = useSize(box);
  const [hover, setHover] = useState<Point | null>(null);
  const frame = loaded?.kind === 'here' ? loaded.frame : null;
  const placement = useMemo(() => (frame === null ? null : placementOf(frame, view, size)), [frame, view, size]);
  const window = frame?.kind === 'gray' ? windowOf(frame, view.window, given.window) : null;
  const canvas = usePainted(
    { frame, window, isInverted: view.isInverted, isBare: view.isBare, placement, size, shutters: given.shutters },
    ratio,
  );
  useWheel(box, (event) => {
    props.onActivate();
    if (event.ctrlKey) props.onView((one) => zoomed(one, Math.exp(-event.deltaY / 200)));
    else if (event.deltaY !== 0) props.onScroll(Math.sign(event.deltaY));
  });
  const isDrawing = props.draft !== null;
  const gestures = useGestures({ ...props, frame, placement, size, given: given.window, isDrawing });
  const description = visible(stack.series.description === '' ? stack.series.modality : stack.series.description);
  const label = t('viewer.viewport', { n: index + 1, total, description });
  return (
    <section
      ref={box}
      className="viewport"
      aria-label={label}
      data-tool={tool}
      data-active={props.isActive && props.isOneOfMany}
      onPointerMoveCapture={(event) => setHover(placement?.toPicture(pointOf(event)) ?? null)}
      onPointerLeave={() => setHover(null)}
      {...gestures}
    >
      <canvas ref={canvas} role="img" aria-label={label} />
      {frame === null || placement === null ? null : (
        <Drawing
          {...{ frame, placement, size }}
          marks={props.marks}
          draft={props.draft}
          cursor={props.cursor}
          cross={props.cross}
          layers={given.layers}
          area={view.area}
        />
      )}
      <Overlay
        {...{ stack, frame, index, total, view, window, placement, ratio, hover }}
        keyTitle={props.keyTitle}
        presentation={given.label}
      />
      <Banner {...props} />
      {frame === null ? <Message loaded={loaded} /> : null}
    </section>
  );
}

function pointOf({ currentTarget, clientX, clientY }: PointerEvent): Point {
  const { left, top } = currentTarget.getBoundingClientRect();
  return [clientX - left, clientY - top];
}

function usePainted(sheet: Sheet, ratio: number): RefObject<HTMLCanvasElement | null> {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useMemo(createPainter, []);
  const { frame, window, isInverted, isBare, placement, size, shutters } = sheet;
  useLayoutEffect(() => {
    if (canvas.current !== null)
      painter.paint(canvas.current, { frame, window, isInverted, isBare, placement, size, shutters });
  }, [painter, frame, window, isInverted, isBare, placement, size, ratio, shutters]);
  return canvas;
}

function Banner({ arrival, isComplete }: Pick<ViewportProps, 'arrival' | 'isComplete'>): ReactNode {
  const { t } = useDesk();
  return (
    <div className="viewport-banner">
      <span className="not-diagnostic">{t('viewer.notDiagnostic')}</span>
      <span className="arrival" data-complete={isComplete}>
        {arrival}
      </span>
    </div>
  );
}

function Message({ loaded }: Pick<ViewportProps, 'loaded'>): ReactNode {
  const { t } = useDesk();
  return (
    <div className="viewport-message" role="status">
      {loaded === null ? t('viewer.loading') : loaded.kind === 'failed' ? t(errorKey(loaded.code)) : null}
    </div>
  );
}
