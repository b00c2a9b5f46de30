import { createHash } from 'node:crypto';
import type { CreateSha256 } from '../core/ports.js';

/** SHA-256 by OpenSSL. */
export const nodeSha256: CreateSha256 = () => {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
};
