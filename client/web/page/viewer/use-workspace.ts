import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type PresentationView } from '../../desk/picture.js';
import { type Frames } from './frames.js';
import { type Point, nearestTo } from './geometry.js';
import { placeOnCut, pointOfCut } from './reconstruction.js';
import {
  type FoundObject,
  type Presentation,
  type Stack,
  entryFor,
  picturesOf,
  presentationsOf,
  spotOf,
  totalOf,
} from './stacks.js';
import { type Planes, usePlanes } from './use-planes.js';
import { type ViewState } from './view-state.js';
import {
  type Change,
  type Pane,
  type Workspace,
  arrange,
  changeView,
  newPane,
  newWorkspace,
  present,
  putStack,
  scrollTo,
} from './workspace-state.js';

/** The workspace with everything that can be done to it. */
export interface Bench {
  readonly work: Workspace;
  readonly update: (change: Change) => void;
  /** What stands in each viewport. */
  readonly shown: readonly Stack[];
  readonly pane: Pane;
  readonly stack: Stack;
  readonly total: number;
  readonly planes: Planes;
  readonly scroll: (at: number, step: number) => void;
  readonly jump: (index: number) => void;
  readonly onView: (change: (view: ViewState) => ViewState) => void;
  readonly choose: (stack: Stack) => void;
  readonly toSeries: (step: number) => void;
  readonly toLayout: (layout: Workspace['layout']) => void;
  readonly cross: (at: number, point: Point) => void;
  readonly crossOf: (at: number) => Point | null;
  readonly presentations: readonly Presentation[];
  readonly toPresentation: (id: string | null) => void;
}

type Here = ReadonlyMap<string, ReadonlySet<string>>;
const NONE: ReadonlySet<string> = new Set();

export function useWorkspace(
  frames: Frames,
  stacks: readonly Stack[],
  first: Stack,
  here: Here,
  objects: readonly FoundObject[],
): Bench {
  const [work, update] = useState(() => newWorkspace(newPane(first.id, firstPlace(first, here))));
  const [wantsPlanes, setWantsPlanes] = useState<Stack | null>(null);
  const planes = usePlanes(frames, wantsPlanes, here.get(wantsPlanes?.letter ?? '') ?? NONE);
  const all = useMemo(() => [...stacks, ...(planes.kind === 'planes' ? planes.stacks : [])], [stacks, planes]);
  const shown = work.panes.map((pane) => all.find(({ id }) => id === pane.stack) ?? first);
  const pane = work.panes[work.active] ?? newPane(first.id);
  const stack = shown[work.active] ?? first;
  const total = totalOf(stack);
  useEnterPlanes(planes, work, update);
  useLinkedPlaces(frames, work, shown);
  const latest = useRef({ work, shown });
  latest.current = { work, shown };

  const { scroll, jump } = useScrolling(frames, latest, update);
  const { choose, toSeries, toLayout } = useArranging({
    stacks,
    first,
    here,
    work,
    stack,
    latest,
    wantsPlanes,
    setWantsPlanes,
    update,
  });
  const presentations = useMemo(() => presentationsOf(stack, objects), [stack, objects]);
  const toPresentation = (id: string | null): void => {
    const view = presentations.find((one) => one.id === id)?.view ?? null;
    update(present(work.active, view === null ? null : id, view, areaFor(view, stack, pane.index)));
  };
  return {
    work,
    update,
    shown,
    pane,
    stack,
    total,
    planes,
    scroll,
    jump,
    onView: (change) => update(changeView(work.active, change)),
    choose,
    toSeries,
    toLayout,
    cross: (at, point) => update(crossTo(at, point, shown)),
    crossOf: (at) => crossAt(at, work.panes, shown),
    presentations,
    toPresentation,
  };
}

interface Latest {
  readonly current: { readonly work: Workspace; readonly shown: readonly Stack[] };
}

function useScrolling(
  frames: Frames,
  latest: Latest,
  update: (change: Change) => void,
): Pick<Bench, 'scroll' | 'jump'> {
  const scroll = useCallback(
    (at: number, step: number) => {
      const { work: now, shown: on } = latest.current;
      const [one, its] = [now.panes[at], on[at]];
      if (one === undefined || its === undefined) return;
      const to = Math.min(Math.max(one.index + step, 0), totalOf(its) - 1);
      update(
        scrollTo(at, to, (other, i) =>
          followed(frames, { from: one.index, to, stack: its }, other, on[i], now, i === at),
        ),
      );
    },
    [frames, latest, update],
  );
  const jump = useCallback(
    (index: number) => {
      const { work: now } = latest.current;
      scroll(now.active, index - (now.panes[now.active]?.index ?? 0));
    },
    [scroll, latest],
  );
  return { scroll, jump };
}

interface Arranging {
  readonly stacks: readonly Stack[];
  readonly first: Stack;
  readonly here: Here;
  readonly work: Workspace;
  readonly stack: Stack;
  readonly latest: Latest;
  readonly wantsPlanes: Stack | null;
  readonly setWantsPlanes: (stack: Stack | null) => void;
  readonly update: (change: Change) => void;
}

