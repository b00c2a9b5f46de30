import { expect } from 'chai';
import fc from 'fast-check';
import { EXPLICIT_BIG } from '../../../../client/core/dicom/element.js';
import { type FrameView, type GrayView } from '../../../../client/web/desk/picture.js';
import { createCodecModules } from '../../../../client/node/pixels/codec-modules.js';
import { readImageDataSet } from '../../../../client/web/image/dataset.js';
import { decodeFrame } from '../../../../client/web/image/frame.js';
import { expand } from '../../../../client/web/image/palette.js';
import { concatBytes } from '../../../../crypto/wire/bytes.js';
import { element, file, item, sequence } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';

/** What instances say beside their pixels: geometry, scales, tables, functional groups, overlays. */

const modules = createCodecModules();
const e = element;

function words(...values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  values.forEach((value, i) => view.setUint16(2 * i, value & 0xffff, true));
  return new Uint8Array(view.buffer);
}

function doubles(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Float64Array.from(values).buffer);
}

function longs(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}

interface Choices {
  readonly modality?: string;
  readonly before?: readonly Uint8Array[];
  readonly after?: readonly Uint8Array[];
  readonly groups?: readonly Uint8Array[];
  readonly frames?: number;
}

/** 2 × 2 pixels of 16 bits a frame. */
async function frameOf(choices: Choices, frame = 0): Promise<GrayView> {
  const { modality = 'CT', before = [], after = [], groups = [], frames = 1 } = choices;
  const content = concatBytes(
    e(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    e(0x00080060, 'CS', modality),
    ...before,
    e(0x00280002, 'US', 1),
    e(0x00280004, 'CS', 'MONOCHROME2'),
    e(0x00280008, 'IS', String(frames)),
    e(0x00280010, 'US', 2),
    e(0x00280011, 'US', 2),
    e(0x00280100, 'US', 16),
    e(0x00280101, 'US', 16),
    e(0x00280102, 'US', 15),
    e(0x00280103, 'US', 0),
    ...after,
    ...groups,
    e(0x7fe00010, 'OW', words(...Array.from({ length: 4 * frames }, (_, i) => i))),
  );
  const view = await viewOf(file({}, content), frame);
  if (view.kind !== 'gray') throw new Error('not gray');
  return view;
}

async function viewOf(bytes: Uint8Array, frame = 0): Promise<FrameView> {
  const source = memorySource('a.dcm', bytes);
  return decodeFrame({ source, set: await readImageDataSet(source) }, frame, modules);
}

describe('the attributes of a picture', () => {
  it('say where it lies, unless its directions are not at right angles', async () => {
    const frame = e(0x00200052, 'UI', '1.2.9');
    const position = e(0x00200032, 'DS', '-10\\5.5\\100');
    const at = (cosines: string): Promise<GrayView> =>
      frameOf({ before: [position, e(0x00200037, 'DS', cosines), frame] });
    expect((await at('1\\0\\0\\0\\1\\0')).facts.place).to.deep.equal({
      position: [-10, 5.5, 100],
      row: [1, 0, 0],
      column: [0, 1, 0],
      frameOfReference: '1.2.9',
    });
    for (const wrong of ['1\\0\\0\\1\\0\\0', '2\\0\\0\\0\\1\\0', '1\\0\\0\\0\\1', 'x\\0\\0\\0\\1\\0']) {
      expect((await at(wrong)).facts.place, wrong).to.equal(null);
    }
  });

  it('say what a length is worth', async () => {
    const own = e(0x00280030, 'DS', '0.2\\0.1');
    const detector = (text: string): Uint8Array => e(0x00181164, 'DS', text);
    const of = async (choices: Choices): Promise<unknown> => {
      const { pixelSpacing, facts } = await frameOf(choices);
      return [pixelSpacing, facts.calibration];
    };
    expect(await of({ after: [own] })).to.deep.equal([[0.2, 0.1], 'patient']);
    expect(await of({ modality: 'DX', after: [own] })).to.deep.equal([[0.2, 0.1], 'detector']);
    expect(await of({ modality: 'DX', before: [detector('0.2\\0.1')], after: [own] })).to.deep.equal([
      [0.2, 0.1],
      'detector',
    ]);
    expect(await of({ modality: 'DX', before: [detector('0.3\\0.3')], after: [own] })).to.deep.equal([
      [0.2, 0.1],
      'calibrated',
    ]);
    expect(await of({ modality: 'CR', before: [detector('0.3\\0.3')] })).to.deep.equal([[0.3, 0.3], 'detector']);
    expect(await of({})).to.deep.equal([null, 'none']);
    expect(await of({ after: [e(0x00280030, 'DS', '0\\0.1')] })).to.deep.equal([null, 'none']);
  });

  it('say the scales of an ultrasound’s regions, of lengths in centimetres alone', async () => {
    const region = (unit: number): Uint8Array =>
      item(
        concatBytes(
          e(0x00186018, 'UL', longs(1)),
          e(0x0018601a, 'UL', longs(2)),
          e(0x0018601c, 'UL', longs(30)),
          e(0x0018601e, 'UL', longs(40)),
          e(0x00186024, 'US', unit),
          e(0x00186026, 'US', unit),
          e(0x0018602c, 'FD', doubles(0.05)),
          e(0x0018602e, 'FD', doubles(-0.04)),
        ),
      );
    const { facts } = await frameOf({ modality: 'US', before: [sequence(0x00186011, 'SQ', [region(3), region(4)])] });
    expect(facts.regions).to.deep.equal([{ minX: 1, minY: 2, maxX: 30, maxY: 40, mmX: 0.5, mmY: 0.4 }]);
  });

  it('of an enhanced object are those of the frame, then the shared ones, then those at the top', async () => {
    const group = (tag: number, ...content: readonly Uint8Array[]): Uint8Array =>
      sequence(tag, 'SQ', [item(concatBytes(...content))]);
    const own = (z: number): Uint8Array =>
      item(
        concatBytes(
          group(0x00209113, e(0x00200032, 'DS', `0\\0\\${z}`)),
          group(0x00289132, e(0x00281050, 'DS', String(100 + z)), e(0x00281051, 'DS', '50')),
        ),
      );
    const shared = item(
      concatBytes(
        group(0x00209116, e(0x00200037, 'DS', '1\\0\\0\\0\\1\\0')),
        group(0x00289110, e(0x00180050, 'DS', '3'), e(0x00280030, 'DS', '0.5\\0.5')),
        group(0x00289145, e(0x00281052, 'DS', '-1000'), e(0x00281053, 'DS', '2'), e(0x00281054, 'LO', 'HU')),
      ),
    );
    const groups = [sequence(0x52009229, 'SQ', [shared]), sequence(0x52009230, 'SQ', [own(0), own(7)])];
    const after = [e(0x00281050, 'DS', '1'), e(0x00281051, 'DS', '2')];
    const second = await frameOf({ frames: 2, groups, after }, 1);
    expect([...second.values]).to.deep.equal([4, 5, 6, 7]);
    expect(second.facts.place?.position).to.deep.equal([0, 0, 7]);
    expect(second.windows).to.deep.equal([{ center: 107, width: 50, name: '', shape: 'linear' }]);
    expect([second.slope, second.intercept, second.unit]).to.deep.equal([2, -1000, 'HU']);
    expect([second.pixelSpacing, second.facts.thickness]).to.deep.equal([[0.5, 0.5], 3]);
  });

  it('hold windows as tables, whose entries are shades; one that is too short is left out', async () => {
    const table = (count: number): Uint8Array =>
      item(
        concatBytes(
          e(0x00283002, 'US', words(count, 10, 12)),
          e(0x00283003, 'LO', 'NORMAL'),
          e(0x00283006, 'OW', words(0, 2048, 4095)),
        ),
      );
    const { windows } = await frameOf({ after: [sequence(0x00283010, 'SQ', [table(3), table(4)])] });
    expect(windows).to.have.length(1);
    const [window] = windows;
    if (window?.shape !== 'table') throw new Error('no table');
    expect([window.name, window.first]).to.deep.equal(['NORMAL', 10]);
    expect([...window.entries].map((entry) => Math.round(entry * 4095))).to.deep.equal([0, 2048, 4095]);
  });

  it('name a film’s pace between 1 and 60 pictures a second, and none for a single picture', async () => {
    const pace = async (ms: string, frames: number): Promise<number | null> =>
      (await frameOf({ frames, before: [e(0x00181063, 'DS', ms)] })).facts.frameMs;
    expect([await pace('40', 3), await pace('40', 1), await pace('99999', 3), await pace('0', 3)]).to.deep.equal([
      40,
      null,
      1000,
      null,
    ]);
  });

  it('hold overlay planes, at their place, as bits', async () => {
    const plane = [
      e(0x60000010, 'US', 2),
      e(0x60000011, 'US', 4),
      e(0x60000050, 'SS', words(2, -1)),
      e(0x60000100, 'US', 1),
      e(0x60003000, 'OW', Uint8Array.of(0b10010110, 0)),
    ];
    const [first, ...others] = (await frameOf({ groups: plane })).planes;
    expect(others).to.deep.equal([]);
    expect(first).to.deep.equal({ x: -2, y: 1, width: 4, height: 2, bits: Uint8Array.of(0b10010110) });
    const short = [...plane.slice(0, 4), e(0x60003000, 'OW', new Uint8Array(0))];
    expect((await frameOf({ groups: short })).planes).to.deep.equal([]);
  });

  it('written as words with the high byte first give samples of 8 bits their places back, in each frame', async () => {
    const b: typeof element = (tag, vr, value) => element(tag, vr, value, EXPLICIT_BIG);
    const content = (frames: number, pixels: Uint8Array): Uint8Array =>
      concatBytes(
        b(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'),
        b(0x00280008, 'IS', String(frames)),
        b(0x00280010, 'US', 1),
        b(0x00280011, 'US', 3),
        b(0x00280100, 'US', 8),
        b(0x7fe00010, 'OW', pixels),
      );
    const bytes = file({ syntax: '1.2.840.10008.1.2.2' }, content(2, Uint8Array.of(2, 1, 4, 3, 6, 5)));
    const [first, second] = [await viewOf(bytes), await viewOf(bytes, 1)];
    expect(first.kind === 'gray' && [...first.values]).to.deep.equal([1, 2, 3]);
    expect(second.kind === 'gray' && [...second.values]).to.deep.equal([4, 5, 6]);
  });
});

describe('a segmented palette', () => {
  it('is runs, lines and repetitions, as the standard’s three kinds', () => {
    expect(expand([0, 3, 10, 20, 30], 3)).to.deep.equal([10, 20, 30]);
    expect(expand([0, 1, 0, 1, 4, 100], 5)).to.deep.equal([0, 25, 50, 75, 100]);
    // The run and the line of before, once more: they begin at byte 0.
    expect(expand([0, 1, 0, 1, 2, 10, 2, 2, 0, 0], 6)).to.deep.equal([0, 5, 10, 0, 5, 10]);
  });

  it('that leads nowhere, repeats a repetition or is too short is refused, and nothing else happens', () => {
    for (const words of [
      [0, 2, 1],
      [1, 2, 5],
      [2, 1, 0, 0],
      [3, 1, 1],
      [0, 1, 7, 2, 1, 0, 0, 2, 1, 6, 0],
    ]) {
      expect(() => expand(words, 16), words.join())
        .to.throw()
        .with.property('code', 'image-invalid');
    }
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 24 }), (words) => {
        try {
          expect(expand(words, 256)).to.have.length(256);
        } catch (error) {
          expect((error as { code?: unknown }).code).to.equal('image-invalid');
        }
      }),
      { numRuns: 200 },
    );
  });
});
