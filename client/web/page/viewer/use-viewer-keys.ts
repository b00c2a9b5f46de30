import { type KeyboardEvent } from 'react';
import { INITIAL_VIEW, type Tool, type ViewState, zoomed } from './view-state.js';

interface Actions {
  readonly onView: (change: (view: ViewState) => ViewState) => void;
  readonly onScroll: (step: number) => void;
  readonly scrollTo: (index: number) => void;
  readonly toSeries: (step: number) => void;
  readonly setTool: (tool: Tool) => void;
  readonly setPlaying: (change: (before: boolean) => boolean) => void;
  readonly onClose: () => void;
  readonly total: number;
}

/** The whole viewer by keys; fields and lists keep theirs. */
export function useViewerKeys(actions: Actions): (event: KeyboardEvent) => void {
  const { onView, onScroll, scrollTo, toSeries, setTool, setPlaying, onClose, total } = actions;
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => onScroll(1),
    ArrowUp: () => onScroll(-1),
    PageDown: () => onScroll(10),
    PageUp: () => onScroll(-10),
    Home: () => scrollTo(0),
    End: () => scrollTo(total - 1),
    ArrowRight: () => toSeries(1),
    ArrowLeft: () => toSeries(-1),
    '+': () => onView((view) => zoomed(view, 1.25)),
    '-': () => onView((view) => zoomed(view, 0.8)),
    '0': () => onView(() => INITIAL_VIEW),
    i: () => onView((view) => ({ ...view, isInverted: !view.isInverted })),
    r: () => onView((view) => ({ ...view, turns: (view.turns + 1) % 4 })),
    w: () => setTool('window'),
    p: () => setTool('pan'),
    z: () => setTool('zoom'),
    s: () => setTool('scroll'),
    ' ': () => setPlaying((before) => !before),
    Escape: onClose,
  };
  return (event) => {
    const { target, key, ctrlKey, altKey, metaKey } = event;
    if (ctrlKey || altKey || metaKey) return;
    const isField = target instanceof HTMLSelectElement || target instanceof HTMLInputElement;
    const isButton = target instanceof HTMLButtonElement && (key === ' ' || key === 'Enter');
    const action = keys[key.length === 1 ? key.toLowerCase() : key];
    if (action === undefined || isButton || (isField && key !== 'Escape')) return;
    event.preventDefault();
    action();
  };
}
