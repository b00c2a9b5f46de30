import { type LetterRow } from '../../desk/view.js';

export const FILTERS = ['all', 'open', 'mine', 'unread', 'urgent', 'finished'] as const;
export type Filter = (typeof FILTERS)[number];

/** @param member who sits here: his are the messages that he has taken on and not done yet */
export function fits(row: LetterRow, filter: Filter, member: string): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'open':
      return !row.isDone;
    case 'mine':
      return row.assignee === member && !row.isDone;
    case 'unread':
      return !row.isRead;
    case 'urgent':
      return row.deadlineMs !== null && !row.isDone;
    case 'finished':
      return row.isDone;
  }
}
