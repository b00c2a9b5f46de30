import { expect } from 'chai';
import fc from 'fast-check';
import { concatBytes, utf8 } from '../../../../crypto/wire/bytes.js';
import { createDeidentifier, type PreparedInstance } from '../../../../client/core/deidentification/deidentify.js';
import { findElement, valueBytes } from '../../../../client/core/deidentification/element-tree.js';
import { openInstance } from '../../../../client/core/deidentification/open-instance.js';
import type { PixelMask } from '../../../../client/core/deidentification/pixel-port.js';
import { parseProfile, readyProfile } from '../../../../client/core/deidentification/profile.js';
import { attributesOf } from '../../../../client/core/deidentification/root-attributes.js';
import { createPseudonyms } from '../../../../client/core/deidentification/secret.js';
import { EXPLICIT, EXPLICIT_BIG, type Encoding, IMPLICIT } from '../../../../client/core/dicom/element.js';
import { corpusSource, withCorpus } from '../../../support/corpus.js';
import { dataSet, element, file, item, sequence, UNDEFINED } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';

const SYNTAX = new Map<Encoding, string>([
  [EXPLICIT, '1.2.840.10008.1.2.1'],
  [IMPLICIT, '1.2.840.10008.1.2'],
  [EXPLICIT_BIG, '1.2.840.10008.1.2.2'],
]);

function deidentifier(options: readonly string[] = [], profile = readyProfile('basic', options)) {
  return createDeidentifier({
    profile,
    pseudonyms: createPseudonyms(new Uint8Array(32).fill(3)),
    cleaner: null,
    wayBack: null,
  });
}

async function prepared(
  bytes: Uint8Array,
  options: readonly string[] = [],
  masks: readonly PixelMask[] = [],
): Promise<PreparedInstance> {
  const result = await deidentifier(options).prepare(memorySource('x.dcm', bytes), masks);
  if (result.kind === 'refused') throw new Error(`refused: ${result.reason}`);
  return result;
}

async function outputOf(
  bytes: Uint8Array,
  options: readonly string[] = [],
  masks: readonly PixelMask[] = [],
): Promise<Uint8Array> {
  const { output } = await prepared(bytes, options, masks);
  return output.read(0, output.size);
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const result = await deidentifier().prepare(memorySource('x.dcm', bytes));
  return result.kind === 'refused' ? result.reason : 'not refused';
}

