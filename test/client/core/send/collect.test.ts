import { assert } from 'chai';
import { concatBytes } from '../../../../crypto/wire/bytes.js';
import { fileIdFrom } from '../../../../crypto/wire/ids.js';
import { encodePlan } from '../../../../client/core/package/plan-codec.js';
import { travelOrder } from '../../../../client/core/package/plan.js';
import type { ByteSource } from '../../../../client/core/ports.js';
import { collectStudies, type Collection } from '../../../../client/core/send/collect.js';
import { mapOrdered } from '../../../../client/core/send/concurrency.js';
import { planPackage } from '../../../../client/core/send/plan-package.js';
import { codeOf } from '../../../support/codes.js';
import { element, file, item, sequence } from '../../../support/dicom-bytes.js';
import { memorySource, sourceTree } from '../../../support/memory-source.js';
import { nodeSha256 } from '../../../support/node-sha256.js';

interface InstanceChoices {
  readonly study?: string;
  readonly series?: string;
  readonly sop?: string;
  readonly seriesNumber?: number;
  readonly number?: number;
  readonly position?: string;
  readonly orientation?: string;
  readonly patient?: string;
  readonly date?: string;
  readonly acquisition?: number;
  readonly trigger?: number;
}

function instance(name: string, choices: InstanceChoices = {}): ByteSource {
  const {
    study = '1.2',
    series = `${study}.1`,
    sop = `1.9.${[...name].map((char) => char.charCodeAt(0)).join('')}`,
  } = choices;
  const text = (tag: number, vr: string, value: string | undefined): Uint8Array =>
    value === undefined ? new Uint8Array(0) : element(tag, vr, value);
  const dataSet = concatBytes(
    element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    element(0x00080018, 'UI', sop),
    text(0x00080020, 'DA', choices.date),
    element(0x00100010, 'PN', choices.patient ?? 'Muster^Erika'),
    element(0x0020000d, 'UI', study),
    element(0x0020000e, 'UI', series),
    text(0x00181060, 'DS', choices.trigger?.toString()),
    text(0x00200012, 'IS', choices.acquisition?.toString()),
    text(0x00200011, 'IS', choices.seriesNumber?.toString()),
    text(0x00200013, 'IS', choices.number?.toString()),
    text(0x00200032, 'DS', choices.position),
    text(0x00200037, 'DS', choices.orientation),
  );
  return memorySource(name, file({}, dataSet));
}

function collect(sources: readonly ByteSource[]): Promise<Collection> {
  return collectStudies({ tree: sourceTree(sources), createSha256: nodeSha256 });
}

function pathsOf({ studies }: Collection): string[] {
  return studies.flatMap(({ series }) => series.flatMap(({ instances }) => instances.map(({ source }) => source.name)));
}

