import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { openHanded } from '../../../client/gateway/exchange/handed.js';
import { handOverTo } from '../../../client/gateway/exchange/hand-over.js';
import { openRequests } from '../../../client/gateway/exchange/requests.js';
import { type ExchangeConfig, exchangeSchema } from '../../../client/gateway/config/exchange.js';
import { GDT_CHARSETS, type GdtCharset, decodeGdt, encodeGdt } from '../../../client/gateway/gdt/charset.js';
import { dateOf, localPatientOf } from '../../../client/gateway/gdt/patient.js';
import { type GdtField, encodeRecord, parseGdt } from '../../../client/gateway/gdt/record.js';
import { encodeReport, wrap } from '../../../client/gateway/gdt/report.js';
import { type ReceivedMessage } from '../../../client/gateway/incoming/incoming.js';
import { type ReceivedFile } from '../../../client/gateway/incoming/received-files.js';
import { createLog } from '../../../client/gateway/log.js';
import { type LocalPatient, openLocalPatients } from '../../../client/gateway/patients/local-patients.js';
import { type TestFolder, createFolder } from '../../support/folder.js';

import { tinyStudy } from '../../support/tiny-study.js';

const log = createLog('silent');
const PDF = Buffer.from('%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n');
const ERIKA: LocalPatient = {
  ...{ patientId: '4711', issuer: '', name: 'Müller^Erika', birthDate: '19600203', sex: 'F' },
  ...{ accessionNumber: '', source: 'gdt' },
};

/** What a practice software writes, line by line. */
const request = (fields: readonly GdtField[], charset: GdtCharset = 'windows-1252', type = '6302'): Uint8Array =>
  encodeRecord({ type, fields }, charset);
const PERSON: readonly GdtField[] = [
  ...[
    { id: '3000', value: '4711' },
    { id: '3101', value: 'Müller' },
    { id: '3102', value: 'Erika' },
  ],
  ...[
    { id: '3103', value: '03021960' },
    { id: '3110', value: '2' },
  ],
];

