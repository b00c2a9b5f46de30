import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { type Size } from './placement.js';

/** An element's size in CSS pixels, and how many pixels of the screen one of them has: both may change at any time. */
export function useSize(box: RefObject<HTMLElement | null>): { readonly size: Size; readonly ratio: number } {
  const [size, setSize] = useState<Size>([0, 0]);
  const ratio = useRatio();
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
  return { size, ratio };
}

/** A window that is moved to another screen, or a page that is zoomed. */
function useRatio(): number {
  const [ratio, setRatio] = useState(devicePixelRatio);
  useEffect(() => {
    const query = matchMedia(`(resolution: ${ratio}dppx)`);
    const change = (): void => setRatio(devicePixelRatio);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, [ratio]);
  return ratio;
}

/** Scrolling must not scroll the page: a listener that may refuse, which React's own may not. */
export function useWheel(box: RefObject<HTMLElement | null>, onWheel: (event: WheelEvent) => void): void {
  const latest = useRef(onWheel);
  latest.current = onWheel;
  useEffect(() => {
    const at = box.current;
    const turn = (event: WheelEvent): void => {
      event.preventDefault();
      latest.current(event);
    };
    at?.addEventListener('wheel', turn, { passive: false });
    return () => at?.removeEventListener('wheel', turn);
  }, [box]);
}
