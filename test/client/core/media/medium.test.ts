import { assert } from 'chai';
import { concatBytes, utf8 } from '../../../../crypto/wire/bytes.js';
import { readDirectory } from '../../../../client/core/dicom/directory.js';
import { EXPLICIT_BIG, IMPLICIT } from '../../../../client/core/dicom/element.js';
import { readHeader } from '../../../../client/core/dicom/header.js';
import { toNatural, type NaturalDataSet } from '../../../../client/core/dicom/header-json.js';
import type { ByteSource } from '../../../../client/core/ports.js';
import { bytesOfSource, collect, locatedSource, pathsOf } from '../../../support/collecting.js';
import { element, file } from '../../../support/dicom-bytes.js';
import { memoryMedium, writeTo } from '../../../support/media.js';
import { mediumInstance as instance, reportInstance as report } from '../../../support/media-instances.js';
import { memorySource } from '../../../support/memory-source.js';

async function directoryOf(sources: readonly ByteSource[]): Promise<{ bytes: Uint8Array; natural: NaturalDataSet }> {
  const medium = memoryMedium();
  await writeTo(medium.sink, sources);
  const bytes = medium.files.get('DICOMDIR') ?? new Uint8Array(0);
  const read = await readHeader(memorySource('DICOMDIR', bytes));
  return { bytes, natural: toNatural(read.kind === 'header' ? read.elements : []) };
}

function recordsOf(natural: NaturalDataSet): readonly NaturalDataSet[] {
  return natural['DirectoryRecordSequence'] as readonly NaturalDataSet[];
}

describe('a medium', () => {
  it('has the files of IHE PDI, each instance as it was, under names of eight characters', async () => {
    const medium = memoryMedium();
    const sources = [instance(1), instance(2, { series: '1.2.3.2' }), instance(3, { patientId: '4712' })];
    const pdf = memorySource('Befund "<b>".pdf', utf8('%PDF-1.7'));
    const written = await writeTo(medium.sink, sources, {
      documents: [{ kind: 'report', source: pdf, mediaType: 'application/pdf' }],
    });
    assert.deepEqual(
      [...medium.files.keys()],
      [
        'README.TXT',
        'DICOM/PT000000/ST000000/SE000000/IM000000',
        'DICOM/PT000000/ST000000/SE000000/IM000001',
        'DICOM/PT000000/ST000000/SE000001/IM000000',
        'DOCUMENT/DOC00001.PDF',
        'DICOMDIR',
        'INDEX.HTM',
        'DIGESTS.TXT',
      ],
    );
    assert.deepEqual({ studies: 1, instances: 3, files: 8, changed: 0, bytes: written.bytes }, written);
    assert.deepEqual(
      medium.files.get('DICOM/PT000000/ST000000/SE000001/IM000000'),
      await bytesOfSource(instance(2, { series: '1.2.3.2' })),
    );
    for (const name of ['README.TXT', 'INDEX.HTM']) {
      const text = new TextDecoder().decode(medium.files.get(name));
      assert.match(text, /not for diagnosis/i);
      assert.match(text, /nicht zur befundung/i);
      assert.notMatch(text, /<b>|<script/);
    }
    // eslint-disable-next-line no-control-regex -- plain ASCII is the rule
    assert.match(new TextDecoder().decode(medium.files.get('README.TXT')), /^[\u0000-\u007f]*$/);
  });

  it('makes nothing of a page that comes in names', async () => {
    const medium = memoryMedium();
    const evil = '<img src=x onerror=alert(1)>"\'';
    await writeTo(medium.sink, [instance(1, { patient: evil, patientId: '<svg>' })]);
    const page = new TextDecoder().decode(medium.files.get('INDEX.HTM'));
    assert.notMatch(page, /<img|<svg|onerror=alert\(1\)>/);
    assert.include(page, "default-src 'none'");
    assert.include(page, '&lt;img src=x onerror=alert(1)&gt;&quot;&#39;');
  });

  it('is collected again as the same instances, and its index misses nothing', async () => {
    const medium = memoryMedium();
    const sources = [instance(1), instance(2), report(3)];
    await writeTo(medium.sink, sources);
    const found = await collect([...medium.files].map(([name, bytes]) => locatedSource(`cd/${name}`, bytes)));
    assert.lengthOf(pathsOf(found), 3);
    assert.deepEqual(found.media, [{ path: 'cd/DICOMDIR', listed: 3, missing: 0, unlisted: 3 }]);
  });

  it('is the same for the same message, but for its date', async () => {
    const one = await directoryOf([instance(1), report(2)]);
    const other = await directoryOf([instance(1), report(2)]);
    assert.deepEqual(one.bytes, other.bytes);
    assert.notDeepEqual((await directoryOf([instance(1)])).bytes, one.bytes);
  });
});

