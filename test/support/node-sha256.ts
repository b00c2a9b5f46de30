import { createHash } from 'node:crypto';
import type { Sha256 } from '../../client/core/ports.js';

/** The Sha256 port over node:crypto, as the command line brings it. */
export function nodeSha256(): Sha256 {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) };
}
