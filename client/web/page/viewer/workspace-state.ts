import { type PresentationView } from '../../desk/picture.js';
import { type Point } from './geometry.js';
import { type Mark, POINTS } from './measure.js';
import { INITIAL_VIEW, type MarkTool, type Tool, type ViewState } from './view-state.js';

/** What is on the screen: viewports, what stands in each of them and how it is looked at, measurements, and what lies beside. */
export interface Workspace {
  readonly layout: Layout;
  readonly active: number;
  readonly panes: readonly Pane[];
  /** How stacks were left, for when they are put back. */
  readonly left: ReadonlyMap<string, Pane>;
  readonly isLinked: boolean;
  readonly tool: Tool;
  readonly isPlaying: boolean;
  /** Pictures a second; null as the film says. */
  readonly rate: number | null;
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
  readonly draft: Draft | null;
  /** Where the keyboard points, in pixels of the picture. */
  readonly cursor: Point | null;
  /** The document that lies beside the pictures. */
  readonly beside: string | null;
  readonly isHelp: boolean;
}

export type Layout = 'one' | 'two' | 'planes';

export interface Pane {
  readonly stack: string;
  readonly index: number;
  readonly view: ViewState;
  readonly presentation: string | null;
}

/** A mark that is being made: its last point still moves. */
export interface Draft {
  readonly spot: string;
  readonly kind: MarkTool;
  readonly points: readonly Point[];
}

export type Change = (before: Workspace) => Workspace;

export function newPane(stack: string, index = 0): Pane {
  return { stack, index, view: INITIAL_VIEW, presentation: null };
}

export function newWorkspace(first: Pane): Workspace {
  return {
    layout: 'one',
    active: 0,
    panes: [first],
    left: new Map(),
    isLinked: false,
    tool: 'window',
    isPlaying: false,
    rate: null,
    marks: new Map(),
    draft: null,
    cursor: null,
    beside: null,
    isHelp: false,
  };
}

export function changePane(at: number, change: (pane: Pane) => Pane): Change {
  return (before) => ({ ...before, panes: before.panes.map((pane, i) => (i === at ? change(pane) : pane)) });
}

export function changeView(at: number, change: (view: ViewState) => ViewState): Change {
  return changePane(at, (pane) => ({ ...pane, view: change(pane.view) }));
}

/** @param follow where another pane goes when this one goes from one place to another; null leaves it */
export function scrollTo(at: number, index: number, follow: (pane: Pane, at: number) => number | null): Change {
  return (before) => ({
    ...before,
    cursor: null,
    draft: null,
    panes: before.panes.map((pane, i) => {
      const next = i === at ? index : before.isLinked || before.layout === 'planes' ? follow(pane, i) : null;
      return next === null || next === pane.index ? pane : { ...pane, index: next };
    }),
  });
}

/** Puts a stack into a viewport, as it was left. */
export function putStack(at: number, stack: string, first: number): Change {
  return (before) => {
    const old = before.panes[at];
    if (old === undefined || old.stack === stack) return { ...before, active: at };
    const left = new Map(before.left).set(old.stack, old);
    const next = left.get(stack) ?? newPane(stack, first);
    const panes = before.panes.map((pane, i) => (i === at ? next : pane));
    return { ...before, left, panes, active: at, draft: null, cursor: null, isPlaying: false };
  };
}

export function arrange(layout: Layout, panes: readonly Pane[], tool: Tool): Change {
  return (before) => {
    const left = new Map(before.left);
    for (const pane of before.panes) left.set(pane.stack, pane);
    const active = Math.min(before.active, panes.length - 1);
    return { ...before, layout, panes, left, active, tool, draft: null, cursor: null, isPlaying: false };
  };
}

/** A point more for the mark that is being made, or the first one; a mark with all its points is done. */
export function putPoint(spot: string, kind: MarkTool, point: Point): Change {
  return (before) => {
    const begun = before.draft?.spot === spot && before.draft.kind === kind ? before.draft.points.slice(0, -1) : [];
    const points = [...begun, point];
    if (points.length < POINTS[kind]) return { ...before, draft: { spot, kind, points: [...points, point] } };
    const known = before.marks.get(spot) ?? [];
    const id = 1 + Math.max(0, ...[...before.marks.values()].flat().map((mark) => mark.id));
    const marks = new Map(before.marks).set(spot, [...known, { id, kind, points }].slice(-MAX_MARKS));
    return { ...before, marks, draft: null };
  };
}

const MAX_MARKS = 50;

export function movePoint(point: Point): Change {
  return (before) => {
    if (before.draft === null) return before;
    return { ...before, draft: { ...before.draft, points: [...before.draft.points.slice(0, -1), point] } };
  };
}

export function moveHandle(spot: string, id: number, at: number, point: Point): Change {
  return (before) => {
    const marks = (before.marks.get(spot) ?? []).map((mark) =>
      mark.id === id ? { ...mark, points: mark.points.map((old, i) => (i === at ? point : old)) } : mark,
    );
    return { ...before, marks: new Map(before.marks).set(spot, marks) };
  };
}

export function removeLastMark(spot: string): Change {
  return (before) => {
    if (before.draft !== null) return { ...before, draft: null };
    const marks = new Map(before.marks).set(spot, (before.marks.get(spot) ?? []).slice(0, -1));
    return { ...before, marks };
  };
}

/** Looks at a pane as a presentation state says, or as it came. */
export function present(at: number, id: string | null, view: PresentationView | null, area: ViewState['area']): Change {
  return changePane(at, (pane) => ({
    ...pane,
    presentation: id,
    view:
      view === null
        ? INITIAL_VIEW
        : { ...INITIAL_VIEW, turns: view.turns, isFlipped: view.isFlipped, isInverted: view.isInverted, area },
  }));
}