describe('GDT records', () => {
  it('are the bytes that the specification shows', async () => {
    const document = await readFile(join(import.meta.dirname, '../../../docs/spec/gdt.md'), 'utf8');
    const shown = /\n```\n(01380006310\n[^`]+)```\n/.exec(document)?.[1] ?? '';
    const bytes = encodeReport(
      {
        ...{ sender: 'BILDBOTE', receiver: 'PRAX_EDV', procedure: 'ALLG00', patient: ERIKA },
        ...{ date: '20261125', time: '101500', comment: 'Bildbote 1b4a2f0c9d8e7a61, 213 Bilder' },
        lines: ['Radiologie Nord <befund@radiologie-nord.example>', 'CT Thorax'],
        files: [{ format: 'PDF', about: 'CT Thorax', path: 'G:\\gdt\\bildbote-1b4a2f0c9d8e7a61-1.pdf' }],
      },
      'windows-1252',
    );
    expect(decodeGdt(bytes, 'windows-1252')).to.equal(shown.replaceAll('\n', '\r\n'));
  });

  it('come back as they were, in every character set that has the letters', () => {
    const value = fc
      .string({ unit: fc.constantFrom(...'abcXYZ 0189ÄÖÜäöüßéç.,-'), maxLength: 60 })
      .map((text) => text.trim());
    const fields = fc.array(fc.record({ id: fc.constantFrom('3101', '6220', '6305', '8402'), value }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(fields, fc.constantFrom(...GDT_CHARSETS.filter((one) => one !== 'ascii')), (all, charset) => {
        const parsed = parseGdt(encodeRecord({ type: '6310', fields: all }, charset), charset);
        expect(parsed.kind).to.equal('record');
        if (parsed.kind !== 'record') return;
        expect(parsed.record.fields.filter(({ id }) => id !== '9206')).to.deep.equal(all);
      }),
      { numRuns: 100 },
    );
  });

  it('say their own length, and every line its own, whatever the text is', () => {
    const report = fc.record({
      lines: fc.array(fc.string({ unit: 'grapheme', maxLength: 300 }), { maxLength: 5 }),
      comment: fc.string(),
    });
    fc.assert(
      fc.property(report, fc.constantFrom(...GDT_CHARSETS), ({ lines, comment }, charset) => {
        const bytes = Buffer.from(
          encodeReport(
            {
              ...{
                sender: 'BILDBOTE',
                receiver: 'PVS',
                procedure: 'ALLG00',
                patient: ERIKA,
                date: '20261125',
                time: '101500',
              },
              ...{ lines, comment, files: [{ format: 'PDF', about: 'Befund', path: 'G:\\gdt\\a.pdf' }] },
            },
            charset,
          ),
        ).toString('latin1');
        expect(bytes.endsWith('\r\n')).to.equal(true);
        for (const line of bytes.slice(0, -2).split('\r\n')) expect(Number(line.slice(0, 3))).to.equal(line.length + 2);
        expect(Number(/\r\n0148100([0-9]{5})\r\n/.exec(bytes)?.[1])).to.equal(bytes.length);
      }),
      { numRuns: 100 },
    );
  });

  it('cut a text that no record can hold, and say so', () => {
    const text = 'Wort '.repeat(21_000);
    const bytes = encodeReport(
      {
        ...{ sender: '', receiver: '', procedure: '', patient: ERIKA, date: '', time: '', comment: 'c', files: [] },
        lines: [text],
      },
      'cp437',
    );
    expect(bytes.length).to.be.within(99_000, 99_999);
    expect(decodeGdt(bytes, 'cp437')).to.include('6220[gekürzt: ');
  });

  it('wrap at blanks, keep blank lines, and lose no letter', () => {
    expect(wrap(`${'a'.repeat(59)} bc\n\n${'d'.repeat(61)}`)).to.deep.equal([
      'a'.repeat(59),
      'bc',
      ' ',
      'd'.repeat(60),
      'd',
    ]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const lines = wrap(text);
        expect(lines.every((line) => [...line].length <= 60)).to.equal(true);
        expect(lines.join('').replaceAll(/\s/g, '')).to.equal(text.replaceAll(/\s/g, ''));
      }),
    );
  });

  it('write what a character set lacks in other words, and nothing that begins a field', () => {
    expect(decodeGdt(encodeGdt('Größe – „5 µm“ €', 'cp437'), 'cp437')).to.equal('Größe - "5 µm" EUR');
    expect(Buffer.from(encodeGdt('Größe [5]', 'ascii')).toString('latin1')).to.equal('Groesse ?5?');
    expect(decodeGdt(encodeGdt('€ Šč 漢', 'iso-8859-15'), 'iso-8859-15')).to.equal('€ Šc ?');
    const sly = encodeRecord({ type: '6310', fields: [{ id: '6220', value: 'x\r\n01330009999' }] }, 'cp437');
    const parsed = parseGdt(sly, 'cp437');
    expect(parsed.kind === 'record' && parsed.record.fields.map(({ id }) => id)).to.deep.equal(['9206', '6220']);
    expect(() => encodeRecord({ type: '6310', fields: [{ id: '6305', value: 'x'.repeat(991) }] }, 'cp437')).to.throw(
      RangeError,
    );
  });

  it('are read as they are found: UTF-8 without a number, seven bits of old, DOS ends, lengths in letters', () => {
    const read = (bytes: Uint8Array): string => {
      const parsed = parseGdt(bytes, 'cp437');
      return parsed.kind === 'record'
        ? (parsed.record.fields.find(({ id }) => id === '3101')?.value ?? '')
        : parsed.reason;
    };
    expect(read(request(PERSON, 'utf-8'))).to.equal('Müller');
    expect(read(Buffer.from('01380006302\r\n0153101Müller\r\n'))).to.equal('Müller');
    expect(read(Buffer.from('01380006302\n0153101M\x81ller\n\x1a', 'latin1'))).to.equal('Müller');
    expect(read(Buffer.from('01380006302\r\n01092061\r\n0153101M}ller', 'latin1'))).to.equal('Müller');
  });

  it('are refused when they are cut, are none, or are several', () => {
    const whole = Buffer.from(request(PERSON));
    const kindOf = (bytes: Uint8Array): string => {
      const parsed = parseGdt(bytes, 'cp437');
      return parsed.kind === 'record' ? 'record' : parsed.reason;
    };
    // A file that is still written is not a whole one, wherever it is cut; the last line end may be missing.
    for (let at = 0; at < whole.length - 2; at++)
      expect(kindOf(whole.subarray(0, at)), String(at)).to.not.equal('record');
    expect(kindOf(Buffer.concat([whole, whole]))).to.equal('several-records');
    expect(kindOf(Buffer.alloc(300_000, 0x30))).to.equal('too-large');
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void kindOf(bytes)));
  });

  it('name a patient with a number and a name, and days that there are', () => {
    const of = (fields: readonly GdtField[], type = '6302') => localPatientOf({ type, fields }, '');
    expect(of(PERSON)).to.deep.equal(ERIKA);
    expect(of([...PERSON, { id: '3100', value: 'von' }])?.name).to.equal('von Müller^Erika');
    expect(of(PERSON, '6310')).to.equal(null);
    expect(of(PERSON.slice(1))).to.equal(null);
    expect(
      of([
        { id: '3000', value: '1' },
        { id: '3101', value: 'A^B\\C' },
      ])?.name,
    ).to.equal('A B C^');
    for (const day of ['31022000', '00010000', '010160', '01011700']) expect(dateOf(day), day).to.equal('');
    expect(dateOf('29022024')).to.equal('20240229');
  });
});

describe('the exchange folder of a practice software', () => {
  let folder: TestFolder;
  let count = 0;
  before(async () => void (folder = await createFolder()));
  after(() => folder.remove());

  const setUp = async (change: Partial<Record<keyof ExchangeConfig, unknown>> = {}) => {
    const root = join(folder.path, String((count += 1)));
    const [path, requests, data] = ['out', 'in', 'data'].map((name) => join(root, name)) as [string, string, string];
    for (const one of [path, requests, data]) await mkdir(one, { recursive: true });
    const [exchange] = exchangeSchema.parse([{ name: 'pvs', path, requests, seenAs: 'G:\\gdt', ...change }]);
    const patients = await openLocalPatients(data);
    const handed = await openHanded(data);
    return { root, path, requests, exchange: { ...exchange!, requests }, patients, handed };
  };
  type SetUp = Awaited<ReturnType<typeof setUp>>;

  const messageWith = async (root: string, files: Record<string, Uint8Array>, name = 'a'.repeat(32)) => {
    const all: ReceivedFile[] = [];
    for (const [path, bytes] of Object.entries(files)) {
      const absolute = join(root, name, path);
      await mkdir(join(absolute, '..'), { recursive: true });
      await writeFile(absolute, bytes);
      const sopInstanceUid = path.endsWith('.dcm') ? '1.2' : null;
      all.push({
        path,
        absolute,
        bytes: bytes.length,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        sopInstanceUid,
      });
    }
    const letter = {
      from: 'befund@nord.example',
      stored: { acceptedMs: Date.UTC(2026, 10, 25, 12) },
      body: { subject: 'CT', text: 'Kein Anhalt für …\nMfG', summary: { instances: 1, studies: 1, bytes: 1 } },
    };
    return { message: { name, letter, deeds: [] } as unknown as ReceivedMessage, files: all };
  };
  const errandOf = (
    { exchange, handed, patients }: SetUp,
    files: readonly ReceivedFile[],
    imports: readonly unknown[] = [],
  ) =>
    handOverTo({
      ...{ exchange, handed, patients, nameOf: () => 'Radiologie Nord' },
      incoming: { files: () => Promise.resolve(files) },
      imports: { of: () => imports as never },
    });
  const run = (errand: ReturnType<typeof errandOf>, message: ReceivedMessage) =>
    errand.run(message, new AbortController().signal);
  const recordIn = async (path: string) => {
    const parsed = parseGdt(await readFile(path), 'cp437');
    if (parsed.kind !== 'record') throw new Error(parsed.reason);
    const values = (id: string) => parsed.record.fields.filter((one) => one.id === id).map(({ value }) => value);
    return { type: parsed.record.type, values };
  };
  const study = tinyStudy({ study: 'gdt', instances: 1 })[0]!.bytes;

  it('hands over report and record once the practice software has named exactly this patient', async () => {
    const set = await setUp();
    const { message, files } = await messageWith(set.root, {
      's/1.dcm': study,
      'attachments/befund.pdf': PDF,
      'attachments/x.txt': PDF.subarray(1),
    });
    const errand = errandOf(set, files);
    expect(await run(errand, message)).to.deep.equal({ kind: 'waits', code: 'patient-unknown' });
    expect(await readdir(set.path)).to.deep.equal([]);
    // Another birth date is another person.
    await set.patients.offer({ ...ERIKA, birthDate: '19600204' }, 1e9);
    expect((await run(errand, message)).kind).to.equal('waits');
    await set.patients.offer(ERIKA, 1e9);
    expect(await run(errand, message)).to.deep.equal({ kind: 'done', instances: 1 });
    expect((await readdir(set.path)).sort()).to.deep.equal(['PVS_BILD.001', 'bildbote-aaaaaaaaaaaaaaaa-1.pdf']);
    const { type, values } = await recordIn(join(set.path, 'PVS_BILD.001'));
    expect([type, values('3000'), values('3101'), values('3103'), values('3110')].flat()).to.deep.equal([
      ...['6310', '4711', 'Müller', '03021960', '2'],
    ]);
    expect(values('6220')).to.deep.equal(['Radiologie Nord <befund@nord.example>', 'CT', 'Kein Anhalt für …', 'MfG']);
    expect([...values('6303'), ...values('6305')]).to.deep.equal(['PDF', 'G:\\gdt\\bildbote-aaaaaaaaaaaaaaaa-1.pdf']);
    expect((await readFile(join(set.path, 'bildbote-aaaaaaaaaaaaaaaa-1.pdf'))).equals(PDF)).to.equal(true);
  });

  it('guesses nobody: two who fit, two in one message, a report alone', async () => {
    const set = await setUp();
    await set.patients.offer(ERIKA, 1e9);
    const other = tinyStudy({ study: 'other', instances: 1, patientName: 'Meier^Max' })[0]!.bytes;
    const mixed = await messageWith(set.root, { '1.dcm': study, '2.dcm': other });
    expect(await run(errandOf(set, mixed.files), mixed.message)).to.deep.include({ code: 'patient-ambiguous' });
    const alone = await messageWith(set.root, { 'befund.pdf': PDF }, 'b'.repeat(32));
    expect(await run(errandOf(set, alone.files), alone.message)).to.deep.include({ code: 'patient-unknown' });
    const one = await messageWith(set.root, { '1.dcm': study }, 'c'.repeat(32));
    await set.patients.offer({ ...ERIKA, patientId: '4712' }, 1e9);
    expect(await run(errandOf(set, one.files), one.message)).to.deep.include({ code: 'patient-ambiguous' });
    // Numbers of somebody else are none of this practice.
    await set.patients.forget('4712', '');
    await set.patients.offer({ ...ERIKA, patientId: '4712', issuer: 'KLINIK' }, 1e9);
    expect((await run(errandOf(set, one.files), one.message)).kind).to.equal('done');
  });

  it('believes a person, here or where the study was imported', async () => {
    const set = await setUp();
    const alone = await messageWith(set.root, { 'befund.pdf': PDF });
    const decision = { patient: { ...ERIKA, patientId: '99', source: 'person' as const }, by: 'Frau Kurz', atMs: 1 };
    await set.handed.save(alone.message.name, 'pvs', { format: 1, decision, file: null });
    expect((await run(errandOf(set, alone.files), alone.message)).kind).to.equal('done');
    expect((await recordIn(join(set.path, 'PVS_BILD.001'))).values('3000')).to.deep.equal(['99']);
    const one = await messageWith(set.root, { '1.dcm': study }, 'd'.repeat(32));
    const imports = [{ decision: { kind: 'assign', patient: { ...ERIKA, patientId: '98' } } }];
    expect((await run(errandOf(set, one.files, imports), one.message)).kind).to.equal('done');
    expect((await recordIn(join(set.path, 'PVS_BILD.002'))).values('3000')).to.deep.equal(['98']);
  });

  it('hands over once, wherever a crash comes, and never over what has not been read', async () => {
    const set = await setUp();
    await set.patients.offer(ERIKA, 1e9);
    const { message, files } = await messageWith(set.root, { '1.dcm': study, 'befund.pdf': PDF });
    const errand = errandOf(set, files);
    await run(errand, message);
    // After the rename, before anybody has written that down; the practice software may have read it.
    await run(errand, message);
    await rm(join(set.path, 'PVS_BILD.001'));
    await run(errand, message);
    expect((await readdir(set.path)).filter((name) => !name.endsWith('.pdf'))).to.deep.equal([]);
    // Before the rename, and somebody else's record has got the name meanwhile.
    const again = await messageWith(set.root, { '1.dcm': study }, 'e'.repeat(32));
    const second = errandOf(set, again.files);
    await run(second, again.message);
    await rename(join(set.path, 'PVS_BILD.001'), join(set.path, `.bildbote-${'e'.repeat(32)}.tmp`));
    await writeFile(join(set.path, 'PVS_BILD.001'), 'another');
    await run(second, again.message);
    expect(await readFile(join(set.path, 'PVS_BILD.001'), 'utf8')).to.equal('another');
    expect((await recordIn(join(set.path, 'PVS_BILD.002'))).values('3000')).to.deep.equal(['4711']);
  });

  it('waits until a single file has been read', async () => {
    const set = await setUp({ files: 'single' });
    await set.patients.offer(ERIKA, 1e9);
    await writeFile(join(set.path, 'pvs_bild.gdt'), 'not read yet');
    const { message, files } = await messageWith(set.root, { '1.dcm': study });
    const code = await run(errandOf(set, files), message).catch((error: { code: string }) => error.code);
    expect(code).to.equal('exchange-busy');
    await rm(join(set.path, 'pvs_bild.gdt'));
    expect((await run(errandOf(set, files), message)).kind).to.equal('done');
  });

  it('learns whom somebody works with, takes the file away, and leaves what is for others', async () => {
    const set = await setUp();
    await using requests = openRequests({ log, exchange: set.exchange, patients: set.patients, pollMs: 3_600_000 });
    await writeFile(join(set.requests, 'BILDPVS.GDT'), request([{ id: '8315', value: 'bildbote' }, ...PERSON]));
    await writeFile(join(set.requests, 'EKG1PVS.GDT'), request([{ id: '8315', value: 'EKG1' }, ...PERSON]));
    await writeFile(join(set.requests, 'RESULT.001'), request(PERSON, 'cp437', '6310'));
    await writeFile(join(set.requests, 'PVS_BILD.001'), 'ours');
    await writeFile(join(set.requests, 'letter.txt'), 'no record');
    await requests.look();
    expect(set.patients.list()).to.deep.equal([]);
    await requests.look();
    expect(set.patients.list()).to.deep.equal([ERIKA]);
    expect((await readdir(set.requests)).sort()).to.deep.equal([
      'EKG1PVS.GDT',
      'PVS_BILD.001',
      'RESULT.001',
      'letter.txt',
    ]);
  });

  it('gives a file that is wrong time to be written, then puts it aside with the reason', async () => {
    const set = await setUp();
    await using requests = openRequests({ log, exchange: set.exchange, patients: set.patients, pollMs: 3_600_000 });
    const whole = request(PERSON);
    await writeFile(join(set.requests, 'A.GDT'), whole.subarray(0, 40));
    await writeFile(join(set.requests, 'B.GDT'), request([{ id: '3101', value: 'Ohne' }]));
    for (let n = 0; n < 4; n++) await requests.look();
    expect(await readdir(set.requests)).to.have.members(['A.GDT', 'B.GDT']);
    await requests.look();
    expect(await readFile(join(set.requests, 'failed', 'B.GDT.reason.txt'), 'utf8')).to.include('Code: no-patient');
    expect(await readdir(set.requests)).to.deep.equal(['failed']);
    expect(await readFile(join(set.requests, 'failed', 'A.GDT.reason.txt'), 'utf8')).to.include('Code: malformed');
    expect(requests.status().counts).to.deep.equal({ read: 0, refused: 2 });
  });
});