describe('collecting', () => {
  it('sorts a stack along its normal, whatever numbers and paths say', async () => {
    const coronal = '1\\0\\0\\0\\0\\-1';
    const sources = [5, -10, 0, 20].map((y, i) =>
      instance(`${i}`, { position: `7\\${y}\\3`, orientation: coronal, number: i }),
    );
    assert.deepEqual(pathsOf(await collect(sources)), ['1', '2', '0', '3']);
  });

  it('sorts a stack of a tilted gantry, whose slices also shift sideways', async () => {
    const tilted = '1\\0\\0\\0\\0.94\\-0.34';
    const sources = [2, 0, 3, 1].map((n) =>
      instance(`${n}`, { position: `0\\${-3 * n}\\${5 * n}`, orientation: tilted, number: 9 - n }),
    );
    assert.deepEqual(pathsOf(await collect(sources)), ['0', '1', '2', '3']);
  });

  it('shows phase after phase where places are taken more than once, however they are numbered', async () => {
    const axial = '1\\0\\0\\0\\1\\0';
    const at = (z: number, phase: number, choices: InstanceChoices): ByteSource =>
      instance(`${z}-${phase}`, { position: `0\\0\\${z + 0.001 * phase}`, orientation: axial, ...choices });
    const expected = ['0-1', '5-1', '10-1', '0-2', '5-2', '10-2'];
    const places = [10, 0, 5];
    const byNumber = places.flatMap((z) => [1, 2].map((phase) => at(z, phase, { number: z * 10 + phase })));
    assert.deepEqual(pathsOf(await collect(byNumber)), expected);
    const byTrigger = places.flatMap((z) =>
      [2, 1].map((phase) => at(z, phase, { number: 9 - phase, trigger: 40 * phase })),
    );
    assert.deepEqual(pathsOf(await collect(byTrigger)), expected);
    const byAcquisition = places.flatMap((z) =>
      [2, 1].map((phase) => at(z, phase, { number: 9 - phase, acquisition: phase })),
    );
    assert.deepEqual(pathsOf(await collect(byAcquisition)), expected);
  });

  it('shows the planes of a localizer one after the other, by their first number', async () => {
    const plane = (name: string, orientation: string, position: string, number: number): ByteSource =>
      instance(name, { orientation, position, number });
    const found = await collect([
      plane('cor2', '1\\0\\0\\0\\0\\-1', '0\\9\\0', 4),
      plane('sag1', '0\\1\\0\\0\\0\\-1', '1\\0\\0', 2),
      plane('cor1', '1\\0\\0\\0\\0\\-1', '0\\3\\0', 3),
      plane('sag2', '0\\1\\0\\0\\0\\-1', '-5\\0\\0', 1),
    ]);
    assert.deepEqual(pathsOf(found), ['sag1', 'sag2', 'cor1', 'cor2']);
  });

  it('ends in time for thousands of places and as many passes', async () => {
    const scan = (z: number): string => `0\\0\\${z}`;
    const axial = '1\\0\\0\\0\\1\\0';
    const sources = Array.from({ length: 4000 }, (_, i) =>
      instance(`${i}`, { position: scan(i < 2000 ? 0 : i), orientation: axial, number: i }),
    );
    const start = performance.now();
    assert.lengthOf(pathsOf(await collect(sources)), 4000);
    assert.isBelow(performance.now() - start, 5000);
  });

  it('sorts by instance number, then path, where there is no stack', async () => {
    const sources = [
      instance('c'),
      instance('b', { number: 10 }),
      instance('a', { number: 9, position: '0\\0\\9', orientation: '1\\0\\0\\0\\1\\0' }),
      instance('e', { number: 9, position: '0\\0\\1', orientation: '0\\1\\0\\0\\0\\-1' }),
      instance('d'),
    ];
    assert.deepEqual(pathsOf(await collect(sources)), ['a', 'e', 'b', 'c', 'd']);
  });

  it('sorts studies by date and series by number, those without last', async () => {
    const sources = [
      instance('b2', { study: '1.5', date: '20260202' }),
      instance('a3', { study: '1.6', date: '20260101', series: '1.6.1' }),
      instance('a2', { study: '1.6', date: '20260101', series: '1.6.2', seriesNumber: 12 }),
      instance('a1', { study: '1.6', date: '20260101', series: '1.6.3', seriesNumber: 2 }),
    ];
    assert.deepEqual(pathsOf(await collect(sources)), ['a1', 'a2', 'a3', 'b2']);
  });

  it('gives the same tree for the same files in any order', async () => {
    const sources = ['a', 'b', 'c', 'd', 'e'].map((name, i) =>
      instance(name, { number: 5 - i, study: i < 2 ? '1.2' : '1.3' }),
    );
    assert.deepEqual(pathsOf(await collect(sources.toReversed())), pathsOf(await collect(sources)));
  });

  it('names what is not an instance and why, and what cannot be read', async () => {
    const whole = instance('x');
    const cut = memorySource('cut.dcm', (await whole.read(0, whole.size)).subarray(0, -3));
    const broken = { ...memorySource('broken.dcm', new Uint8Array(9)), read: () => Promise.reject(new Error('EIO')) };
    const found = await collect([memorySource('notes.txt', new Uint8Array(9)), cut, broken, whole]);
    assert.deepEqual(
      found.others.map(({ path, reason }) => [path, reason]),
      [
        ['notes.txt', 'not-dicom'],
        ['cut.dcm', 'truncated'],
      ],
    );
    assert.deepEqual(
      found.skipped.map(({ path, reason }) => [path, reason]),
      [['broken.dcm', 'unreadable']],
    );
    assert.deepEqual(pathsOf(found), ['x']);
  });

  it('sends identical duplicates once and conflicting ones both', async () => {
    const found = await collect([
      instance('a', { sop: '1.9' }),
      instance('b', { sop: '1.9' }),
      instance('c', { sop: '1.9', number: 3 }),
      instance('d', { sop: '1.9', patient: 'Muster^Ericb' }),
    ]);
    assert.deepEqual(pathsOf(found), ['c', 'a', 'd']);
    assert.deepEqual(
      found.duplicates.map(({ path, kind }) => [path, kind]),
      [
        ['b', 'identical'],
        ['c', 'conflicting'],
        ['d', 'conflicting'],
      ],
    );
  });

  it('warns of more than one patient', async () => {
    assert.isFalse((await collect([instance('a'), instance('b')])).mixedPatients);
    const mixed = await collect([instance('a'), instance('b', { patient: 'Muster^Max' }), instance('c')]);
    assert.isTrue(mixed.mixedPatients);
    assert.deepEqual(
      mixed.patients.map(({ name, instances }) => [name, instances]),
      [
        ['Muster^Erika', 2],
        ['Muster^Max', 1],
      ],
    );
  });

  it('reports progress and stops when it is told to', async () => {
    const seen: number[] = [];
    const sources = ['a', 'b', 'c'].map((name) => instance(name));
    await collectStudies({
      tree: sourceTree(sources),
      createSha256: nodeSha256,
      onProgress: ({ files }) => seen.push(files),
    });
    assert.deepEqual(seen, [1, 2, 3]);
    const aborted = collectStudies({
      tree: sourceTree(sources),
      createSha256: nodeSha256,
      signal: AbortSignal.abort(),
    });
    assert.equal(await codeOf(() => aborted), 'aborted');
  });
});