describe('the rewriting of an instance', () => {
  it('leaves elements it does not touch byte for byte, in every encoding', async () => {
    for (const [encoding, syntax] of SYNTAX) {
      const odd = sequence(
        0x00089215,
        'SQ',
        [item(element(0x00180050, 'DS', '1.5', encoding), UNDEFINED, encoding)],
        encoding,
      );
      const output = Buffer.from(await outputOf(file({ syntax }, dataSet({ encoding, extra: [odd] }))));
      expect(output.includes(Buffer.from(odd)), syntax).to.equal(true);
      expect(output.includes(Buffer.from(element(0x00200032, 'DS', '1.5\\-2e1\\ 3 ', encoding))), syntax).to.equal(
        true,
      );
      expect(output.includes(Buffer.from('Muster')), syntax).to.equal(false);
    }
  });

  it('gives the same bytes by stream, by random reads, and again', async () => {
    const input = file({ extra: [element(0x00321060, 'LO', 'CT Thorax')] });
    const { output } = await prepared(input, ['retainLongModifiedDates']);
    const whole = Buffer.from(await output.read(0, output.size));
    const streamed: Uint8Array[] = [];
    for await (const chunk of output.stream()) streamed.push(chunk.slice());
    expect(Buffer.concat(streamed).equals(whole)).to.equal(true);
    expect(Buffer.from(await outputOf(input, ['retainLongModifiedDates'])).equals(whole)).to.equal(true);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), fc.nat(200), async (offset, length) => {
        expect(Buffer.from(await output.read(offset, length)).equals(whole.subarray(offset, offset + length))).to.equal(
          true,
        );
      }),
    );
  });

  it('corrects lengths around a change, open or closed, and the lengths of groups', async () => {
    const inner = concatBytes(element(0x00100010, 'PN', 'Muster^Erika'), element(0x00180050, 'DS', '1.5 '));
    const closed = element(0x00081115, 'SQ', concatBytes(item(inner)));
    const open = sequence(0x00089215, 'SQ', [item(inner, UNDEFINED)]);
    const length = new Uint8Array([0xff, 0xff, 0, 0]);
    const groups = element(0x00180000, 'UL', length);
    const output = await outputOf(file({ extra: [groups, closed, open] }));
    const { elements } = await openInstance(memorySource('o', output));
    for (const tag of [0x00081115, 0x00089215]) {
      const content = findElement(elements, tag)?.content;
      const first = content?.kind === 'items' ? content.items[0]?.elements : [];
      expect(attributesOf(first ?? []).text(0x00180050)).to.equal('1.5');
      expect(attributesOf(first ?? []).text(0x00100010)).to.match(/^P[0-9A-Z]{12}$/);
    }
    expect(findElement(elements, 0x00180000)).to.equal(undefined);
  });

  it('drops a group length with its group and corrects one that stays', async () => {
    const pixels = element(0x00280000, 'UL', new Uint8Array([1, 0, 0, 0]));
    const output = await outputOf(
      file({ extra: [pixels, element(0x00280030, 'DS', '1\\1 '), element(0x00280300, 'CS', 'NO')] }),
    );
    const { elements } = await openInstance(memorySource('o', output));
    const node = findElement(elements, 0x00280000);
    expect(node === undefined ? null : valueBytes(node)[0]).to.be.greaterThan(1);
  });

  it('opens the sequences that hide in UN, with and without a length', async () => {
    const implicit = item(element(0x00100010, 'PN', 'Hidden^Name', IMPLICIT), undefined, IMPLICIT);
    for (const un of [element(0x00081115, 'UN', implicit), sequence(0x00081115, 'UN', [implicit], EXPLICIT)]) {
      const output = Buffer.from(await outputOf(file({ extra: [un] })));
      expect(output.includes('Hidden')).to.equal(false);
    }
  });

  it('keeps nothing of the container: preamble, meta group, bytes behind', async () => {
    const input = file({});
    input.set(utf8('#!/bin/sh'), 0);
    const output = Buffer.from(await outputOf(concatBytes(input, utf8('Muster was here'))));
    expect(output.subarray(0, 128).every((byte) => byte === 0)).to.equal(true);
    expect(output.includes('Muster')).to.equal(false);
    expect((await prepared(concatBytes(input, utf8('Muster was here')))).facts.trailingBytes).to.equal(15);
  });
});

describe('native pixels', () => {
  const mask = (x: number, y: number, width: number, height: number, frame: number | null = null): PixelMask => ({
    x,
    y,
    width,
    height,
    frame,
    source: 'manual',
  });

  it('are blackened in the region and the same outside of it', async () => {
    const output = await outputOf(file({}), [], [mask(1, 1, 2, 1)]);
    const { elements } = await openInstance(memorySource('o', output));
    const at = attributesOf(elements);
    const pixels = valueBytes(findElement(elements, 0x7fe00010) ?? expect.fail('no pixels'));
    expect([...pixels]).to.deep.equal([...Array(10).fill(7), 0, 0, 0, 0, ...Array(10).fill(7)] as number[]);
    expect(at.text(0x00280301)).to.equal('NO');
    expect(at.text(0x00120063)).to.include('Clean Pixel Data');
  });

  it('reach no further than the picture, whatever the mask says', async () => {
    for (const one of [mask(0, 0, 65_535, 65_535), mask(3, 2, 65_535, 65_535), mask(60_000, 60_000, 5, 5)]) {
      const output = await outputOf(file({}), [], [one]);
      const { elements } = await openInstance(memorySource('o', output));
      expect(valueBytes(findElement(elements, 0x7fe00010) ?? expect.fail('no pixels'))).to.have.length(24);
    }
  });

  it('are changed in the result, never in the memory that a shell gives, Buffers or not', async () => {
    const dirty = new Uint8Array(24).fill(0xf7);
    const twelve = [element(0x00280101, 'US', 12), element(0x00280102, 'US', 11), element(0x00280103, 'US', 0)];
    const plain = file({ extra: twelve, pixels: element(0x7fe00010, 'OW', dirty) });
    const room = Buffer.alloc(plain.length + 64);
    room.set(plain, 32);
    const view = room.subarray(32, 32 + plain.length);
    const source = {
      ...memorySource('x', view),
      read: (at: number, length: number) => Promise.resolve(view.subarray(at, at + length)),
    };
    const result = await deidentifier().prepare(source, [mask(0, 0, 1, 1)]);
    if (result.kind === 'refused') return expect.fail(result.reason);
    const output = Buffer.from(await result.output.read(0, result.output.size));
    expect(view.equals(plain)).to.equal(true);
    expect(output.equals(await outputOf(plain, [], [mask(0, 0, 1, 1)]))).to.equal(true);
    expect([...output.subarray(-24)]).to.deep.equal([0, 0, ...Array.from({ length: 11 }, () => [0xf7, 0x07]).flat()]);
  });

  it('are not touched without a mask, and nothing claims that they were', async () => {
    const output = await outputOf(file({}));
    const at = attributesOf((await openInstance(memorySource('o', output))).elements);
    expect(at.text(0x00280301)).to.equal('');
    expect(at.text(0x00120063)).not.to.include('Pixel');
  });
});

