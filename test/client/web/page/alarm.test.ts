import { expect } from 'chai';
import { createStore } from '../../../../client/web/page/state/store.js';

/** docs/spec/directory.md §8 */
describe('an alarm on the page', () => {
  const alarm = { first: 'relay.example/log 8 aaaa', second: 'relay.example/log 9 bbbb', evidence: 'both' };

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
});