describe('mapping with bounded concurrency', () => {
  it('keeps the order and the bound', async () => {
    let running = 0;
    let most = 0;
    const items = (async function* () {
      for (let i = 0; i < 20; i++) yield await Promise.resolve(i);
    })();
    const results: number[] = [];
    for await (const result of mapOrdered(items, 3, async (item) => {
      most = Math.max(most, ++running);
      for (let turn = 0; turn < (item * 7) % 5; turn++) await Promise.resolve();
      running -= 1;
      return item;
    })) {
      results.push(result);
    }
    assert.deepEqual(
      results,
      Array.from({ length: 20 }, (_, i) => i),
    );
    assert.isAtMost(most, 3);
  });
});

describe('planning a package', () => {
  let next = 0;
  const newFileId = (): ReturnType<typeof fileIdFrom> => fileIdFrom(new Uint8Array(16).fill(++next));

  it('lets the report, then the series from coarse to fine, then the attachments travel', async () => {
    const slices = Array.from({ length: 5 }, (_, i) => instance(`s${i}`, { number: i }));
    const { studies } = await collect([...slices, instance('other', { series: '1.2.7', seriesNumber: 1 })]);
    const report = memorySource('out/Befund.pdf', new Uint8Array(3));
    const { plan, sources } = planPackage(
      studies,
      [
        {
          kind: 'attachment',
          source: memorySource('../x\u202e/brief\u0000.txt', new Uint8Array(0)),
          mediaType: 'text/plain',
        },
        { kind: 'report', source: report, mediaType: 'application/pdf' },
      ],
      newFileId,
    );
    assert.deepEqual(
      travelOrder(plan).map(({ fileId }) => sources.get(fileId)?.name),
      ['out/Befund.pdf', 'other', 's2', 's1', 's3', 's0', 's4', '../x\u202e/brief\u0000.txt'],
    );
    assert.deepEqual(
      plan.documents.map(({ name }) => name),
      ['brief.txt', 'Befund.pdf'],
    );
    assert.deepEqual(plan.studies[0]?.patient, { name: 'Muster^Erika', id: '', birthDate: '', sex: '' });
    assert.doesNotThrow(() => encodePlan(plan));
  });

  it('halves the steps through a series level by level, whatever its length', async () => {
    for (const length of [1, 2, 3, 7, 8, 9, 33]) {
      const slices = Array.from({ length }, (_, i) => instance(`s${i}`, { number: i }));
      const { studies } = await collect(slices);
      const { plan } = planPackage(studies, [], newFileId);
      assert.deepEqual(
        [...plan.order].sort((a, b) => a - b),
        [...slices.keys()],
        `${length}: each once`,
      );
      for (let count = 1; count <= length; count *= 2) {
        const seen = [-1, ...plan.order.slice(0, count).sort((a, b) => a - b), length];
        const gaps = seen.slice(1).map((place, i) => place - (seen[i] ?? 0));
        assert.isAtMost(Math.max(...gaps), Math.ceil((2 * (length + 1)) / count), `${length}: after ${count}`);
      }
    }
  });

  it('lets key images travel first, and what names them; not what is only listed as evidence', async () => {
    const slices = Array.from({ length: 9 }, (_, i) => instance(`s${i}`, { number: i, sop: `1.9.${i}` }));
    const reference = (uid: string): Uint8Array => {
      const sopClass = element(0x00081150, 'UI', '1.2.840.10008.5.1.4.1.1.2');
      return sequence(0x00081199, 'SQ', [item(concatBytes(sopClass, element(0x00081155, 'UI', uid)))]);
    };
    const nested = sequence(0x0040a730, 'SQ', [item(reference('1.9.7'))]);
    const selection = concatBytes(
      element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.88.59'),
      element(0x00080018, 'UI', '1.9.99'),
      element(0x0020000d, 'UI', '1.2'),
      element(0x0020000e, 'UI', '1.2.77'),
      sequence(0x0040a375, 'SQ', [item(reference('1.9.1'))]),
      sequence(0x0040a730, 'SQ', [item(nested), item(reference('1.9.0'))]),
    );
    const { studies } = await collect([...slices, memorySource('ko', file({}, selection))]);
    const { plan, sources } = planPackage(studies, [], newFileId);
    const names = travelOrder(plan).map(({ fileId }) => sources.get(fileId)?.name);
    assert.deepEqual(names.slice(0, 4), ['s0', 's7', 'ko', 's4']);
  });

  it('gives a nameless file a name', () => {
    const { plan } = planPackage(
      [],
      [{ kind: 'report', source: memorySource('\u0001', new Uint8Array(1)), mediaType: 'a/b' }],
      newFileId,
    );
    assert.equal(plan.documents[0]?.name, 'file');
  });
});
