import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { readHeader } from '../../../client/core/dicom/header.js';
import { memorySource } from '../../../client/core/deidentification/open-instance.js';
import { type ByteSource } from '../../../client/core/ports.js';
import { type PacsConfig } from '../../../client/gateway/config/config.js';
import { coerceInstance } from '../../../client/gateway/import/coerce.js';
import { dropDecision, watchDecisions } from '../../../client/gateway/import/decision-inbox.js';
import { type ImportsOptions, type Imports, candidateOf, openImports } from '../../../client/gateway/import/imports.js';
import { type Deed } from '../../../client/gateway/incoming/deeds.js';
import { type Incoming } from '../../../client/gateway/incoming/incoming.js';
import { type ReceivedFile } from '../../../client/gateway/incoming/received-files.js';
import { openPacsDelivery } from '../../../client/gateway/pacs/delivery.js';
import { type Identity, compareIdentities } from '../../../client/gateway/patients/compare.js';
import { type LocalPatient, openLocalPatients } from '../../../client/gateway/patients/local-patients.js';
import { type DicomJson, firstText, toDicomJson } from '../../../client/gateway/received/data-set.js';
import { type TestFolder, createFolder } from '../../support/folder.js';
import { freePort, memoryPacs, silent } from '../../support/gateways.js';
import { type TinyInstance, tinyStudy } from '../../support/tiny-study.js';

const LOCAL: LocalPatient = {
  ...{ patientId: '4711', issuer: 'PRAXIS', name: 'Mueller^Erika', birthDate: '19600203', sex: 'F' },
  ...{ accessionNumber: '', source: 'pacs' },
};

describe('the comparison of patients', () => {
  const erika: Identity = { name: 'Müller^Erika', birthDate: '19600203', sex: 'F' };
  const verdict = (change: Partial<Identity>, of: Identity = erika): string =>
    compareIdentities(of, { ...erika, ...change });

  it('calls exact what is written alike, whatever the case, the umlauts and the titles', () => {
    for (const name of ['Müller^Erika', 'MUELLER^ERIKA', 'müller^erika^^Dr.', 'Müller^Erika=ミュラー^エリカ']) {
      expect(verdict({ name })).to.equal('exact', name);
    }
    expect(verdict({ sex: '' })).to.equal('exact');
    expect(verdict({ birthDate: '1960.02.03' })).to.equal('exact');
  });

  it('leaves to a person what may be a slip, and what says too little', () => {
    const probable: Partial<Identity>[] = [
      ...['Muller^Erika', 'Müler^Erika', 'Müller^Erika Anna', 'Müller-Schulz^Erika', 'Erika^Müller'].map((name) => ({
        name,
      })),
      // Another family name after a marriage.
      { name: 'Schulz^Erika' },
      ...['19600302', '19600204', ''].map((birthDate) => ({ birthDate })),
      { sex: 'M' },
      { name: 'Müller' },
    ];
    for (const change of probable) expect(verdict(change)).to.equal('probable', JSON.stringify(change));
  });

  it('calls nobody the same who differs in name or birth date', () => {
    const none: Partial<Identity>[] = [
      ...[
        { name: 'Meier^Hans' },
        { name: 'Müller^Hans', birthDate: '19600204' },
        { birthDate: '19710203' },
        { name: '' },
      ],
      { name: 'Schulz^Erika', birthDate: '19600204' },
    ];
    for (const change of none) expect(verdict(change)).to.equal('none', JSON.stringify(change));
    const nobody = { birthDate: '', sex: '' };
    // A dash is no given name, on either side.
    expect(compareIdentities({ name: 'A^', ...nobody }, { name: 'a^-', ...nobody })).to.equal('none');
    expect(compareIdentities({ name: 'a^-', ...nobody }, { name: 'A^', ...nobody })).to.equal('none');
    expect(verdict({}, { name: '', birthDate: '', sex: '' })).to.equal('none');
  });

  it('does not depend on which of the two comes first, and never calls exact what has another birth date', () => {
    const name = fc.stringMatching(/^[A-Za-zäöüß -]{0,8}\^[A-Za-zäöüß -]{0,8}$/);
    const date = fc.constantFrom('', '19600203', '19600302', '20011231', '19600213');
    const person = fc.record({ name, birthDate: date, sex: fc.constantFrom('', 'M', 'F', 'O') });
    fc.assert(
      fc.property(person, person, (one, other) => {
        expect(compareIdentities(one, other)).to.equal(compareIdentities(other, one));
        if (one.birthDate !== other.birthDate) expect(compareIdentities(one, other)).to.not.equal('exact');
      }),
    );
  });
});