describe('a DICOMDIR of ours', () => {
  it('has records with keys in the bytes and the character set of the instance', async () => {
    const { natural } = await directoryOf([instance(1, { patient: 'Люкceмбypг', characterSet: 'ISO_IR 192' })]);
    const [patient, study, series, image] = recordsOf(natural);
    assert.include(patient, {
      DirectoryRecordType: 'PATIENT',
      PatientName: 'Люкceмбypг',
      PatientID: '4711',
      SpecificCharacterSet: 'ISO_IR 192',
    });
    assert.include(study, {
      DirectoryRecordType: 'STUDY',
      StudyInstanceUID: '1.2.3',
      StudyDate: '20260101',
      StudyID: 'S1',
      StudyDescription: null,
    });
    assert.include(series, {
      DirectoryRecordType: 'SERIES',
      Modality: 'OT',
      SeriesInstanceUID: '1.2.3.1',
      SeriesNumber: 1,
    });
    assert.include(image, { DirectoryRecordType: 'IMAGE', InstanceNumber: 1, ReferencedSOPInstanceUIDInFile: '1.9.1' });
    assert.deepEqual(image?.['ReferencedFileID'], ['DICOM', 'PT000000', 'ST000000', 'SE000000', 'IM000000']);
  });

  it('has offsets that lead from record to record', async () => {
    const sources = [
      instance(1),
      instance(2),
      instance(3, { series: '1.2.3.2' }),
      instance(4, { study: '1.2.4', patientId: '9' }),
    ];
    const { bytes, natural } = await directoryOf(sources);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const seen: string[] = [];
    const follow = (offset: number, depth: number): void => {
      for (let at = offset; at !== 0;) {
        // The item, then next (0004,1400), in use, lower (0004,1420), type, at fixed places.
        assert.equal(view.getUint32(at), 0xfeff00e0);
        assert.deepEqual([view.getUint32(at + 8), view.getUint32(at + 30)], [0x04000014, 0x04002014]);
        const typeLength = view.getUint16(at + 48, true);
        seen.push(`${depth} ${new TextDecoder().decode(bytes.subarray(at + 50, at + 50 + typeLength)).trim()}`);
        follow(view.getUint32(at + 38, true), depth + 1);
        at = view.getUint32(at + 16, true);
      }
    };
    follow(Number(natural['OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity']), 0);
    assert.deepEqual(seen, [
      '0 PATIENT',
      '1 STUDY',
      '2 SERIES',
      '3 IMAGE',
      '3 IMAGE',
      '2 SERIES',
      '3 IMAGE',
      '0 PATIENT',
      '1 STUDY',
      '2 SERIES',
      '3 IMAGE',
    ]);
    assert.lengthOf(recordsOf(natural), seen.length);
  });

  it('knows what is not an image, in every encoding', async () => {
    for (const encoding of [undefined, IMPLICIT, EXPLICIT_BIG]) {
      const { natural } = await directoryOf([report(1, encoding)]);
      const record = recordsOf(natural)[3];
      assert.include(record, {
        DirectoryRecordType: 'SR DOCUMENT',
        CompletionFlag: 'COMPLETE',
        ContentDate: '20260102',
      });
      const [concept] = record?.['ConceptNameCodeSequence'] as NaturalDataSet[];
      assert.include(concept, { CodeValue: '18748-4', CodeMeaning: 'Diagnostic Imaging Report' });
      const content = record?.['ContentSequence'] as NaturalDataSet[];
      assert.deepEqual(
        content.map((one) => one['RelationshipType']),
        ['HAS CONCEPT MOD'],
      );
    }
    for (const [sopClass, type] of [
      ['104.1', 'ENCAP DOC'],
      ['11.1', 'PRESENTATION'],
      ['481.2', 'RT DOSE'],
      ['481.3', 'RT STRUCTURE SET'],
      ['481.5', 'RT PLAN'],
      ['88.59', 'KEY OBJECT DOC'],
      ['9.1.1', 'WAVEFORM'],
      ['66.1', 'REGISTRATION'],
      ['66.4', 'IMAGE'],
    ] as const) {
      const { natural } = await directoryOf([instance(1, { sopClass })]);
      assert.equal(recordsOf(natural)[3]?.['DirectoryRecordType'], type);
    }
  });

  it('invents identifiers that are missing, and no dates', async () => {
    const content = concatBytes(
      element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.7'),
      element(0x00080018, 'UI', '1.9.1'),
      element(0x0020000d, 'UI', '1.2.3'),
      element(0x0020000e, 'UI', '1.2.3.1'),
    );
    const { natural } = await directoryOf([memorySource('x', file({}, content))]);
    const [patient, study, series, image] = recordsOf(natural);
    assert.equal(patient?.['PatientID'], 'P1');
    assert.include(study, { StudyID: 'S1', StudyDate: null });
    assert.include(series, { Modality: 'OT', SeriesNumber: 1 });
    assert.equal(image?.['InstanceNumber'], 1);
  });

  it('is read by our own reader, record by record', async () => {
    const { bytes } = await directoryOf([instance(1), report(2)]);
    const read = await readDirectory(memorySource('d', bytes));
    assert.deepEqual(read.kind === 'directory' ? read.references.map(({ recordType }) => recordType) : read, [
      'IMAGE',
      'SR DOCUMENT',
    ]);
  });
});
