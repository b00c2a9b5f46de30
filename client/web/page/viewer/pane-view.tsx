import { type ReactNode, useMemo } from 'react';
import { type LetterView } from '../../desk/view.js';
import { useDesk } from '../state/desk.js';
import { type Frames } from './frames.js';
import { type FoundObject, type Stack, entryFor, isReferred, picturesOf, spotOf, totalOf } from './stacks.js';
import { useShown } from './use-shown.js';
import { type Bench } from './use-workspace.js';
import { isMarkTool } from './view-state.js';
import { type Given, NOTHING_GIVEN, Viewport } from './viewport.js';
import { changeView, moveHandle, movePoint, putPoint } from './workspace-state.js';

interface Props {
  readonly bench: Bench;
  readonly at: number;
  readonly stack: Stack;
  readonly frames: Frames;
  readonly letter: LetterView;
  readonly here: ReadonlySet<string>;
  readonly objects: readonly FoundObject[];
}

const NO_MARKS: readonly never[] = [];

/** One viewport of the workspace, with what belongs to its picture. */
export function PaneView({ bench, at, stack, frames, letter, here, objects }: Props): ReactNode {
  const { t } = useDesk();
  const { work, update } = bench;
  const pane = work.panes[at];
  const total = totalOf(stack);
  const { loaded, index } = useShown(frames, `pane ${at}`, stack, Math.min(pane?.index ?? 0, total - 1), here);
  const given = useGiven(objects, stack, pane?.presentation ?? null, index);
  const keyTitle = useKeyTitle(objects, stack, index);
  const spot = spotOf(stack, index);
  if (pane === undefined) return null;
  const { draft, tool } = work;
  const isActive = at === work.active;
  const isHere = pane.index === index;
  return (
    <Viewport
      {...{ loaded, stack, index, total, isActive, given, keyTitle }}
      view={pane.view}
      tool={tool}
      isOneOfMany={work.panes.length > 1}
      arrival={arrivalText(letter, here, t)}
      isComplete={letter.state.kind === 'complete'}
      marks={work.marks.get(spot) ?? NO_MARKS}
      draft={draft?.spot === spot ? { id: 0, kind: draft.kind, points: draft.points } : null}
      cursor={isActive && isHere ? work.cursor : null}
      cross={bench.crossOf(at)}
      onView={(change) => update(changeView(at, change))}
      onScroll={(step) => bench.scroll(at, step)}
      onPoint={(point) => isMarkTool(tool) && update(putPoint(spot, tool, point))}
      onMove={(point) => update(movePoint(point))}
      onHandle={(id, handle, point) => update(moveHandle(spot, id, handle, point))}
      onCross={(point) => bench.cross(at, point)}
      onActivate={() => update((before) => (before.active === at ? before : { ...before, active: at, cursor: null }))}
    />
  );
}

type Translate = ReturnType<typeof useDesk>['t'];

function arrivalText(
  { instances, from, state, studyList }: LetterView,
  here: ReadonlySet<string>,
  t: Translate,
): string {
  if (state.kind === 'complete') return t('state.verifiedComplete', { n: instances, sender: from ?? '' });
  const files = studyList.flatMap(({ series }) => series.flatMap((one) => one.instances.map(({ fileId }) => fileId)));
  return t('state.receivingCount', { n: files.filter((fileId) => here.has(fileId)).length, total: instances });
}

function useGiven(objects: readonly FoundObject[], stack: Stack, presentation: string | null, index: number): Given {
  return useMemo(() => {
    const view = objects.find(({ fileId }) => fileId === presentation)?.view;
    const picture = picturesOf(stack)[index];
    if (view?.kind !== 'presentation' || picture === undefined || !isReferred(view.images, picture))
      return NOTHING_GIVEN;
    return {
      label: view.description || view.label,
      window: entryFor(view.windows, picture)?.window ?? null,
      layers: view.layers.filter(({ images }) => images.length === 0 || isReferred(images, picture)),
      shutters: view.shutters,
    };
  }, [objects, stack, presentation, index]);
}

function useKeyTitle(objects: readonly FoundObject[], stack: Stack, index: number): string | null {
  return useMemo(() => {
    const picture = picturesOf(stack)[index];
    if (picture === undefined) return null;
    for (const { view } of objects)
      if (view.kind === 'key-objects' && isReferred(view.images, picture)) return view.title;
    return null;
  }, [objects, stack, index]);
}
