import { type Desk } from '../../core/desk.js';
import { type Letter } from '../../core/receive/inbox.js';
import { importsOf, offerPacs, tellImported } from '../../core/work/imports.js';

/** What members of the practice ask for over the own mailbox: this message into that PACS (docs/spec/envelope.md §4.3). */
export interface PacsRequests {
  /** Tells the mailbox's devices what can be asked for. */
  offer(names: readonly string[]): Promise<void>;
  /** When somebody has asked last, unless it has been answered since; else null. */
  openSince(letter: Letter, pacs: string): number | null;
  answer(letter: Letter, pacs: string, instances: number, total: number): Promise<void>;
}

export function createPacsRequests(desk: Desk): PacsRequests {
  return {
    offer: (names) => offerPacs(desk, names),
    openSince(letter, pacs) {
      const { asked = null, stored = null } = importsOf(desk.account, letter).get(pacs) ?? {};
      return stored === null ? (asked?.timeMs ?? null) : null;
    },
    answer: (letter, pacs, instances, total) => tellImported(desk, letter, { pacs, instances, total }),
  };
}

/** Where nobody can ask. */
export const NO_REQUESTS: PacsRequests = {
  offer: () => Promise.resolve(),
  openSince: () => null,
  answer: () => Promise.resolve(),
};
