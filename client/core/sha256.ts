import { sha256 } from '@noble/hashes/sha2.js';
import type { Sha256 } from './ports.js';

/** The Sha256 port in plain JavaScript: for browsers, whose own SHA-256 is not incremental, and for tests. */
export function createSha256(): Sha256 {
  const hash = sha256.create();
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}
