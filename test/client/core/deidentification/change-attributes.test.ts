import { expect } from 'chai';
import { concatBytes, utf8 } from '../../../../crypto/wire/bytes.js';
import { type AttributeChange, changeAttributes } from '../../../../client/core/deidentification/change-attributes.js';
import { openInstance } from '../../../../client/core/deidentification/open-instance.js';
import { elementHeader } from '../../../../client/core/deidentification/write-elements.js';
import { corpusSource, readCorpusFile, withCorpus } from '../../../support/corpus.js';
import { element, file } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';
import { CHANGED_TAG, CHANGED_VALUE, withOneChange } from '../../../support/one-change.js';
import { assertSameBytes } from '../../../support/same-bytes.js';

async function changed(bytes: Uint8Array, changes: readonly (readonly [number, AttributeChange])[]): Promise<Buffer> {
  const result = await changeAttributes(memorySource('x.dcm', bytes), new Map(changes));
  return Buffer.from(await result.read(0, result.size));
}

const value = (vr: string, text: string): AttributeChange => ({ kind: 'value', vr, bytes: utf8(text) });

describe('changing attributes of an instance', () => {
  const preamble = new Uint8Array(128).fill(0x41);
  const original = concatBytes(preamble, file().subarray(128), utf8('behind everything'));

  it('changes, puts in and takes out, and leaves every other byte', async () => {
    const out = await changed(original, [
      [0x00100010, value('PN', 'Neu^Nina')],
      [0x00100020, value('LO', 'ID 7')],
      [0x00200013, { kind: 'gone' }],
    ]);
    const text = Buffer.from(original).toString('latin1');
    const put = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
    const expected = text
      .replace(
        put(element(0x00100010, 'PN', 'Muster^Erika')),
        put(element(0x00100010, 'PN', 'Neu^Nina')) + put(element(0x00100020, 'LO', 'ID 7')),
      )
      .replace(put(element(0x00200013, 'IS', '-3')), '');
    expect(out.toString('latin1')).to.equal(expected);
  });

  it('changes nothing when there is nothing to change', async () => {
    assertSameBytes(await changed(original, []), original);
    assertSameBytes(await changed(original, [[0x00104000, { kind: 'gone' }]]), original);
  });

  it('does not touch what the meta group says, too', async () => {
    const refused = await changed(original, [[0x00020010, value('UI', '1.2')]]).then(
      () => null,
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(RangeError);
  });
});

describe('one changed attribute of each file of the corpus', function () {
  this.timeout(60_000);
  withCorpus((files) => {
    it('is the only difference', async () => {
      let compared = 0;
      for (const one of files) {
        const result = await withOneChange(corpusSource(one));
        if (result === null) continue;
        const [before, after] = [await openInstance(corpusSource(one)), await openInstance(result)];
        const { elements, encoding } = before;
        const next = elements.find(({ tag }) => tag >= CHANGED_TAG);
        const at = next?.at ?? before.data.size - before.trailingBytes;
        const end = next?.tag === CHANGED_TAG ? next.endAt : at;
        // Files with the attribute twice, or with lengths of groups, differ in more places; the rewriting's own tests have those.
        if (
          elements.some(({ tag }) => tag === 0x00100000) ||
          elements.filter(({ tag }) => tag === CHANGED_TAG).length > 1
        )
          continue;
        const original = before.isDeflated ? await before.data.read(0, before.data.size) : readCorpusFile(one);
        const put = concatBytes(elementHeader(CHANGED_TAG, 'LT', CHANGED_VALUE.length, encoding), CHANGED_VALUE);
        const expected = concatBytes(original.subarray(0, at), put, original.subarray(end));
        const actual = after.isDeflated ? after.data : result;
        assertSameBytes(await actual.read(0, actual.size), expected);
        compared++;
      }
      expect(compared).to.be.greaterThan(600);
    });
  });
});
