import { expect } from 'chai';
import fc from 'fast-check';
import { type LetterRow } from '../../../../client/web/desk/view.js';
import { entriesOf } from '../../../../client/web/page/screens/conversations.js';

function rowOf(part: Partial<LetterRow>): LetterRow {
  return {
    ...{ key: 'k', folder: 'inbox', from: 'a@b.example', to: [], isVerified: true, practice: null, threadId: '' },
    ...{ assignee: null, isDone: false, isWithdrawn: false, notes: 0, imports: [], subject: '', receivedMs: 0 },
    ...{ expiresMs: 0, deadlineMs: null, studies: 0, instances: 0, bytes: 0, patients: [], modalities: [] },
    ...{ state: { kind: 'complete' }, isRead: true, missing: 0 },
    receipts: { delivered: 0, opened: 0, imported: 0, recipients: 0 },
    ...part,
  };
}

const NONE: ReadonlySet<string> = new Set();

/** Newest first; some of them in conversations, some in none. */
const anyRows = fc
  .array(
    fc.record({
      threadId: fc.constantFrom('', 'one', 'two', 'three'),
      isRead: fc.boolean(),
      isDone: fc.boolean(),
      deadlineMs: fc.option(fc.integer({ min: 1, max: 9 })),
    }),
    { maxLength: 12 },
  )
  .map((parts) => parts.map((part, i) => rowOf({ ...part, key: `${i}`, receivedMs: 100 - i })));
const anyOpen = fc.subarray(['one', 'two', 'three']).map((threads) => new Set(threads));

describe('the list of messages', () => {
  it('shows a conversation as one row, where its newest message stands, with its number', () => {
    const rows = [
      rowOf({ key: 'c', threadId: 'one', subject: 'Re: Re' }),
      rowOf({ key: 'x', threadId: 'two' }),
      rowOf({ key: 'b', threadId: 'one' }),
      rowOf({ key: 'q' }),
      rowOf({ key: 'r' }),
    ];
    const shown = (open: ReadonlySet<string>): unknown =>
      entriesOf(rows, open).map(({ row, kind, count }) => `${row.key} ${kind} ${count}`);
    expect(shown(NONE)).to.deep.equal(['c folded 2', 'x alone 1', 'q alone 1', 'r alone 1']);
    expect(shown(new Set(['one']))).to.deep.equal(['c first 2', 'b further 2', 'x alone 1', 'q alone 1', 'r alone 1']);
  });

  it('leaves out no message, and shows none twice, however it is folded', () => {
    fc.assert(
      fc.property(anyRows, anyOpen, (rows, open) => {
        const entries = entriesOf(rows, open);
        const total = entries.reduce((sum, { kind, count }) => sum + (kind === 'folded' ? count : 1), 0);
        expect(total).to.equal(rows.length);
        expect(new Set(entries.map(({ row }) => row.key)).size).to.equal(entries.length);
      }),
    );
  });

  it('folds away neither what is unread nor what is urgent', () => {
    fc.assert(
      fc.property(anyRows, anyOpen, (rows, open) => {
        const shown = entriesOf(rows, open).map(({ row }) => row);
        expect(shown.some(({ isRead }) => !isRead)).to.equal(rows.some(({ isRead }) => !isRead));
        const soonest = (all: readonly LetterRow[]): number =>
          Math.min(...all.filter((one) => !one.isDone && !one.isRead).flatMap(({ deadlineMs }) => deadlineMs ?? []));
        expect(soonest(shown)).to.be.at.most(soonest(rows));
      }),
    );
  });
});
