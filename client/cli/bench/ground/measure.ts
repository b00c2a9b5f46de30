import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Figures, type OpenWay, type Trip } from './way.js';
import { familyOf, processorSeconds, resetPeak, watchPeaks } from './usage.js';

/** How often the folder is looked at for its first instance. */
const LOOK_MS = 10;

/** One trip, measured from the moment the sender is told to go. `smallestBytes`: size of a whole instance. */
export async function measureTrip(way: OpenWay, trip: Trip, smallestBytes: number): Promise<Figures> {
  const servers = (): number =>
    way.servers.flatMap(familyOf).reduce((sum, pid) => sum + processorSeconds(pid, 'with'), 0);
  const before = { servers: servers(), children: childSeconds() };
  for (const pid of way.servers.flatMap(familyOf)) resetPeak(pid);
  const peaks = watchPeaks(() => [...way.servers, ...watched]);
  const first = watchFirst(trip.out, smallestBytes);
  const startMs = Date.now();
  try {
    const arrival = await way.go(trip);
    const endMs = arrival.completeAtMs ?? Date.now();
    const firstMs = arrival.firstAtMs ?? (await first.atMs(endMs));
    return {
      wallS: (endMs - startMs) / 1000,
      cpuS: servers() - before.servers + childSeconds() - before.children,
      peakBytes: peaks.largest(),
      firstS: (firstMs - startMs) / 1000,
      wireBytes: arrival.wireBytes,
    };
  } finally {
    peaks.stop();
    first.stop();
  }
}

/** Processor time of children that have ended: what was started for this trip. */
function childSeconds(): number {
  return processorSeconds('self', 'with') - processorSeconds('self', 'without');
}

/** Children started for trips, by whoever starts them. */
const watched = new Set<number>();

export function watchChild(pid: number | undefined): () => void {
  if (pid === undefined) return () => undefined;
  watched.add(pid);
  return () => void watched.delete(pid);
}

interface FirstWatch {
  /** When the first whole instance was seen; `otherwise` when none was before the end. */
  atMs(otherwise: number): Promise<number>;
  stop(): void;
}

function watchFirst(folder: string, smallestBytes: number): FirstWatch {
  const state = { atMs: null as number | null, ended: false };
  const loop = async (): Promise<void> => {
    while (!state.ended && state.atMs === null) {
      if (await hasWhole(folder, smallestBytes)) state.atMs = Date.now();
      else await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  const running = loop();
  const stop = (): void => void (state.ended = true);
  return {
    stop,
    async atMs(otherwise) {
      stop();
      await running;
      return state.atMs ?? otherwise;
    },
  };
}

async function hasWhole(folder: string, smallestBytes: number): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  // Directory entries are not in the order of arrival, and looking at all of them would cost the machine.
  for (const entry of entries.slice(0, 20)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() ? await hasWhole(path, smallestBytes) : await isWhole(path, smallestBytes)) return true;
  }
  return false;
}

async function isWhole(path: string, smallestBytes: number): Promise<boolean> {
  const info = await stat(path).catch(() => null);
  return info !== null && info.size >= smallestBytes;
}
