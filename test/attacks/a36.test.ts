import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { createDeidentifier } from '../../client/core/deidentification/deidentify.js';
import { readyProfile } from '../../client/core/deidentification/profile.js';
import { REPORT_MEDIA_TYPE } from '../../client/core/deidentification/report.js';
import { createPseudonyms } from '../../client/core/deidentification/secret.js';
import { deidentifyStudies, reopenDeidentified } from '../../client/core/send/deidentify.js';
import { collectStudies } from '../../client/core/send/collect.js';
import { createSha256 } from '../../client/core/sha256.js';
import { canaryCase } from '../support/canary/cases.js';
import { codingsOf } from '../support/canary/score.js';
import { ok, run } from '../support/cli.js';
import { codeOf } from '../support/codes.js';
import { element, file } from '../support/dicom-bytes.js';
import { filesBelow, isPublished } from '../support/files.js';
import { hexDigest } from '../support/media.js';
import { memorySource, sourceTree } from '../support/memory-source.js';
import { createWorld, type World } from '../support/world.js';

/** A36: names in private tags, nested sequences, overlays, file meta, file names, UIDs, pixels, after de-identification. */

const NAME = 'Mustermann';

/** Of an ultrasound image who was examined usually stands in the picture. */
function ofModality(modality: 'CT' | 'US'): Uint8Array {
  const part = element(0x00180015, 'CS', 'ABDOMEN ');
  const looked = [
    element(0x00280004, 'CS', 'MONOCHROME2'),
    element(0x00280101, 'US', 12),
    element(0x00280102, 'US', 11),
    element(0x00280103, 'US', 0),
  ];
  // The CT can be looked at. The ultrasound does not say how its pixels are to be read: nobody knows what it shows.
  const image = modality === 'CT' ? [part, ...looked] : [part];
  const bytes = Buffer.from(file({ extra: image, patientName: `${NAME}^Erika` }));
  const at = bytes.indexOf(Buffer.from(element(0x00080060, 'CS', 'CT')));
  bytes.write(modality, at + 8, 'latin1');
  return new Uint8Array(bytes);
}

