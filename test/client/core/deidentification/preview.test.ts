import { expect } from 'chai';
import { element, file, item, sequence } from '../../../support/dicom-bytes.js';
import { memorySource } from '../../../support/memory-source.js';
import { createDeidentifier, type Deidentification } from '../../../../client/core/deidentification/deidentify.js';
import { type Preview, previewInstance, type PreviewRow } from '../../../../client/core/deidentification/preview.js';
import { readyProfile } from '../../../../client/core/deidentification/profile.js';
import { createPseudonyms } from '../../../../client/core/deidentification/secret.js';

function run(options: readonly string[] = []): Deidentification {
  const pseudonyms = createPseudonyms(new Uint8Array(32).fill(3));
  return { profile: readyProfile('basic', options), pseudonyms, cleaner: null, wayBack: null };
}

const INSTANCE = file({
  extra: [
    element(0x00281055, 'LO', 'Muster lung'),
    element(0x00290010, 'LO', 'SOMEBODY'),
    sequence(0x00400275, 'SQ', [item(element(0x00400007, 'LO', 'Knee Erika'))]),
  ],
});

async function rowsOf(options: readonly string[] = []): Promise<readonly PreviewRow[]> {
  const preview = await previewInstance(memorySource('x.dcm', INSTANCE), run(options));
  if (preview.kind === 'refused') throw new Error(preview.reason);
  return preview.rows;
}

describe('the preview of a de-identification', () => {
  it('shows each attribute before and after, what is done and why', async () => {
    const rows = await rowsOf();
    const row = (tag: string): PreviewRow | undefined => rows.find((one) => one.tag === tag);
    expect(row('(0010,0010)')).to.deep.include({
      name: "Patient's Name",
      action: 'pseudonym',
      before: { kind: 'text', text: 'Muster^Erika', cut: false },
      reason: { kind: 'table', basic: 'Z', code: 'Z', options: [] },
    });
    expect(row('(0008,0020)')).to.deep.include({ action: 'empty', after: { kind: 'text', text: '', cut: false } });
    expect(row('(0008,0060)')).to.deep.include({ action: 'same', reason: { kind: 'unlisted', code: 'plain' } });
    expect(row('(0028,1055)')?.after).to.deep.equal({ kind: 'text', text: 'lung', cut: false });
    expect(row('(0029,0010)')).to.deep.include({
      action: 'remove',
      after: { kind: 'absent' },
      reason: { kind: 'private' },
    });
    expect(row('(0012,0062)')).to.deep.include({ action: 'mark', after: { kind: 'text', text: 'YES', cut: false } });
  });

  it('names the options that decided, and where inside of sequences an attribute stands', async () => {
    const rows = await rowsOf(['retainLongModifiedDates', 'cleanDescriptors']);
    const date = rows.find(({ tag }) => tag === '(0008,0020)');
    expect(date?.action).to.equal('shift');
    expect(date?.reason).to.deep.include({ code: 'C', options: ['retainLongModifiedDates'] });
    const inner = rows.find(({ tag }) => tag === '(0040,0007)');
    expect(inner?.path).to.deep.equal([{ tag: '(0040,0275)', item: 0 }]);
    expect(inner?.after).to.deep.equal({ kind: 'text', text: 'Knee', cut: false });
  });

  it('promises what the result holds: every text of the table stands in it', async () => {
    const { output } = await preparedOf(['cleanDescriptors']);
    const text = Buffer.from(await output.read(0, output.size)).toString('latin1');
    for (const { after, tag } of await rowsOf(['cleanDescriptors'])) {
      if (after.kind === 'text') expect(text, tag).to.contain(after.text);
    }
  });

  it('refuses what the de-identifier refuses', async () => {
    const broken: Preview = await previewInstance(memorySource('x.dcm', INSTANCE.subarray(0, 400)), run());
    expect(broken).to.deep.equal({ kind: 'refused', reason: 'truncated' });
  });
});

async function preparedOf(options: readonly string[]) {
  const prepared = await createDeidentifier(run(options)).prepare(memorySource('x.dcm', INSTANCE));
  if (prepared.kind === 'refused') throw new Error(prepared.reason);
  return prepared;
}
