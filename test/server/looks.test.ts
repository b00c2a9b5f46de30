import { assert } from 'chai';
import fc from 'fast-check';
import { formsOfAddress, formsOfName, formsWithin, isOneScript } from '../../server/practices/looks.js';
import { foldName, foldQuery } from '../../server/db/sql.js';

/** docs/spec/names.md §6 */
describe('looks of a name', () => {
  const isAlike = (one: string, other: string) => formsOfName(one).some((form) => formsOfName(other).includes(form));
  const NAME = 'Radiologie Nord';

  const ALIKE: readonly (readonly [string, string, string])[] = [
    ['a Cyrillic а', NAME, 'R\u0430diologie Nord'],
    ['Cyrillic а, о, е', NAME, 'R\u0430di\u043el\u043egi\u0435 N\u043erd'],
    ['a whole word in Cyrillic', 'COPD Netz', '\u0421\u041e\u0420D Netz'],
    ['a Greek ο', NAME, 'Radi\u03bflogie Nord'],
    ['Greek capitals', 'KAP MT', '\u039a\u0391\u03a1 \u039c\u03a4'],
    ['digits for letters', NAME, 'Radio1ogie N0rd'],
    ['a capital I for an l', NAME, 'RadioIogie Nord'],
    ['rn for m', 'Hamburg', 'Harnburg'],
    ['full width', NAME, '\uff32\uff41\uff44\uff49\uff4f\uff4c\uff4f\uff47\uff49\uff45 \uff2e\uff4f\uff52\uff44'],
    ['mathematical letters', NAME, '\u{1d411}\u{1d41a}\u{1d41d}\u{1d422}ologie Nord'],
    ['a combining dot below', NAME, 'Radiologie\u0323 Nord'],
    ['a dotless i', NAME, 'Rad\u0131olog\u0131e Nord'],
    ['an umlaut left out', 'Klinik Süd', 'Klinik Sud'],
    ['an umlaut in two characters', 'Klinik Süd', 'Klinik Su\u0308d'],
    ['capitals', NAME, 'RADIOLOGIE NORD'],
    ['other blanks and strokes', NAME, 'Radiologie\u2011Nord'],
    ['no blank', NAME, 'RadiologieNord'],
    ['a no-break blank and a full stop', NAME, 'Radiologie\u00a0Nord.'],
    ['a soft hyphen', NAME, 'Radio\u00adlogie Nord'],
    ['an invisible letter', NAME, 'Radiologie\u3164Nord'],
    ['an l for the I of capitals', NAME, 'RADlOLOGlE NORD'],
    ['a 1 for the I of capitals, and a nought', NAME, 'RAD1OLOG1E N0RD'],
    ['two v for a w', 'Klinik West', 'Klinik VVest'],
    ['a lunate sigma for a C', 'Dr. Cohen', 'Dr. \u03f9ohen'],
    ['umlauts as they are spelt without them', 'Praxis Müller-Weiß', 'PRAXIS MUELLER WEISS'],
    ['a capital sharp s', 'Praxis an der Straße', 'PRAXIS AN DER STRA\u1e9eE'],
  ];
  for (const [what, one, other] of ALIKE) {
    it(`sees through ${what}`, () => {
      assert.isTrue(isAlike(one, other), `${JSON.stringify(formsOfName(one))} ${JSON.stringify(formsOfName(other))}`);
    });
  }

  it('tells names apart that differ', () => {
    for (const other of ['Radiologie Süd', 'Radiologie Nordwest', 'Neurologie Nord', 'Praxis Radiologie Nord']) {
      assert.isFalse(isAlike(NAME, other), other);
    }
    assert.isFalse(isAlike('Praxis Dr. Maier', 'Praxis Dr. Meier'));
    assert.isFalse(isAlike('Praxis Dr. Heil', 'Praxis Dr. Hell'));
    assert.isFalse(isAlike('Praxis Dr. Mueller', 'Praxis Dr. Muller'));
  });

  it('has letters of one script', () => {
    for (const name of ['Klinik Nord', 'Praxis Dr. Łukasz Żak', 'Клиника Север', 'Κλινική', 'µ-Labor № 5', '24']) {
      assert.isTrue(isOneScript(name), name);
    }
    for (const name of [
      'Praxis N\u03bfva',
      'Klinik \u13c1ord',
      'K\u043binik',
      '\u039a\u043b\u0438\u043d',
      'Pr\u0251xis \u0585',
    ]) {
      assert.isFalse(isOneScript(name), name);
    }
  });

  it('is the same whatever the form it is written in, and of itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (name) => {
        const forms = formsOfName(name);
        for (const other of [name.normalize('NFD'), name.normalize('NFC'), `${name}\u00ad`]) {
          assert.includeMembers(forms, formsOfName(other).slice(0, 1));
        }
      }),
    );
  });

  it('finds a protected name as whole words in another, and not inside of a word', () => {
    const protectedForms = formsOfName('Ärztekammer Nordrhein');
    const holds = (name: string) => formsWithin(name).some((form) => protectedForms.includes(form));
    for (const name of [
      'Ärztekammer Nordrhein',
      'Befundstelle der Ärztekammer Nordrhein',
      'ARZTEKAMMER-NORDRHEIN, Abt. 2',
      'Ärzte Kammer Nordrhein',
      '\u00c4rztek\u0430mmer N\u03bfrdrhein',
      'Aerztekammer Nordrhein, Abt. 2',
    ]) {
      assert.isTrue(holds(name), name);
    }
    for (const name of ['Ärztekammer Hessen', 'Zahnärztekammer Nordrhein', 'Nordrhein Ärztekammer']) {
      assert.isFalse(holds(name), name);
    }
  });

  it('of an address sees digits for letters and rn for m', () => {
    const alike = (one: string, other: string) =>
      formsOfAddress(one).some((form) => formsOfAddress(other).includes(form));
    assert.isTrue(alike('befund@klinik.example', 'befund@k1inik.example'));
    assert.isTrue(alike('info@modern.example', 'inf0@rnodern.example'));
    assert.isTrue(alike('west@klinik.example', 'vvest@klinik.example'));
    assert.isFalse(alike('befund@klinik.example', 'befund@klinik-west.example'));
    assert.isFalse(alike('a.b@klinik.example', 'ab@klinik.example'));
  });

  it('takes a bounded time, whatever the name', () => {
    const started = performance.now();
    for (const name of ['a '.repeat(100), '\u0323'.repeat(200), 'm'.repeat(200), '\ufdfa'.repeat(200)]) {
      formsOfName(name);
      formsWithin(name);
    }
    assert.isBelow(performance.now() - started, 20_000);
  });
});

describe('folding for the search', () => {
  it('finds an umlaut written as one letter, two, or without its dots', () => {
    const name = foldName('Praxis Müller & Jörg Weiß, René');
    for (const query of ['müller', 'MUELLER', 'Muller', 'joerg', 'jorg', 'weiss', 'Weiß', 'rene', 'René', 'axis mü']) {
      assert.isTrue(
        foldQuery(query)
          .split(' ')
          .every((word) => name.includes(word)),
        query,
      );
    }
    assert.isFalse(name.includes(foldQuery('Möller')));
  });
});
