import { expect } from 'chai';
import fc from 'fast-check';
import { concatBytes } from '../../../../crypto/wire/bytes.js';
import { createDeidentifier, type Deidentifier } from '../../../../client/core/deidentification/deidentify.js';
import { parseProfile } from '../../../../client/core/deidentification/profile.js';
import { createPseudonyms } from '../../../../client/core/deidentification/secret.js';
import { element, file, item, sequence } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';

/** Instances one after the other, as of a study, and each by itself: what is remembered must never show. */

function fresh(options: readonly string[]): Deidentifier {
  const profile = parseProfile(JSON.stringify({ name: 'own', date: '2026-11-25', options }));
  const pseudonyms = createPseudonyms(new Uint8Array(32).fill(3));
  return createDeidentifier({ profile, pseudonyms, cleaner: null, wayBack: null });
}

interface Result {
  readonly text: string;
  readonly actions: unknown;
}

async function result(deidentifier: Deidentifier, bytes: Uint8Array): Promise<Result> {
  const made = await deidentifier.prepare(memorySource('x.dcm', bytes));
  if (made.kind === 'refused') return { text: made.reason, actions: null };
  const text = Buffer.from(await made.output.read(0, made.output.size)).toString('latin1');
  const actions = [...made.facts.actions].map(([action, tags]) => [action, [...tags]]);
  return { text, actions };
}

/** What may be said of somebody in one instance and be a word like any other in the next. */
const WORDS = ['Meyer', 'Leber', '20240131', '1.2.276.0.99.4', '98765432', '4711-A', 'ISO', '1.5'];
const word = fc.constantFrom(...WORDS);

const said = {
  charset: fc.constantFrom('ISO_IR 100', 'ISO_IR 192'),
  uid: fc.constantFrom('1.2.276.0.99.1', '1.2.276.0.99.4', '98765432'),
  modality: fc.constantFrom('1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.88.11'),
  date: fc.constantFrom('20240131', '20240201'),
  name: fc.constantFrom('Meyer^Quirin', 'Leber^Ada'),
  id: fc.constantFrom('987654321', '4711-A'),
  station: word,
  description: word,
  pulse: word,
  inner: word,
  number: word,
};
const all = fc.record(said);
type Said = typeof all extends fc.Arbitrary<infer T> ? T : never;

/** As slices of one series are: each says little that the one before did not. */
const series = fc
  .tuple(all, fc.array(fc.tuple(fc.constantFrom(...(Object.keys(said) as (keyof Said)[])), all), { maxLength: 7 }))
  .map(([first, changes]) => {
    const slices: Said[] = [first];
    for (const [key, other] of changes) slices.push({ ...(slices.at(-1) ?? first), [key]: other[key] });
    return slices.map(sliceOf);
  });

function sliceOf(is: Said): Uint8Array {
  const content = concatBytes(
    element(0x00080005, 'CS', is.charset),
    element(0x00080016, 'UI', is.modality),
    element(0x00080018, 'UI', is.uid),
    element(0x00080020, 'DA', is.date),
    element(0x00081010, 'SH', is.station),
    element(0x0008103e, 'LO', is.description),
    sequence(0x00081140, 'SQ', [item(element(0x00189005, 'SH', is.inner))]),
    element(0x00100010, 'PN', is.name),
    element(0x00100020, 'LO', is.id),
    element(0x00189005, 'SH', is.pulse),
    element(0x0020000d, 'UI', '1.2.276.0.99.7'),
    element(0x00200011, 'IS', is.number),
  );
  return file({}, content);
}

describe('decisions that are remembered', () => {
  it('are those that each instance would get by itself, whatever came before it', async () => {
    const options = fc.subarray(['cleanDescriptors', 'retainUIDs', 'retainLongModifiedDates', 'retainDeviceIdentity']);
    await fc.assert(
      fc.asyncProperty(series, options, async (files, chosen) => {
        const remembering = fresh(chosen);
        for (const bytes of files)
          expect(await result(remembering, bytes)).to.deep.equal(await result(fresh(chosen), bytes));
      }),
      { numRuns: 100 },
    );
  });

  it('do not get mixed up between instances under way at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(series, async (files) => {
        const remembering = fresh([]);
        const together = await Promise.all(files.map((bytes) => result(remembering, bytes)));
        const alone = await Promise.all(files.map((bytes) => result(fresh([]), bytes)));
        expect(together).to.deep.equal(alone);
      }),
      { numRuns: 30 },
    );
  });
});
