import { useEffect, useRef } from 'react';
import { type Frames } from './frames.js';
import { picturesOf } from './stacks.js';
import { type Bench } from './use-workspace.js';

/** Where a film says nothing. */
const FRAMES_PER_SECOND = 12;
export const RATES = [1, 2, 4, 8, 12, 15, 20, 25, 30, 50] as const;

/** How fast the active stack is played: as wanted, as the film says, or as usual. */
export function rateOf({ work, stack, pane }: Bench, frames: Frames): number {
  const picture = picturesOf(stack)[pane.index];
  const loaded = picture === undefined ? null : frames.peek(picture);
  const own = loaded?.kind === 'here' ? loaded.frame.facts.frameMs : null;
  return work.rate ?? (own === null ? FRAMES_PER_SECOND : Math.round(1000 / own));
}

export function faster(rate: number, step: number): number {
  const up = RATES.find((one) => one > rate) ?? RATES.at(-1);
  const down = RATES.findLast((one) => one < rate) ?? RATES[0];
  return (step > 0 ? up : down) ?? rate;
}

export function useCine(bench: Bench, rate: number): void {
  const { isPlaying } = bench.work;
  const isMany = bench.total > 1;
  const latest = useRef(bench);
  latest.current = bench;
  useEffect(() => {
    if (!isPlaying || !isMany) return undefined;
    const timer = setInterval(() => {
      const { pane, total, jump } = latest.current;
      jump((pane.index + 1) % total);
    }, 1000 / rate);
    return () => clearInterval(timer);
  }, [isPlaying, isMany, rate]);
}
