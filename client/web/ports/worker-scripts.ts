import { scriptUrl } from './script-url.js';

/** The desk's own script. */
export const ownScript = (): string => new URL(self.location.href).pathname;

/** A worker of the desk: of its own script, or of those that code bytes and look at pixels; no other is one. */
export function startHelper(script: string, name: string): Worker {
  return new Worker(scriptUrl(script, [ownScript(), BILDBOTE_CODING, BILDBOTE_PIXELS]), { type: 'module', name });
}
