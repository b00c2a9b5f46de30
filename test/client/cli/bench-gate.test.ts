import { assert } from 'chai';
import { type Ratios, holdAgainst, worseThan } from '../../../client/cli/bench/gate.js';

describe('the gate of the benchmark', () => {
  const stored: Ratios = { a: 1, b: 2 };

  it('lets pass what is at most 15 % worse, what is better, and what is new', () => {
    assert.deepEqual(worseThan(stored, { a: 1.15, b: 0.1, c: 100 }), []);
    assert.deepEqual(worseThan(stored, { a: 1.16, b: 2.31 }), [
      { name: 'a', ratio: 1.16, stored: 1 },
      { name: 'b', ratio: 2.31, stored: 2 },
    ]);
  });

  it('does not let pass what could not be measured', () => {
    assert.deepEqual(worseThan(stored, { a: NaN }), [{ name: 'a', ratio: NaN, stored: 1 }]);
  });

  it('fails a case that is worse in three tries, and asks again only about those', async () => {
    const asked: (readonly string[] | null)[] = [];
    const tries: Ratios[] = [
      { a: 2, b: 3 },
      { a: 1.1, b: 3 },
      { a: 9, b: 4 },
    ];
    const worse = await holdAgainst(stored, (cases) => {
      asked.push(cases === null ? null : [...cases]);
      return Promise.resolve(tries[asked.length - 1] ?? {});
    });
    assert.deepEqual(worse, [{ name: 'b', ratio: 4, stored: 2 }]);
    assert.deepEqual(asked, [null, ['a', 'b'], ['b']]);
  });

  it('measures once when nothing is worse, also when nothing is stored', async () => {
    for (const one of [stored, {}]) {
      let count = 0;
      const worse = await holdAgainst(one, () => Promise.resolve({ a: (count += 1) }));
      assert.deepEqual(worse, []);
      assert.equal(count, 1);
    }
  });
});
