import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from '../../../crypto/wire/bytes.js';
import type { AccountContent } from '../account/content.js';
import { purposeSecret } from './secret.js';

/**
 * The practice's secret for one purpose (docs/spec/deidentification.md §5). It comes from the mailbox's identity, which all devices that
 * administer it share and the recovery words bring back; a device without it has one of its own.
 */
export function practiceSecret({ identitySeed, device }: AccountContent, purpose: string): Uint8Array {
  return purposeSecret(hmac(sha256, identitySeed ?? device.sigSeed, utf8('bildbote/deidentify/practice/1')), purpose);
}
