import { availableParallelism } from 'node:os';
import type { PixelCleaner } from '../../core/deidentification/pixel-port.js';
import { createPixelCleaner } from '../../core/pixels/cleaner.js';
import { type PixelThreads, startPixelThreads } from './pixel-thread.js';

/** More would only hold more memory: the disk and the sealing want their share. */
const MOST_THREADS = 4;

let threads: PixelThreads | null = null;

/** Looks and masks in threads that all of a process share; they start with the first picture and hold nothing open while idle. */
export function nodePixelCleaner(): PixelCleaner {
  threads ??= startPixelThreads(Math.min(MOST_THREADS, availableParallelism()));
  return createPixelCleaner(threads.work);
}
