import { readFileSync, readdirSync, writeFileSync } from 'node:fs';

/** What processes have used, as Linux counts it in /proc (proc(5)). Elsewhere nothing is known, and everything is 0. */

const TICKS_PER_S = 100;

/** Seconds of processor time of a process; with those of children that it has waited for. */
export function processorSeconds(pid: number | 'self', children: 'with' | 'without'): number {
  const fields = statFields(pid);
  const [first, last] = [11, children === 'with' ? 15 : 13];
  return fields.slice(first, last).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_S;
}

/** Fields of /proc/PID/stat after the command, the first being the state; none when the process has gone. */
function statFields(pid: number | 'self'): readonly string[] {
  const text = read(`/proc/${pid}/stat`);
  return text === null ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

/** Peak of resident memory in bytes since the process began, or since `resetPeak`. */
export function peakBytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) * 1024;
}

/** From now on `peakBytes` is about what follows: unlocking a keystore takes 128 MiB once, and is not what is measured. */
export function resetPeak(pid: number): void {
  try {
    // proc(5): 5 sets the peak to what is resident now.
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // It has ended, or is another's: then its peak counts from its beginning.
  }
}

/** The process and all below it. */
export function familyOf(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`) ?? '';
  return [
    pid,
    ...children
      .split(' ')
      .filter(Boolean)
      .flatMap((child) => familyOf(Number(child))),
  ];
}

export function isMeasurable(): boolean {
  return read('/proc/self/stat') !== null && readdirSync('/proc/self/task').length > 0;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

/** Looks every few milliseconds at the largest resident memory of any process of some families. */
export function watchPeaks(pids: () => readonly number[]): { readonly largest: () => number; stop(): void } {
  let largest = 0;
  const look = (): void => {
    for (const pid of pids().flatMap(familyOf)) largest = Math.max(largest, peakBytes(pid));
  };
  const timer = setInterval(look, 25);
  return {
    largest: () => {
      look();
      return largest;
    },
    stop: () => clearInterval(timer),
  };
}
