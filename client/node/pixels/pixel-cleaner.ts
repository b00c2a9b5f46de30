import { availableParallelism } from 'node:os';
import type { PixelCleaner } from '../../core/deidentification/pixel-port.js';
import { createPixelCleaner } from '../../core/pixels/cleaner.js';
import { type PixelThreads, startPixelThreads } from './pixel-thread.js';

/** More would only hold more memory: the disk and the sealing want their share. */
const MOST_THREADS = 4;

let threads: PixelThreads | null = null;

/**
 * Looks and masks in threads that all of a process share; they start with the first picture and hold nothing open while idle.
 * @param count how many, counted when first called
 */
export function nodePixelCleaner(count = Math.min(MOST_THREADS, availableParallelism())): PixelCleaner {
  threads ??= startPixelThreads(count);
  return createPixelCleaner(threads.work);
}

/** For commands, which end when they are done. */
export async function endPixelThreads(): Promise<void> {
  const ending = threads;
  threads = null;
  await ending?.[Symbol.asyncDispose]();
}