/** Which stacks stand where. */
function useArranging({ stacks, first, here, work, stack, latest, wantsPlanes, setWantsPlanes, update }: Arranging) {
  const choose = useCallback(
    (next: Stack) => {
      const { work: now } = latest.current;
      if (now.layout === 'planes') {
        setWantsPlanes(null);
        return update(arrange('one', [now.left.get(next.id) ?? newPane(next.id, firstPlace(next, here))], 'window'));
      }
      update(putStack(now.active, next.id, firstPlace(next, here)));
    },
    [here, latest, setWantsPlanes, update],
  );
  const toSeries = (step: number): void => {
    const at = stacks.findIndex(({ id }) => id === stack.id);
    const next = stacks[Math.min(Math.max(at + step, 0), stacks.length - 1)];
    if (next !== undefined) choose(next);
  };
  const toLayout = (layout: Workspace['layout']): void => {
    if (layout === 'planes') return setWantsPlanes(stack.content.kind === 'cut' ? wantsPlanes : stack);
    const base = stack.content.kind === 'cut' ? (wantsPlanes ?? first) : stack;
    setWantsPlanes(null);
    const paneOf = (one: Stack): Pane =>
      work.panes.find((it) => it.stack === one.id) ?? work.left.get(one.id) ?? newPane(one.id, firstPlace(one, here));
    const second =
      stacks[stacks.findIndex(({ id }) => id === base.id) + 1] ?? stacks.find(({ id }) => id !== base.id) ?? base;
    const panes = layout === 'one' ? [paneOf(base)] : [paneOf(base), paneOf(second)];
    update(arrange(layout, panes, work.layout === 'planes' ? 'window' : work.tool));
  };
  return { choose, toSeries, toLayout };
}

/** The first picture; while it is still on its way, the first one that is here. */
function firstPlace(stack: Stack, here: Here): number {
  const { content, letter } = stack;
  if (content.kind === 'cut') return Math.floor(totalOf(stack) / 2);
  const set = here.get(letter) ?? NONE;
  return Math.max(
    content.pictures.findIndex(({ fileId }) => set.has(fileId)),
    0,
  );
}

/** When the block is known, its three planes come up, each at its middle. */
function useEnterPlanes(planes: Planes, { layout }: Workspace, update: (change: Change) => void): void {
  const entered = useRef<readonly Stack[] | null>(null);
  useEffect(() => {
    if (planes.kind !== 'planes' || entered.current === planes.stacks) return;
    entered.current = planes.stacks;
    const panes = planes.stacks.map((stack) => newPane(stack.id, Math.floor(totalOf(stack) / 2)));
    update((before) => ({ ...arrange('planes', panes, 'cross')(before), active: 0 }));
  }, [planes, layout, update]);
}

/** Linked series go by where their pictures lie: all of their places are asked for. */
function useLinkedPlaces(frames: Frames, { layout, isLinked }: Workspace, shown: readonly Stack[]): void {
  const ids = shown.map(({ id }) => id).join();
  const latest = useRef(shown);
  latest.current = shown;
  useEffect(() => {
    if (layout === 'two' && isLinked) frames.wantPlaces(latest.current.flatMap(picturesOf));
  }, [frames, layout, isLinked, ids]);
}

interface Move {
  readonly from: number;
  readonly to: number;
  readonly stack: Stack;
}

/** By position where both lie in one frame of reference and are parallel; else by as many pictures. */
function followed(
  frames: Frames,
  move: Move,
  other: Pane,
  its: Stack | undefined,
  work: Workspace,
  isSelf: boolean,
): number | null {
  if (its === undefined || isSelf || work.layout !== 'two') return null;
  const [mine, theirs] = [picturesOf(move.stack), picturesOf(its)];
  const picture = mine[move.to];
  const place = picture === undefined ? null : (frames.place(picture)?.place ?? null);
  const near = place === null ? null : nearestTo(place, theirs.map(frames.place));
  return near ?? Math.min(Math.max(other.index + move.to - move.from, 0), theirs.length - 1);
}

function areaFor(view: PresentationView | null, stack: Stack, index: number): ViewState['area'] {
  const area = view === null ? null : entryFor(view.areas, picturesOf(stack)[index]);
  if (area === null) return null;
  const [left, top] = [area.topLeft[0] - 1, area.topLeft[1] - 1];
  const [width, height] = [area.bottomRight[0] - left, area.bottomRight[1] - top];
  return width > 1 && height > 1 ? { x: left, y: top, width, height } : null;
}

/** A point of one plane is where the other two are cut. */
function crossTo(at: number, point: Point, shown: readonly Stack[]): Change {
  return (before) => {
    const own = shown[at]?.content;
    const index = before.panes[at]?.index;
    if (own?.kind !== 'cut' || index === undefined) return before;
    const place = pointOfCut(own.volume, own.cut, index, point);
    const panes = before.panes.map((pane, i) => {
      const content = shown[i]?.content;
      return i === at || content?.kind !== 'cut' ? pane : { ...pane, index: place[content.cut.axis] ?? pane.index };
    });
    return { ...before, panes, active: at };
  };
}

function crossAt(at: number, panes: readonly Pane[], shown: readonly Stack[]): Point | null {
  const own = shown[at]?.content;
  if (own?.kind !== 'cut') return null;
  const place: [number, number, number] = [0, 0, 0];
  for (const [i, pane] of panes.entries()) {
    const content = shown[i]?.content;
    if (content?.kind === 'cut') place[content.cut.axis] = pane.index;
  }
  return placeOnCut(own.volume, own.cut, place);
}

export function spotIn(bench: Bench): string {
  return spotOf(bench.stack, bench.pane.index);
}
