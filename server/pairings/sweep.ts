/** An ended pairing answers nothing any more; this frees its room. */
export { deleteExpiredPairings as sweepPairings } from './store.js';