describe('A36: the patient in a de-identified instance', function () {
  this.timeout(120_000);
  let world: World;

  before(async () => {
    world = await createWorld();
  });
  after(() => world.close());

  it('is nowhere: not in bytes, in names of files or in the report', async () => {
    const input = world.path(`${NAME}_Erika`);
    await mkdir(join(input, NAME), { recursive: true });
    const cases = Array.from({ length: 12 }, (_, index) => canaryCase(36, index, [], 6));
    for (const [index, { bytes }] of cases.entries()) await writeFile(join(input, NAME, `${NAME}-${index}.dcm`), bytes);
    const key = world.path('key');
    await writeFile(key, new Uint8Array(32).fill(5));
    const out = world.path('deidentified');
    const [report, manifest] = [world.path('report.json'), world.path('manifest.json')];
    const ran = await ok(['deidentify', input, out, '--key', key, '--report', report, '--manifest', manifest]);
    expect(ran.lines.at(-1)).to.include({ type: 'deidentified', files: cases.length, refused: 0 });
    const names = await filesBelow(out);
    expect(names).to.have.length(cases.length);
    expect(names.every((name) => /^[0-9a-f]{32}\.dcm$/.test(name))).to.equal(true);
    const outputs = await Promise.all(names.map((name) => readFile(join(out, name))));
    const pages = await Promise.all([report, world.path('report.html')].map((path) => readFile(path)));
    const plain = cases.filter((_, index) => index % 4 !== 3);
    for (const { value, expect: outcome, where } of plain.flatMap(({ plants }) => plants)) {
      const coded = outcome === 'gone' ? codingsOf(value) : [];
      const found = [...outputs, ...pages].some((bytes) => coded.some((one) => bytes.includes(one)));
      expect(found, `${where}: ${value}`).to.equal(false);
    }
    const { map } = JSON.parse(await readFile(manifest, 'utf8')) as { map: Record<string, string> };
    expect(Object.keys(map)).to.include(`${NAME}/${NAME}-0.dcm`);
  });

  it('has the same pseudonyms with the same key, and others with another', async () => {
    const input = world.path('one.dcm');
    await writeFile(input, ofModality('CT'));
    const key = world.path('key2');
    await writeFile(key, `${'ab'.repeat(32)}\n`);
    const bytesOf = async (name: string, ...args: string[]): Promise<string> => {
      await ok(['deidentify', input, world.path(name), ...args]);
      return (await readFile(world.path(name))).toString('latin1');
    };
    const first = await bytesOf('a.dcm', '--key', key);
    expect(await bytesOf('b.dcm', '--key', key)).to.equal(first);
    expect(await bytesOf('c.dcm', '--key', key, '--purpose', 'study 7')).not.to.equal(first);
    expect(await bytesOf('d.dcm')).not.to.equal(first);
    const short = await run(['deidentify', input, world.path('e.dcm'), '--key', input]);
    expect([short.code, short.error?.code]).to.deep.equal([1, 'secret-invalid']);
    const unknown = await run(['deidentify', input, world.path('e.dcm'), '--profile', 'everything']);
    expect([unknown.code, unknown.error?.code]).to.deep.equal([1, 'profile-invalid']);
  });

  it('is blackened where a person drew a mask, and nowhere else', async () => {
    const folder = world.path('masked-in');
    await mkdir(folder);
    await writeFile(join(folder, 'us.dcm'), ofModality('US'));
    const masks = world.path('masks.json');
    await writeFile(masks, JSON.stringify({ 'us.dcm': [[0, 0, 4, 1, null]] }));
    await ok(['deidentify', folder, world.path('masked'), '--masks', masks]);
    const [name = ''] = await filesBelow(world.path('masked'));
    const bytes = await readFile(join(world.path('masked'), name));
    expect(
      bytes.subarray(-24).equals(Buffer.from([...Array<number>(8).fill(0), ...Array<number>(16).fill(7)])),
    ).to.equal(true);
  });

  it('holds a send until the sender decides, where the picture may show the name', async () => {
    const nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    const sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    const [ct, us] = [world.path('ct.dcm'), world.path('us.dcm')];
    await writeFile(ct, ofModality('CT'));
    await writeFile(us, ofModality('US'));
    const send = ['send', '--keystore', nord.keystore, '--to', sued.address, '--deidentify', 'basic'];
    const held = await run([...send, us]);
    expect([held.code, held.error?.code]).to.deep.equal([1, 'deidentification-refused']);
    const wrong = await run([...send, ct, '--all-files']);
    expect([wrong.code, wrong.error?.code]).to.deep.equal([2, 'usage']);
    const lost = await run(['send', '--keystore', nord.keystore, '--to', sued.address, ct, '--with-report', 'x.json']);
    expect([lost.code, lost.error?.code]).to.deep.equal([2, 'usage']);
    const report = world.path('report.json');
    const told = await ok([...send, ct, '--with-report', report]);
    await expectReport(String(told.lines.at(-1)?.['messageId']), sued.keystore, await readFile(report));
    const sent = await ok([...send, '--confirm-risk', us]);
    expect(sent.lines.at(-1)).to.include({ type: 'sent', instances: 1 });
  });

  /** The recipient has the report as an attachment, and its digest is that of the instance that came with it. */
  async function expectReport(messageId: string, keystore: string, written: Buffer): Promise<void> {
    const out = world.path('with-report');
    const fetched = await ok(['fetch', messageId, '--keystore', keystore, '--out', out]);
    expect(fetched.lines.at(-1)?.['documents']).to.deep.equal([
      { kind: 'attachment', name: 'deidentification.json', mediaType: REPORT_MEDIA_TYPE },
      { kind: 'attachment', name: 'deidentification.html', mediaType: 'text/html' },
    ]);
    const files = (await filesBelow(out)).filter(isPublished);
    const named = (ending: string): string => join(out, files.find((name) => name.endsWith(ending)) ?? '');
    expect((await readFile(named('.json'))).equals(written)).to.equal(true);
    const { instances } = JSON.parse(written.toString()) as {
      readonly instances: readonly { readonly output: string }[];
    };
    expect(instances.map(({ output }) => output)).to.deep.equal([hexDigest(await readFile(named('.dcm')))]);
    for (const ending of ['.json', '.html']) expect((await readFile(named(ending))).includes(NAME)).to.equal(false);
  }
});

describe('the step of de-identification in a send', () => {
  const deidentifier = createDeidentifier({
    profile: readyProfile('basic'),
    pseudonyms: createPseudonyms(new Uint8Array(32).fill(9)),
    cleaner: null,
    wayBack: null,
  });

  it('gives sources that a later run makes again, byte for byte, and refuses what has changed', async () => {
    const original = { ...memorySource(`${NAME}.dcm`, ofModality('CT')), locator: 'the-original' };
    const { studies } = await collectStudies({ tree: sourceTree([original]), createSha256 });
    const result = await deidentifyStudies(studies, { deidentifier, recipe: 'r', decision: 'hold' });
    const source = result.studies[0]?.series[0]?.instances[0]?.source ?? expect.fail('nothing came out');
    const bytes = Buffer.from(await source.read(0, source.size));
    expect(bytes.includes(NAME)).to.equal(false);
    expect(source.name).not.to.include(NAME);
    expect(result.studies[0]?.patient.name).to.match(/^P[0-9A-Z]{12}$/);
    const recipes: string[] = [];
    const remake = (now: Uint8Array) =>
      reopenDeidentified(
        (locator) => Promise.resolve({ ...memorySource('x', now), locator }),
        (recipe) => {
          recipes.push(recipe);
          return deidentifier;
        },
      );
    const again = await remake(ofModality('CT'))(source.locator ?? '');
    expect(Buffer.from(await again.read(0, again.size)).equals(bytes)).to.equal(true);
    expect(recipes).to.deep.equal(['r']);
    const other = await remake(file({ patientName: 'X', extra: [element(0x00180050, 'DS', '1.25')] }))(
      source.locator ?? '',
    );
    expect(await codeOf(() => other.read(0, 10))).to.equal('source-changed');
  });
});