describe('what cannot be de-identified', () => {
  it('is refused with its reason, and nothing comes out', async () => {
    expect(await refusal(utf8('no DICOM at all'))).to.equal('not-dicom');
    expect(await refusal(file({}).subarray(0, 400))).to.equal('truncated');
    let deep: Uint8Array = element(0x00100010, 'PN', 'A');
    for (let i = 0; i < 300; i++) deep = sequence(0x00081115, 'SQ', [item(deep)]);
    expect(await refusal(file({ extra: [deep] }))).to.equal('too-deep');
  });

  it('is refused where a face may be seen and the profile asks to clean it', async () => {
    const result = await deidentifier(['cleanVisualFeatures']).prepare(memorySource('x', file({})));
    expect(result).to.deep.equal({ kind: 'refused', reason: 'visual-features' });
  });

  it('ends for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ at: fc.nat(600), byte: fc.nat(255) }), { maxLength: 8 }),
        async (changes) => {
          const bytes = file({ extra: [sequence(0x00081115, 'SQ', [item(element(0x00100010, 'PN', 'A^B'))])] });
          for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
          const result = await deidentifier().prepare(memorySource('x', bytes));
          if (result.kind === 'prepared') await result.output.read(0, result.output.size);
        },
      ),
    );
  });

  it('goes out as it is under the profile treatment, and under no other', async () => {
    const input = file({});
    const same = await deidentifier([], readyProfile('treatment')).prepare(memorySource('x', input));
    expect(same.kind === 'prepared' && Buffer.from(await same.output.read(0, same.output.size)).equals(input)).to.equal(
      true,
    );
    const own = parseProfile('{"name":"own","date":"2026-11-25","options":[]}');
    const other = await deidentifier([], own).prepare(memorySource('x', input));
    expect(
      other.kind === 'prepared' && Buffer.from(await other.output.read(0, other.output.size)).includes('Muster'),
    ).to.equal(false);
  });
});

describe('the corpus', function () {
  this.timeout(120_000);
  withCorpus((files) => {
    it('goes through, or says why not, quickly', async () => {
      const small = files.filter(({ bytes }) => bytes < 300_000);
      const reasons = new Map<string, number>();
      for (const one of small) {
        const started = performance.now();
        const result = await deidentifier().prepare(corpusSource(one));
        const outcome = result.kind === 'refused' ? result.reason : 'done';
        reasons.set(outcome, (reasons.get(outcome) ?? 0) + 1);
        if (result.kind === 'prepared') {
          const search = result.search();
          for await (const chunk of result.output.stream()) search.update(chunk);
          expect(search.hits(), one.path).to.equal(0);
        }
        expect(performance.now() - started, one.path).to.be.lessThan(10_000);
      }
      expect(reasons.get('done') ?? 0).to.be.greaterThan(small.length * 0.85);
    });
  });
});
