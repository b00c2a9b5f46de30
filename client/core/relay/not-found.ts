import { CoreError } from '../error.js';

/** An answer, or null where the relay has nothing for this caller. */
export async function nullIfNotFound<T>(question: () => Promise<T>): Promise<T | null> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof CoreError && error.code === 'not-found') return null;
    throw error;
  }
}
