import {
  type AnnotationView,
  type DisplayedArea,
  type GraphicKind,
  type GraphicView,
  type PresentationView,
  type ShutterView,
  type TextView,
} from '../../desk/picture.js';
import { type DataItem, type Scopes, binary, itemsOf, numbers, plain, uint16, words } from '../data-item.js';
import { windowsOf } from '../rescale.js';
import { referencesOf } from './references.js';

/** A softcopy presentation state (PS3.3 §A.33): what its author made of the pictures, as far as it can be shown. */

const IMAGES = 0x00081140;
const MAX_POINTS = 20_000;

export function presentationOf(root: DataItem): PresentationView {
  const scopes: Scopes = [root];
  const series = itemsOf(scopes, 0x00081115);
  return {
    kind: 'presentation',
    label: words(scopes, 0x00700080),
    description: words(scopes, 0x00700081),
    creator: words(scopes, 0x00700084),
    images: series.flatMap((item) => referencesOf(itemsOf([item], IMAGES))),
    windows: itemsOf(scopes, 0x00283110).flatMap((item) => {
      // Values of a window are never negative in a description: signed ones stand in text.
      const window = windowsOf([item], false)[0];
      return window === undefined ? [] : [{ images: referencesOf(itemsOf([item], IMAGES)), window }];
    }),
    isInverted: plain(scopes, 0x20500020) === 'INVERSE',
    ...orientationOf(scopes),
    areas: itemsOf(scopes, 0x0070005a).flatMap(areaOf),
    layers: itemsOf(scopes, 0x00700001).map(annotationOf),
    shutters: shuttersOf(scopes),
  };
}

/** PS3.3 §C.10.6 turns first and flips then; flipping first, it has to turn the other way round. */
function orientationOf(scopes: Scopes): Pick<PresentationView, 'turns' | 'isFlipped'> {
  const isFlipped = plain(scopes, 0x00700041) === 'Y';
  const turns = Math.round((uint16(scopes, 0x00700042) ?? 0) / 90) % 4;
  return { isFlipped, turns: isFlipped ? (4 - turns) % 4 : turns };
}

function areaOf(item: DataItem): DisplayedArea[] {
  const [left, top] = binary([item], 0x00700052, 'SL');
  const [right, bottom] = binary([item], 0x00700053, 'SL');
  if (left === undefined || top === undefined || right === undefined || bottom === undefined) return [];
  if (right < left || bottom < top) return [];
  const isFitted = plain([item], 0x00700100) === 'SCALE TO FIT';
  return [
    { images: referencesOf(itemsOf([item], IMAGES)), topLeft: [left, top], bottomRight: [right, bottom], isFitted },
  ];
}

function annotationOf(item: DataItem): AnnotationView {
  return {
    images: referencesOf(itemsOf([item], IMAGES)),
    graphics: itemsOf([item], 0x00700009).flatMap(graphicOf),
    texts: itemsOf([item], 0x00700008).flatMap(textOf),
  };
}

const GRAPHICS: ReadonlyMap<string, readonly [GraphicKind, least: number]> = new Map([
  ['POINT', ['point', 1]],
  ['POLYLINE', ['polyline', 2]],
  ['INTERPOLATED', ['interpolated', 2]],
  ['CIRCLE', ['circle', 2]],
  ['ELLIPSE', ['ellipse', 4]],
]);

function graphicOf(item: DataItem): GraphicView[] {
  const [kind, least] = GRAPHICS.get(plain([item], 0x00700023)) ?? [null, 0];
  const points = pairs(binary([item], 0x00700022, 'FL'));
  if (kind === null || points.length < least || points.length > MAX_POINTS) return [];
  const isFilled = plain([item], 0x00700024) === 'Y';
  return [{ kind, units: unitsOf(item, 0x00700005), points, isFilled }];
}

function textOf(item: DataItem): TextView[] {
  const text = words([item], 0x00700006);
  const box = binary([item], 0x00700010, 'FL');
  const anchor = binary([item], 0x00700014, 'FL');
  const [x, y] = box.length >= 2 ? box : anchor;
  if (text === '' || x === undefined || y === undefined) return [];
  const units = unitsOf(item, box.length >= 2 ? 0x00700003 : 0x00700004);
  return [{ text, at: [x, y], units }];
}

function unitsOf(item: DataItem, tag: number): 'pixel' | 'display' {
  return plain([item], tag) === 'DISPLAY' ? 'display' : 'pixel';
}

function pairs(all: readonly number[]): (readonly [number, number])[] {
  return Array.from({ length: Math.floor(all.length / 2) }, (_, i) => [all[2 * i] ?? 0, all[2 * i + 1] ?? 0] as const);
}

/** PS3.3 §C.7.6.11: rows before columns. */
export function shuttersOf(scopes: Scopes): ShutterView[] {
  return plain(scopes, 0x00181600)
    .split('\\')
    .flatMap((shape): ShutterView[] => {
      const one = (tag: number): number => numbers(scopes, tag)[0] ?? Number.NaN;
      if (shape.trim() === 'RECTANGULAR') {
        const [left, right, top, bottom] = [one(0x00181602), one(0x00181604), one(0x00181606), one(0x00181608)];
        return [left, right, top, bottom].every(Number.isFinite)
          ? [{ kind: 'rectangle', left, right, top, bottom }]
          : [];
      }
      if (shape.trim() === 'CIRCULAR') {
        const [row, column] = numbers(scopes, 0x00181610);
        const radius = one(0x00181612);
        if (row === undefined || column === undefined || !(radius > 0)) return [];
        return [{ kind: 'circle', center: [column, row], radius }];
      }
      const points = pairs(numbers(scopes, 0x00181620)).map(([row, column]) => [column, row] as const);
      return shape.trim() === 'POLYGONAL' && points.length >= 3 ? [{ kind: 'polygon', points }] : [];
    });
}
