import { type Collections, createCollections } from './collecting.js';
import { type Sendings, createSendings } from './sending.js';
import { type Session } from './session.js';

/** What somebody needs who writes. */
export interface Writing {
  readonly collections: Collections;
  readonly sendings: Sendings;
}

export function createWriting(session: Session): Writing {
  const collections = createCollections(session);
  return { collections, sendings: createSendings(session, collections) };
}
