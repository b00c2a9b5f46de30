import { type GuardAnswer, type GuardAsk } from '../../desk/guard.js';
import { scriptUrl } from '../../ports/script-url.js';

/** The page's side of its guard: it is set up at the first visit, and asked what it knows. */

const GUARD = '/guard.js';
/** Who stays this long uses the page: then all of it is kept. */
const KEEP_AFTER_MS = 60_000;

export async function startGuard(): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  try {
    const url = scriptUrl(GUARD, [GUARD]);
    await navigator.serviceWorker.register(url, { type: 'module', updateViaCache: 'none' });
    setTimeout(() => void askGuard({ kind: 'keep' }), KEEP_AFTER_MS);
  } catch {
    // A browser that lets no page have one: the settings say that nothing guards it.
  }
}

/** @returns null where there is no guard */
export async function askGuard(question: GuardAsk): Promise<GuardAnswer | null> {
  const guard = navigator.serviceWorker?.controller ?? null;
  if (guard === null) return null;
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise<GuardAnswer>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<GuardAnswer>) => resolve(data);
  });
  guard.postMessage(question, [port2]);
  return answer;
}
