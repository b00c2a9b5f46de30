import { expect } from 'chai';
import fc from 'fast-check';
import { meantRoot } from '../../../../client/web/page/screens/meant-root.js';
import { type PolicyCheck, isPolicyFit, wholeLines } from '../../../../client/web/page/screens/policy-text.js';
import { createStore } from '../../../../client/web/page/state/store.js';

const first = { origin: 'relay.example/log', size: 8, root: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=' };
const second = { origin: 'relay.example/log', size: 9, root: 'VrsCBjVVhHd7/RqWCpmi0rSXfN6Y1kGMqKSF8Y9cAsE=' };

/** docs/spec/directory.md §8 */
describe('an alarm on the page', () => {
  const alarm = { first, second, evidence: 'both', isAdmin: true };

  it('stays what it was when it is told again, and is gone when somebody has settled it', () => {
    const store = createStore();
    store.apply({ kind: 'alarm', alarm });
    const { alarm: shown } = store.current();
    expect(shown).to.equal(alarm);
    store.apply({ kind: 'alarm', alarm: { ...alarm } });
    expect(store.current().alarm).to.equal(shown);
    store.apply({ kind: 'mailbox', rows: [] });
    expect(store.current().alarm).to.equal(shown);
    store.apply({ kind: 'alarm', alarm: null });
    expect(store.current().alarm).to.equal(null);
  });

  it('after one that was settled is another one, which nobody has read', () => {
    const store = createStore();
    store.apply({ kind: 'alarm', alarm });
    store.apply({ kind: 'alarm', alarm: null });
    const next = { ...alarm };
    store.apply({ kind: 'alarm', alarm: next });
    expect(store.current().alarm).to.equal(next).and.not.equal(alarm);
  });

  it('is about a whole root: blanks do not matter, every other sign does', () => {
    const seen = { first, second };
    expect(meantRoot(seen, '')).to.equal('nothing');
    expect(meantRoot(seen, ` ${first.root.slice(0, 8)} ${first.root.slice(8)}\n`)).to.equal('first');
    expect(meantRoot(seen, second.root)).to.equal('second');
    for (const wrong of [first.root.slice(0, -1), first.root.toLowerCase(), `${second.root}=`, 'first', '8']) {
      expect(meantRoot(seen, wrong), wrong).to.equal('neither');
    }
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const bare = text.replaceAll(/\s/g, '');
        fc.pre(bare !== '' && bare !== first.root && bare !== second.root);
        expect(meantRoot(seen, text)).to.equal('neither');
      }),
    );
  });
});

/** docs/spec/directory.md §7 */
describe('a policy that a person pastes', () => {
  it('has whole lines, whatever its sender ends them with, and nothing else is changed', () => {
    expect(wholeLines('quorum none')).to.equal('quorum none\n');
    expect(wholeLines('log a\r\nquorum none\r\n')).to.equal('log a\nquorum none\n');
    expect(wholeLines('log a\nquorum none\n')).to.equal('log a\nquorum none\n');
    fc.assert(fc.property(fc.string(), (text) => wholeLines(wholeLines(text)) === wholeLines(text)));
  });

  it('stops whoever begins anew unless it is one, or none is given', () => {
    const policy = { log: 'relay.example/log', witnesses: [], needed: 0 };
    const given: readonly PolicyCheck[] = [{ kind: 'none' }, { kind: 'good', policy }];
    const not: readonly PolicyCheck[] = [{ kind: 'looking' }, { kind: 'bad' }];
    expect([...given, ...not].map(isPolicyFit)).to.deep.equal([true, true, false, false]);
  });
});
