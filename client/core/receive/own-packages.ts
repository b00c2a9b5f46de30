import { type HeaderPayload } from '../ids.js';
import { type Letter } from './inbox.js';

/** Payloads that hold a package of the message's own. */
export function packagesOf({ stored, body }: Pick<Letter, 'stored' | 'body'>): HeaderPayload[] {
  const sources = new Set(body.known.map(({ payloadId }) => payloadId));
  return stored.header.payloads.filter(({ payloadId }) => !sources.has(payloadId));
}
