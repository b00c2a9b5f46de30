import { type ReactNode } from 'react';
import { type AnnotationView, type FrameView, type GraphicView, type TextView } from '../../desk/picture.js';
import { useDesk } from '../state/desk.js';
import { visible } from '../parts/controls.js';
import { type Point } from './geometry.js';
import { type Mark, measure } from './measure.js';
import { measuredLines } from './measured-text.js';
import { type Placement, type Size } from './placement.js';
import { type Area } from './view-state.js';

interface Props {
  readonly frame: FrameView;
  readonly placement: Placement;
  readonly size: Size;
  readonly marks: readonly Mark[];
  readonly draft: Mark | null;
  readonly cursor: Point | null;
  readonly layers: readonly AnnotationView[];
  readonly area: Area | null;
  /** Where the other planes cut this one, in pixels. */
  readonly cross: Point | null;
}

/** Lines over a picture: measurements, what a presentation state drew, the cross-hair, the keyboard's pointer. */
export function Drawing({ frame, placement, size, marks, draft, cursor, layers, area, cross }: Props): ReactNode {
  const whole = area ?? { x: 0, y: 0, width: frame.columns, height: frame.rows };
  const at = cursor === null ? null : placement.toView(cursor);
  return (
    <svg className="drawing" width={size[0]} height={size[1]} aria-hidden="true">
      {layers.map((layer, i) => (
        <g key={i} className="given">
          {layer.graphics.map((graphic, j) => (
            <Graphic key={j} graphic={graphic} placement={placement} area={whole} />
          ))}
          {layer.texts.map((text, j) => (
            <GivenText key={j} text={text} placement={placement} area={whole} />
          ))}
        </g>
      ))}
      {cross === null ? null : <Cross at={placement.toView(cross)} size={size} />}
      {[...marks, ...(draft === null ? [] : [draft])].map((mark) => (
        <MarkShape key={mark.id} mark={mark} frame={frame} placement={placement} />
      ))}
      {at === null ? null : <path className="pointer" d={`M${at[0] - 12} ${at[1]}h24M${at[0]} ${at[1] - 12}v24`} />}
    </svg>
  );
}

/** Open in the middle: what is looked at is not covered. */
function Cross({ at: [x, y], size: [width, height] }: { readonly at: Point; readonly size: Size }): ReactNode {
  const gap = 14;
  return (
    <path
      className="cross"
      d={`M0 ${y}H${x - gap}M${x + gap} ${y}H${width}M${x} 0V${y - gap}M${x} ${y + gap}V${height}`}
    />
  );
}

interface MarkProps {
  readonly mark: Mark;
  readonly frame: FrameView;
  readonly placement: Placement;
}

function MarkShape({ mark, frame, placement }: MarkProps): ReactNode {
  const { t, language } = useDesk();
  const points = mark.points.map((point) => placement.toView(point));
  const measured = measure(mark, frame);
  const unit = frame.kind === 'gray' ? frame.unit : '';
  const lines = measured === null ? [] : measuredLines(measured, unit, t, language === 'de' ? 'de-DE' : 'en-GB');
  const [x, y] = points.at(-1) ?? [0, 0];
  return (
    <g className="mark" data-kind={mark.kind}>
      <path className="mark-shade" d={pathOf(mark, points)} />
      <path d={pathOf(mark, points)} />
      {points.map(([px, py], i) => (
        <circle key={i} cx={px} cy={py} r={3.5} />
      ))}
      <text x={x + 9} y={y + 4}>
        {lines.map((line, i) => (
          <tspan key={i} x={x + 9} dy={i === 0 ? 0 : 15}>
            {line}
          </tspan>
        ))}
      </text>
    </g>
  );
}

function pathOf({ kind }: Mark, points: readonly Point[]): string {
  const [a, b] = points;
  if (kind === 'ellipse' && a !== undefined && b !== undefined) {
    return ellipsePath([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], Math.abs(b[0] - a[0]) / 2, Math.abs(b[1] - a[1]) / 2);
  }
  if (kind === 'probe' && a !== undefined) return `M${a[0] - 8} ${a[1]}h16M${a[0]} ${a[1] - 8}v16`;
  return line(points);
}

function line(points: readonly Point[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(2)} ${y.toFixed(2)}`).join('');
}

function ellipsePath([x, y]: Point, rx: number, ry: number): string {
  return `M${x - rx} ${y}a${rx} ${ry} 0 1 0 ${2 * rx} 0a${rx} ${ry} 0 1 0 ${-2 * rx} 0`;
}

interface GraphicProps {
  readonly graphic: GraphicView;
  readonly placement: Placement;
  readonly area: Area;
}

/** Pixels count from 1 at the middle of the first one's corner (PS3.3 §C.10.5.1.1); shares of the displayed area from 0. */
function viewPoint([x, y]: Point, units: 'pixel' | 'display', placement: Placement, area: Area): Point {
  if (units === 'pixel') return placement.toView([x - 0.5, y - 0.5]);
  return placement.toView([area.x + x * area.width, area.y + y * area.height]);
}

function Graphic({ graphic, placement, area }: GraphicProps): ReactNode {
  const points = graphic.points.map((point) => viewPoint(point, graphic.units, placement, area));
  return <path d={graphicPath(graphic, points)} data-filled={graphic.isFilled} />;
}

function graphicPath({ kind, isFilled }: GraphicView, points: readonly Point[]): string {
  const [a, b, c, d] = points;
  if (a === undefined) return '';
  switch (kind) {
    case 'point':
      return ellipsePath(a, 3, 3);
    case 'circle': {
      const radius = b === undefined ? 0 : Math.hypot(b[0] - a[0], b[1] - a[1]);
      return ellipsePath(a, radius, radius);
    }
    case 'ellipse':
      // Ends of the major axis, then of the minor one: drawn by its points, as it may be turned.
      return b && c && d ? turnedEllipse(a, b, c, d) : '';
    case 'polyline':
    case 'interpolated':
      return `${line(points)}${isFilled ? 'Z' : ''}`;
  }
}

function turnedEllipse(a: Point, b: Point, c: Point, d: Point): string {
  const center: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const [u, v]: [Point, Point] = [
    [(b[0] - a[0]) / 2, (b[1] - a[1]) / 2],
    [(d[0] - c[0]) / 2, (d[1] - c[1]) / 2],
  ];
  const steps = 72;
  const points = Array.from({ length: steps }, (_, i): Point => {
    const [cos, sin] = [Math.cos((2 * Math.PI * i) / steps), Math.sin((2 * Math.PI * i) / steps)];
    return [center[0] + u[0] * cos + v[0] * sin, center[1] + u[1] * cos + v[1] * sin];
  });
  return `${line(points)}Z`;
}

function GivenText({
  text,
  placement,
  area,
}: {
  readonly text: TextView;
  readonly placement: Placement;
  readonly area: Area;
}): ReactNode {
  const [x, y] = viewPoint(text.at, text.units, placement, area);
  return (
    <text x={x} y={y + 12}>
      {visible(text.text)
        .split('\n')
        .map((part, i) => (
          <tspan key={i} x={x} dy={i === 0 ? 0 : 15}>
            {part}
          </tspan>
        ))}
    </text>
  );
}
