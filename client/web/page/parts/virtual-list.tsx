import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';

/**
 * A list of any length of which only what can be seen is drawn. Arrow keys, Page, Home and End move; Enter opens. For screen readers
 * it is a list box whose options say their place.
 */
interface Props<T> {
  readonly label: string;
  readonly items: readonly T[];
  readonly keyOf: (item: T) => string;
  /** Pixels; all rows are equally high. */
  readonly rowHeight: number;
  readonly selected: string | null;
  readonly onOpen: (item: T) => void;
  readonly render: (item: T) => ReactNode;
  /** The arrows to the right and to the left unfold and fold. @returns the key of the row that is current then, or null */
  readonly onTurn?: (item: T, way: 'open' | 'close') => string | null;
}

const AHEAD = 6;
const TURNS: Readonly<Record<string, 'open' | 'close'>> = { ArrowRight: 'open', ArrowLeft: 'close' };

export function VirtualList<T>(props: Props<T>): ReactNode {
  const { label, items, keyOf, rowHeight, selected, onOpen, render } = props;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const { view, measure } = useVisible(box);
  const { activeIndex, moveTo, onKeyDown } = useListKeys(props, box, view.height);
  const first = Math.max(0, Math.floor(view.top / rowHeight) - AHEAD);
  const last = Math.min(items.length, Math.ceil((view.top + view.height) / rowHeight) + AHEAD);
  const isActiveDrawn = activeIndex >= first && activeIndex < last;
  return (
    <div
      ref={box}
      className="virtual-list"
      role="listbox"
      tabIndex={0}
      aria-label={label}
      aria-activedescendant={isActiveDrawn ? `${id}-${activeIndex}` : undefined}
      onScroll={measure}
      onKeyDown={onKeyDown}
      onFocus={() => activeIndex < 0 && moveTo(0)}
    >
      <div role="presentation" className="virtual-list-room" style={{ height: items.length * rowHeight }}>
        {items.slice(first, last).map((item, i) => (
          <div
            key={keyOf(item)}
            id={`${id}-${first + i}`}
            role="option"
            className="virtual-list-row"
            aria-selected={keyOf(item) === selected}
            aria-setsize={items.length}
            aria-posinset={first + i + 1}
            data-active={first + i === activeIndex}
            style={{ top: (first + i) * rowHeight, height: rowHeight }}
            onClick={() => onOpen(item)}
          >
            {render(item)}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Which row is current, and what the keys make of it. */
function useListKeys<T>(props: Props<T>, box: RefObject<HTMLDivElement | null>, height: number) {
  const { items, keyOf, rowHeight, selected, onOpen, onTurn } = props;
  const [active, setActive] = useState<string | null>(selected);
  useEffect(() => setActive(selected), [selected]);
  const activeIndex = items.findIndex((item) => keyOf(item) === active);
  const moveTo = (index: number): void => {
    const to = Math.min(Math.max(index, 0), items.length - 1);
    const item = items[to];
    if (item === undefined) return;
    setActive(keyOf(item));
    scrollIntoView(box.current, to * rowHeight, rowHeight);
  };
  const turn = (item: T | undefined, way: 'open' | 'close'): boolean => {
    const key = item === undefined ? null : (onTurn?.(item, way) ?? null);
    if (key !== null) setActive(key);
    return key !== null;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const to = targetOf(event.key, activeIndex, page, items.length);
    const way = TURNS[event.key];
    const item = items[activeIndex];
    if (to !== null) moveTo(to);
    else if ((event.key === 'Enter' || event.key === ' ') && item !== undefined) onOpen(item);
    else if (way === undefined || !turn(item, way)) return;
    event.preventDefault();
  };
  return { activeIndex, moveTo, onKeyDown };
}

/** Which part of the list can be seen, in pixels. */
function useVisible(box: RefObject<HTMLDivElement | null>) {
  const [view, setView] = useState({ top: 0, height: 800 });
  const measure = useCallback(() => {
    const at = box.current;
    if (at !== null) setView({ top: at.scrollTop, height: at.clientHeight });
  }, [box]);
  useLayoutEffect(measure, [measure]);
  useEffect(() => {
    const observer = new ResizeObserver(measure);
    if (box.current !== null) observer.observe(box.current);
    return () => observer.disconnect();
  }, [box, measure]);
  return { view, measure };
}

function scrollIntoView(box: HTMLDivElement | null, top: number, height: number): void {
  if (box === null) return;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
}

function targetOf(key: string, from: number, page: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return from + 1;
    case 'ArrowUp':
      return from - 1;
    case 'PageDown':
      return from + page;
    case 'PageUp':
      return from - page;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
