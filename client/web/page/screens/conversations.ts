import { type LetterRow } from '../../desk/view.js';

/** Messages as the list shows them: those of one conversation are one row, until somebody opens it. */
export interface Entry {
  /** Of a folded conversation its newest message, and what of the others calls for somebody. */
  readonly row: LetterRow;
  readonly kind: 'alone' | 'folded' | 'first' | 'further';
  /** Messages of the conversation in this list; 1 for one that stands alone. */
  readonly count: number;
}

/** @param rows newest first; a conversation stands where its newest message does @param open threads that are unfolded */
export function entriesOf(rows: readonly LetterRow[], open: ReadonlySet<string>): readonly Entry[] {
  const threads = new Map<string, LetterRow[]>();
  for (const row of rows) {
    const all = threads.get(threadOf(row));
    if (all === undefined) threads.set(threadOf(row), [row]);
    else all.push(row);
  }
  const seen = new Set<string>();
  return rows.flatMap((row): readonly Entry[] => {
    const thread = threadOf(row);
    if (seen.has(thread)) return [];
    seen.add(thread);
    const all = threads.get(thread) ?? [row];
    const count = all.length;
    if (count === 1) return [{ row, kind: 'alone', count }];
    if (!open.has(thread)) return [{ row: foldedRow(row, all), kind: 'folded', count }];
    return all.map((one, i) => ({ row: one, kind: i === 0 ? 'first' : 'further', count }));
  });
}

/** What nobody can open (quarantine, withdrawn) belongs to no conversation. */
export function threadOf({ threadId, key }: LetterRow): string {
  return threadId === '' ? key : threadId;
}

/** Folding must hide neither that something is unread nor that something is urgent. */
function foldedRow(newest: LetterRow, all: readonly LetterRow[]): LetterRow {
  const urgent = all.filter(({ deadlineMs, isDone }) => deadlineMs !== null && !isDone);
  const unread = urgent.filter(({ isRead }) => !isRead);
  const deadlines = (unread.length > 0 ? unread : urgent).flatMap(({ deadlineMs }) => deadlineMs ?? []);
  return {
    ...newest,
    isRead: all.every(({ isRead }) => isRead),
    isDone: all.every(({ isDone }) => isDone),
    deadlineMs: deadlines.length === 0 ? newest.deadlineMs : Math.min(...deadlines),
    notes: all.reduce((sum, { notes }) => sum + notes, 0),
  };
}
