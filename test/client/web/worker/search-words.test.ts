import { assert } from 'chai';
import fc from 'fast-check';
import { wordsOf } from '../../../../client/web/worker/plan-words.js';
import { folded, matches } from '../../../../client/web/worker/search-words.js';

describe('searching', () => {
  const finds = (text: string, query: string): boolean => matches(folded(text), query);

  it('finds umlauts in both of their spellings, and either of them typed', () => {
    for (const query of ['Müller', 'MUELLER', 'muller', 'üll', 'uell', 'ulle']) {
      assert.isTrue(finds('Müller^Jürgen', query), query);
    }
    assert.isTrue(finds('Mueller', 'mueller'));
    assert.isTrue(finds('Weißenböck', 'weissenbock'));
    assert.isTrue(finds('José Núñez', 'jose nunez'));
    assert.isFalse(finds('Müller', 'Maller'));
  });

  it('wants every word of the query, in any order, and nothing of an empty one', () => {
    assert.isTrue(finds('CT Schädel nativ, Muster^Erika', 'erika schäd'));
    assert.isFalse(finds('CT Schädel nativ, Muster^Erika', 'erika thorax'));
    assert.isTrue(finds('anything', ' ^ '));
  });

  it('finds any part of any word of any text, whatever it is written in', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }),
        fc.nat(),
        fc.nat(),
        (text, from, length) => {
          const word = [...(folded(text).split('\n')[0] ?? '')];
          const part = word
            .slice(from % (word.length + 1))
            .slice(0, 1 + (length % 5))
            .join('');
          assert.isTrue(finds(text, part), JSON.stringify([text, part]));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('knows dates of a plan as DICOM has them and as people write them, and leaves nonsense as it is', () => {
    const study = {
      studyInstanceUid: '1.2.3',
      patient: { name: 'Muster^Erika', id: 'P1', birthDate: '19640812', sex: 'F' },
      date: 'heute',
      time: '',
      description: 'CT',
      accessionNumber: 'A1',
      id: '',
      referringPhysician: '',
      series: [],
    };
    const words = wordsOf({ studies: [study], documents: [], order: [] });
    for (const query of ['12.08.1964', '1964-08-12', '19640812', 'heute', 'muster a1']) {
      assert.isTrue(finds(words, query), query);
    }
  });
});