async function bytesOf(source: ByteSource): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.stream()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

async function headerOf(bytes: Uint8Array): Promise<DicomJson> {
  const header = await readHeader(memorySource(bytes));
  if (header.kind === 'refused') throw new Error(header.reason);
  return toDicomJson(header.elements);
}

const itemsOf = (data: DicomJson, tag: string): readonly DicomJson[] =>
  (data[tag]?.Value ?? []) as readonly DicomJson[];
const coercion = (patient: LocalPatient) => ({
  ...{ patient, modifiedBy: 'praxis@sued.example', source: 'befund@nord.example', atMs: Date.UTC(2026, 10, 25, 12) },
});
const CHANGED = ['00080050', '00100010', '00100020', '00100021', '00100030', '00100040', '04000561'];

describe('an instance under the own patient', () => {
  const [signed] = tinyStudy({ study: 'coerced', instances: 1 }) as [TinyInstance];
  const coerced = async (bytes: Uint8Array, patient: LocalPatient): Promise<Buffer> =>
    bytesOf(await coerceInstance(memorySource(bytes), coercion(patient)));

  it('has his number, name and no foreign accession number, and keeps what stood there', async () => {
    const data = await headerOf(await coerced(signed.bytes, LOCAL));
    expect(CHANGED.slice(0, 4).map((tag) => firstText(data, tag))).to.deep.equal([
      '',
      'Mueller^Erika',
      '4711',
      'PRAXIS',
    ]);
    const [item, ...others] = itemsOf(data, '04000561');
    expect(others).to.deep.equal([]);
    const [original] = itemsOf(item ?? {}, '04000550');
    expect(Object.keys(original ?? {}).sort()).to.deep.equal(['00080050', '00100010', '00100020', '00100021']);
    const texts = ['00080050', '00100010', '00100020', '00100021'].map((tag) => firstText(original ?? {}, tag));
    expect(texts).to.deep.equal(['ACC-1', 'Müller^Erika', 'P-17', '']);
    const about = ['04000562', '04000563', '04000564', '04000565'].map((tag) => firstText(item ?? {}, tag));
    expect(about).to.deep.equal(['20261125120000+0000', 'praxis@sued.example', 'befund@nord.example', 'COERCE']);
  });

  it('keeps the originals of an earlier change beside those of its own', async () => {
    const once = await coerced(signed.bytes, LOCAL);
    const data = await headerOf(await coerced(once, { ...LOCAL, patientId: '4712' }));
    const ids = itemsOf(data, '04000561').map((item) => firstText(itemsOf(item, '04000550')[0] ?? {}, '00100020'));
    expect(ids).to.deep.equal(['P-17', '4711']);
  });

  it('is the same bytes when nothing is different', async () => {
    const same: LocalPatient = {
      ...{ patientId: 'P-17', issuer: '', name: 'Müller^Erika', birthDate: '19600203', sex: 'F' },
      ...{ accessionNumber: 'ACC-1', source: 'person' },
    };
    expect((await coerced(signed.bytes, same)).equals(signed.bytes)).to.equal(true);
  });

  it('differs from what was signed in nothing else, whoever he is', async () => {
    const before = await headerOf(signed.bytes);
    const pixels = Buffer.from(signed.pixels.buffer);
    const text = (most: number) =>
      fc.string({ unit: 'binary', minLength: 1, maxLength: most }).map((one) => one.replaceAll(/[\\\p{C}\s^=]/gu, 'x'));
    const patient = fc.record({
      ...{ patientId: text(16), issuer: text(16), name: text(16), accessionNumber: text(8) },
      ...{ birthDate: fc.constantFrom('', '20010203'), sex: fc.constantFrom<LocalPatient['sex']>('', 'M', 'O') },
      source: fc.constant<LocalPatient['source']>('pvs'),
    });
    await fc.assert(
      fc.asyncProperty(patient, async (one) => {
        const bytes = await coerced(signed.bytes, one);
        const after = await headerOf(bytes);
        expect(firstText(after, '00100020')).to.equal(one.patientId);
        for (const tag of CHANGED) {
          delete (after as Record<string, unknown>)[tag];
          delete (before as Record<string, unknown>)[tag];
        }
        expect(after).to.deep.equal(before);
        expect(bytes.subarray(-pixels.length).equals(pixels)).to.equal(true);
      }),
      { numRuns: 12 },
    );
  });

  it('keeps a name that its character set cannot write, and refuses a number that it cannot', async () => {
    // The declaration becomes one that knows no umlauts.
    const latin = Buffer.from(
      Buffer.from(signed.bytes).toString('latin1').replace('ISO_IR 192', 'ISO_IR 144'),
      'latin1',
    );
    const data = await headerOf(await coerced(latin, { ...LOCAL, name: 'Möller^Erika' }));
    expect(firstText(data, '00100020')).to.equal('4711');
    expect(firstText(data, '00100010')).to.equal(firstText(await headerOf(latin), '00100010'));
    const refused = await coerced(latin, { ...LOCAL, patientId: 'ÄÖ' }).catch((error: { code: string }) => error.code);
    expect(refused).to.equal('patient-unwritable');
  });
});

