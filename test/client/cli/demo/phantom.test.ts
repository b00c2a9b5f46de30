import { assert } from 'chai';
import { createHash } from 'node:crypto';
import { crStudy, ctStudy, mrStudy, type PhantomFile } from '../../../../client/cli/demo/phantom.js';
import { collectStudies } from '../../../../client/core/send/collect.js';
import { memorySource, sourceTree } from '../../../support/memory-source.js';
import { nodeSha256 } from '../../../support/node-sha256.js';
import { readWithDcmjs } from '../../../support/second-reader.js';

async function collected(files: Iterable<PhantomFile>): ReturnType<typeof collectStudies> {
  const sources = [...files].map(({ name, bytes }) => memorySource(name, bytes));
  return collectStudies({ tree: sourceTree(sources), createSha256: nodeSha256 });
}

function digest(files: Iterable<PhantomFile>): string {
  const hash = createHash('sha256');
  for (const { name, bytes } of files) hash.update(name).update(bytes);
  return hash.digest('hex');
}

describe('phantoms', () => {
  it('are the same for the same seed, and others for another', () => {
    assert.equal(digest(ctStudy({ slices: 3, seed: 7 })), digest(ctStudy({ slices: 3, seed: 7 })));
    assert.notEqual(digest(ctStudy({ slices: 3, seed: 7 })), digest(ctStudy({ slices: 3, seed: 8 })));
  });

  it('are collected as one study of one series each, in the order of the slices', async () => {
    for (const [files, modality, count] of [
      [ctStudy({ slices: 12, patientName: 'Müller^Jürgen' }), 'CT', 12],
      [mrStudy({ slices: 5, patientName: 'Müller^Jürgen' }), 'MR', 5],
      [crStudy({ columns: 232, rows: 306, patientName: 'Müller^Jürgen' }), 'CR', 1],
    ] as const) {
      const { studies, others, duplicates } = await collected(files);
      assert.deepEqual([others, duplicates], [[], []]);
      assert.equal(studies[0]?.patient.name, 'Müller^Jürgen');
      const [series] = studies[0]?.series ?? [];
      assert.equal(series?.modality, modality);
      const numbers = series?.instances.map(({ scan }) => scan.instanceNumber);
      assert.deepEqual(
        numbers,
        Array.from({ length: count }, (_, i) => i + 1),
      );
    }
  });

  it('are read by dcmjs with the same values', () => {
    for (const signed of [false, true]) {
      const [file] = ctStudy({ slices: 1, signed });
      const dataSet = readWithDcmjs(file?.bytes ?? new Uint8Array(0));
      assert.include(dataSet, {
        Modality: 'CT',
        Rows: 512,
        Columns: 512,
        BitsAllocated: 16,
        PixelRepresentation: signed ? 1 : 0,
      });
      assert.equal(dataSet['RescaleIntercept'], signed ? 0 : -1024);
      assert.equal((dataSet['PixelData'] as ArrayBuffer[])[0]?.byteLength, 512 * 512 * 2);
    }
  });

  it('show a head in air, with noise', () => {
    const [file] = ctStudy({ slices: 1, signed: true });
    const bytes = file?.bytes.slice() ?? new Uint8Array(0);
    const pixels = new Int16Array(bytes.buffer.slice(bytes.length - 512 * 512 * 2));
    const mean = (row: number, column: number): number =>
      pixels.subarray(row * 512 + column, row * 512 + column + 20).reduce((sum, value) => sum + value, 0) / 20;
    assert.closeTo(mean(5, 5), -1000, 15);
    assert.closeTo(mean(350, 246), 36, 15);
    assert.isAbove(new Set(pixels.subarray(0, 500)).size, 20);
  });

  it('of any length need the memory of one slice', () => {
    let files = 0;
    for (const { bytes } of ctStudy({ slices: 4000 })) {
      assert.isAbove(bytes.length, 512 * 1024);
      if (++files === 5) break;
    }
    assert.equal(files, 5);
  });
});
