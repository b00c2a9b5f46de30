import { type KeyboardEvent } from 'react';
import { type FrameView } from '../../desk/picture.js';
import { windowOptions } from './presets.js';
import { faster } from './use-cine.js';
import { widened } from './use-gestures.js';
import { type Bench, spotIn } from './use-workspace.js';
import { INITIAL_VIEW, type Tool, flipped, isMarkTool, turned, zoomed } from './view-state.js';
import { type Workspace, putPoint, removeLastMark } from './workspace-state.js';

interface Actions {
  readonly bench: Bench;
  readonly frame: FrameView | null;
  readonly rate: number;
  readonly firstDocument: string | null;
  readonly onClose: () => void;
}

type Keys = Readonly<Record<string, () => void>>;

/** The whole viewer by keys; fields and lists keep theirs. The sheet of them is in ./key-sheet.tsx. */
export function useViewerKeys(actions: Actions): (event: KeyboardEvent) => void {
  const { bench } = actions;
  return (event) => {
    const { target, key, ctrlKey, altKey, metaKey, shiftKey } = event;
    if (ctrlKey || altKey || metaKey) return;
    const isField = target instanceof HTMLSelectElement || target instanceof HTMLInputElement;
    const isScroller = target instanceof HTMLElement && target.closest('.beside, dialog') !== null;
    const isButton = target instanceof HTMLButtonElement && (key === ' ' || key === 'Enter');
    const keys = bench.work.cursor === null ? keysOf(actions) : pointingKeys(actions, shiftKey ? 10 : 1);
    const name = key.length === 1 ? key.toLowerCase() : key;
    const action = shiftKey && bench.work.cursor === null ? (shiftedKeys(actions)[key] ?? keys[name]) : keys[name];
    if (action === undefined || isButton || ((isField || isScroller) && key !== 'Escape')) return;
    event.preventDefault();
    action();
  };
}

function keysOf(actions: Actions): Keys {
  return { ...movingKeys(actions), ...viewKeys(actions), ...toolKeys(actions), ...digits(actions) };
}

function movingKeys({ bench, rate }: Actions): Keys {
  const { work, update, total, scroll, jump, toSeries } = bench;
  const step = (by: number) => () => scroll(work.active, by);
  return {
    ArrowDown: step(1),
    ArrowUp: step(-1),
    PageDown: step(10),
    PageUp: step(-10),
    Home: () => jump(0),
    End: () => jump(total - 1),
    ArrowRight: () => toSeries(1),
    ArrowLeft: () => toSeries(-1),
    o: () => update((before) => ({ ...before, active: (before.active + 1) % before.panes.length, cursor: null })),
    ' ': () => update((before) => ({ ...before, isPlaying: !before.isPlaying })),
    ',': () => update((before) => ({ ...before, rate: faster(rate, -1) })),
    '.': () => update((before) => ({ ...before, rate: faster(rate, 1) })),
  };
}

function viewKeys({ bench, firstDocument, onClose }: Actions): Keys {
  const { work, update, onView, toLayout } = bench;
  const layout = (one: Workspace['layout']) => () => toLayout(work.layout === one ? 'one' : one);
  return {
    '+': () => onView((view) => zoomed(view, 1.25)),
    '-': () => onView((view) => zoomed(view, 0.8)),
    '0': () => onView(() => INITIAL_VIEW),
    i: () => onView((view) => ({ ...view, isInverted: !view.isInverted })),
    y: () => onView((view) => ({ ...view, isBare: !view.isBare })),
    r: () => onView(turned),
    x: () => onView(flipped),
    d: layout('two'),
    m: layout('planes'),
    k: () => update((before) => ({ ...before, isLinked: !before.isLinked })),
    b: () => update((before) => ({ ...before, beside: before.beside === null ? firstDocument : null })),
    '?': () => update((before) => ({ ...before, isHelp: !before.isHelp })),
    h: () => update((before) => ({ ...before, isHelp: !before.isHelp })),
    Escape: () => {
      if (work.isHelp || work.draft !== null) update((before) => ({ ...before, isHelp: false, draft: null }));
      else onClose();
    },
  };
}

function toolKeys({ bench, frame }: Actions): Keys {
  const { work, update } = bench;
  const tool = (one: Tool) => () => update((before) => ({ ...before, tool: one, draft: null }));
  return {
    w: tool('window'),
    s: tool('scroll'),
    p: tool('pan'),
    ...(work.layout === 'planes' ? { c: tool('cross') } : {}),
    z: tool('zoom'),
    l: tool('length'),
    a: tool('angle'),
    e: tool('ellipse'),
    v: tool('probe'),
    Delete: () => update(removeLastMark(spotIn(bench))),
    Backspace: () => update(removeLastMark(spotIn(bench))),
    // With a measuring tool the keyboard gets a pointer, in the middle of the picture at first.
    Enter: () => {
      if (!isMarkTool(work.tool) || frame === null) return;
      update((before) => ({ ...before, cursor: [frame.columns / 2, frame.rows / 2] }));
    },
  };
}

/** With shift: window by arrows, and moving the picture. */
function shiftedKeys({ bench, frame }: Actions): Keys {
  const { work, onView } = bench;
  const by = (dx: number, dy: number) => () => {
    if (work.tool === 'pan') onView((view) => ({ ...view, pan: [view.pan[0] + dx, view.pan[1] + dy] }));
    else onView((view) => widened(view, { frame, given: null }, dx, dy));
  };
  return { ArrowRight: by(0.05, 0), ArrowLeft: by(-0.05, 0), ArrowDown: by(0, 0.05), ArrowUp: by(0, -0.05) };
}

function digits({ bench, frame }: Actions): Keys {
  if (frame?.kind !== 'gray') return {};
  const options = windowOptions(frame).slice(0, 9);
  return Object.fromEntries(
    options.map(({ choice }, i) => [String(i + 1), () => bench.onView((view) => ({ ...view, window: choice }))]),
  );
}

/** Measuring by keyboard: arrows move the pointer, Enter puts a point, Escape takes the pointer away. */
function pointingKeys({ bench, frame }: Actions, step: number): Keys {
  const { work, update } = bench;
  const { cursor, tool } = work;
  if (cursor === null || frame === null) return {};
  const move = (dx: number, dy: number) => () => {
    const x = Math.min(Math.max(cursor[0] + dx * step, 0), frame.columns);
    const y = Math.min(Math.max(cursor[1] + dy * step, 0), frame.rows);
    update((before) => {
      const draft =
        before.draft === null
          ? null
          : { ...before.draft, points: [...before.draft.points.slice(0, -1), [x, y] as const] };
      return { ...before, cursor: [x, y], draft };
    });
  };
  return {
    ArrowRight: move(1, 0),
    ArrowLeft: move(-1, 0),
    ArrowDown: move(0, 1),
    ArrowUp: move(0, -1),
    Enter: () => isMarkTool(tool) && update(putPoint(spotIn(bench), tool, cursor)),
    Escape: () => update((before) => ({ ...before, cursor: null, draft: null })),
  };
}
