import { useSyncExternalStore } from 'react';

/** The time, half a minute exact: one clock for everything that counts down. */
const STEP_MS = 30_000;
let nowMs = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listen: () => void): () => void {
  listeners.add(listen);
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const one of listeners) one();
  }, STEP_MS);
  return () => {
    listeners.delete(listen);
    if (listeners.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  };
}

export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
