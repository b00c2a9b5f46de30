import { scriptUrl } from './script-url.js';

/** The desk's own script. */
export const ownScript = (): string => new URL(self.location.href).pathname;

/** A worker of the desk: of its own script, or of the one that restores coded bytes; no other is one. */
export function startHelper(script: string, name: string): Worker {
  return new Worker(scriptUrl(script, [ownScript(), BILDBOTE_CODING]), { type: 'module', name });
}
