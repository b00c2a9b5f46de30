import { useEffect, useMemo, useState } from 'react';
import { type LetterRow } from '../../desk/view.js';
import { type Entry, entriesOf, threadOf } from './conversations.js';

export interface Conversations {
  readonly entries: readonly Entry[];
  readonly unfold: (entry: Entry) => void;
  /** @returns the key of the row that stands for the conversation now; null when there was nothing to turn */
  readonly turn: (entry: Entry, way: 'open' | 'close') => string | null;
}

/** Which conversations are unfolded: those that somebody has opened, and that of the message on the screen. */
export function useConversations(
  rows: readonly LetterRow[],
  letter: string | null,
  isSearched: boolean,
): Conversations {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const shown = rows.find(({ key }) => key === letter);
  const thread = shown === undefined ? null : threadOf(shown);
  // By a link, a notification, or the way back of the browser.
  useEffect(() => {
    if (thread !== null) setOpen((before) => new Set(before).add(thread));
  }, [thread, letter]);
  const entries = useMemo(() => {
    // Who searches wants the message that was found.
    if (isSearched) return rows.map((row): Entry => ({ row, kind: 'alone', count: 1 }));
    return entriesOf(rows, open);
  }, [rows, open, isSearched]);
  const unfold = ({ row }: Entry): void => setOpen((before) => new Set(before).add(threadOf(row)));
  const turn: Conversations['turn'] = (entry, way) => {
    if (entry.kind === 'alone' || (way === 'open') !== (entry.kind === 'folded')) return null;
    if (way === 'open') {
      unfold(entry);
      return entry.row.key;
    }
    const of = threadOf(entry.row);
    setOpen((before) => new Set([...before].filter((one) => one !== of)));
    return rows.find((row) => threadOf(row) === of)?.key ?? null;
  };
  return { entries, unfold, turn };
}