describe('a study that comes for a PACS with store: match', () => {
  let folder: TestFolder;
  let count = 0;
  before(async () => void (folder = await createFolder()));
  after(() => folder.remove());

  const MESSAGE = '0123456789abcdef0123456789abcdef';
  const study = tinyStudy({ study: 'import', instances: 2 });
  const UID = study[0]?.study ?? '';

  /** One complete message, as the mailbox would show it; what is said of it is kept. */
  async function received(path: string) {
    const files: ReceivedFile[] = [];
    for (const { path: name, bytes, sop } of study) {
      const absolute = join(path, 'received', name);
      await mkdir(dirname(absolute), { recursive: true });
      await writeFile(absolute, bytes);
      files.push({ path: name, absolute, bytes: bytes.length, sha256: '', sopInstanceUid: sop });
    }
    const said = { deeds: [] as Deed[], imported: [] as number[] };
    const letter = { isOwn: false, from: 'befund@nord.example' };
    const incoming: Partial<Record<keyof Incoming, unknown>> = {
      list: () => [{ name: MESSAGE, seq: 1, letter, state: 'complete', failure: null, deeds: said.deeds }],
      files: () => Promise.resolve(files),
      note: (_name: string, deed: Deed) => Promise.resolve(void (said.deeds = [deed])),
      confirmImported: (_name: string, { instances }: { instances: number }) =>
        Promise.resolve(void said.imported.push(instances)),
      events: { subscribe: () => ({ [Symbol.dispose]: () => undefined }) },
    };
    return { incoming: incoming as unknown as Incoming, said, files };
  }

  async function scene(compare: NonNullable<ImportsOptions['compare']>) {
    const path = join(folder.path, String((count += 1)));
    await mkdir(path);
    const port = await freePort();
    const pacs = await memoryPacs(port);
    const config = {
      ...{ name: 'archiv', host: '127.0.0.1', port, aeTitle: 'PACS', callingAeTitle: 'BILDBOTE', timeout: 20_000 },
      ...{ store: 'match', commitment: 'auto', commitmentWait: 60_000 },
    } as PacsConfig;
    const patients = await openLocalPatients(path);
    const open = (): Promise<Imports> =>
      openImports({ folder: path, patients, modifiedBy: 'praxis@sued.example', now: () => Date.now(), compare });
    const { incoming, said, files } = await received(path);
    const deliver = (imports: Imports) =>
      openPacsDelivery({ log: silent, incoming, pacs: [config], imports, commitments: null });
    return { pacs, path, patients, open, deliver, said, files };
  }

  const idsOf = async (stored: readonly { bytes: Buffer; transferSyntaxUid: string }[]): Promise<string[]> => {
    const head = Buffer.from(study[0]?.bytes ?? []);
    const meta = head.subarray(0, 144 + head.readUInt32LE(140));
    return Promise.all(
      stored.map(async ({ bytes }) => firstText(await headerOf(Buffer.concat([meta, bytes])), '00100020')),
    );
  };

  it('is stored under the one patient who fits exactly, and the signed files stay untouched', async () => {
    const { pacs, open, deliver, said, files } = await scene(() =>
      Promise.resolve({ verdict: 'exact', candidates: [{ patient: LOCAL, verdict: 'exact' }] }),
    );
    await using delivery = deliver(await open());
    await delivery.settle();
    expect(await idsOf(pacs.stored)).to.deep.equal(['4711', '4711']);
    expect([said.imported, said.deeds[0]?.state]).to.deep.equal([[2], 'done']);
    for (const [at, { absolute }] of files.entries()) {
      expect((await readFile(absolute)).equals(Buffer.from(study[at]?.bytes ?? []))).to.equal(true);
    }
    await pacs[Symbol.asyncDispose]();
  });

  it('waits for a person when he is only probable, across a restart, and is stored as the person has decided', async () => {
    const { pacs, open, deliver, said } = await scene(() =>
      Promise.resolve({ verdict: 'probable', candidates: [{ patient: LOCAL, verdict: 'probable' }] }),
    );
    const first = deliver(await open());
    await first.settle();
    await first[Symbol.asyncDispose]();
    const imports = await open();
    await using delivery = deliver(imports);
    await delivery.settle();
    expect([pacs.stored.length, said.imported, said.deeds[0]?.code]).to.deep.equal([0, [], 'patient-undecided']);
    expect(delivery.status().counts['undecided']).to.equal(1);
    const unknown = await imports
      .decide(MESSAGE, '1.2.3', null, { kind: 'as-signed', by: 'Dr. B', atMs: 0 })
      .catch((error: { code: string }) => error.code);
    expect(unknown).to.equal('decision-unknown');
    expect(() => candidateOf(imports.of(MESSAGE), UID, '9999', null)).to.throw();
    const patient = candidateOf(imports.of(MESSAGE), UID, '4711', null);
    await imports.decide(MESSAGE, UID, null, { kind: 'assign', patient, by: 'Dr. B', atMs: Date.now() });
    await delivery.settle();
    expect(await idsOf(pacs.stored)).to.deep.equal(['4711', '4711']);
    expect([said.imported, said.deeds[0]?.state]).to.deep.equal([[2], 'done']);
    // Carried out is carried out.
    const again = await imports
      .decide(MESSAGE, UID, null, { kind: 'refuse', by: 'Dr. C', atMs: 0 })
      .catch((error: { code: string }) => error.code);
    expect(again).to.equal('decision-unknown');
    await pacs[Symbol.asyncDispose]();
  });

  it('is stored as somebody has decided at the command line, also while the gateway was down', async () => {
    const { pacs, path, open, deliver, said } = await scene(() => Promise.resolve({ verdict: 'none', candidates: [] }));
    const first = deliver(await open());
    await first.settle();
    await first[Symbol.asyncDispose]();
    const decision = { kind: 'assign', patient: { ...LOCAL, source: 'person' }, by: 'Dr. B', atMs: 1 } as const;
    await dropDecision(path, { message: MESSAGE, studyInstanceUid: UID, pacs: null, decision });
    await dropDecision(path, { message: MESSAGE, studyInstanceUid: '1.2.3', pacs: null, decision });
    await writeFile(join(path, 'decisions', `${'0'.repeat(32)}.json`), '{');
    const imports = await open();
    await using _watch = await watchDecisions(path, imports, silent);
    expect(await readdir(join(path, 'decisions'))).to.deep.equal([]);
    await using delivery = deliver(imports);
    await delivery.settle();
    expect(await idsOf(pacs.stored)).to.deep.equal(['4711', '4711']);
    expect(said.imported).to.deep.equal([2]);
    await pacs[Symbol.asyncDispose]();
  });

  it('stays out when nobody fits and a person refuses it; as signed it keeps its number', async () => {
    for (const kind of ['refuse', 'as-signed'] as const) {
      const { pacs, open, deliver, said } = await scene(() => Promise.resolve({ verdict: 'none', candidates: [] }));
      const imports = await open();
      await using delivery = deliver(imports);
      await delivery.settle();
      expect(pacs.stored).to.deep.equal([]);
      await imports.decide(MESSAGE, UID, null, { kind, by: 'Dr. B', atMs: 0 });
      await delivery.settle();
      expect(await idsOf(pacs.stored)).to.deep.equal(kind === 'refuse' ? [] : ['P-17', 'P-17']);
      expect(said.deeds[0]?.code).to.equal(kind === 'refuse' ? 'import-refused' : null);
      expect(said.imported).to.deep.equal(kind === 'refuse' ? [] : [2]);
      await pacs[Symbol.asyncDispose]();
    }
  });

  it('is compared once more when the practice names a patient', async () => {
    const { pacs, patients, open, deliver, said } = await scene((_incoming, offered) =>
      Promise.resolve(
        offered[0] === undefined
          ? { verdict: 'none', candidates: [] }
          : { verdict: 'exact', candidates: [{ patient: offered[0], verdict: 'exact' }] },
      ),
    );
    const imports = await open();
    patients.events.subscribe(() => imports.compareAgain());
    await using delivery = deliver(imports);
    await delivery.settle();
    expect(pacs.stored).to.deep.equal([]);
    await patients.offer({ ...LOCAL, source: 'pvs' }, 60_000);
    await delivery.settle();
    expect(await idsOf(pacs.stored)).to.deep.equal(['4711', '4711']);
    expect(said.imported).to.deep.equal([2]);
    await pacs[Symbol.asyncDispose]();
  });
});
