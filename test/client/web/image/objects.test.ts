import { expect } from 'chai';
import fc from 'fast-check';
import { type ObjectView } from '../../../../client/web/desk/picture.js';
import { readImageDataSet } from '../../../../client/web/image/dataset.js';
import { readObject } from '../../../../client/web/image/objects/object.js';
import { memorySource } from '../../../support/memory-source.js';
import {
  encapsulatedPdf,
  keyObjectSelection,
  presentationState,
  structuredReport,
} from '../../../support/viewer-objects.js';
import { file } from '../../../support/dicom-bytes.js';
import { readCorpusFile, withCorpus } from '../../../support/corpus.js';

const OF = { study: '1.2.3', series: '1.2.3.9', instance: '1.2.3.9.1' };

async function objectOf(bytes: Uint8Array): Promise<ObjectView> {
  const source = memorySource('a.dcm', bytes);
  return readObject({ source, set: await readImageDataSet(source) });
}

describe('an instance that is no picture', () => {
  it('says as a presentation state how its author looked: turned first and flipped then, as the standard says', async () => {
    const view = await objectOf(presentationState(OF, ['1.1', '1.2']));
    if (view.kind !== 'presentation') throw new Error('no presentation');
    expect(view.images).to.deep.equal([
      { sopInstanceUid: '1.1', frames: [] },
      { sopInstanceUid: '1.2', frames: [] },
    ]);
    expect([view.label, view.description, view.isInverted]).to.deep.equal(['BLUTUNG', 'Fragliche Blutung', true]);
    // A quarter turn before the flip is three quarters behind it.
    expect([view.isFlipped, view.turns]).to.deep.equal([true, 3]);
    expect(view.windows[0]?.window).to.deep.equal({ center: 50, width: 100, name: '', shape: 'linear' });
    expect(view.shutters).to.deep.equal([{ kind: 'rectangle', left: 20, right: 490, top: 30, bottom: 480 }]);
    expect(view.areas[0]).to.deep.include({ topLeft: [1, 1], bottomRight: [512, 512], isFitted: true });
    expect(view.layers[0]?.graphics.map(({ kind, points }) => [kind, points])).to.deep.equal([
      [
        'polyline',
        [
          [101, 101],
          [201, 101],
        ],
      ],
      [
        'circle',
        [
          [256, 256],
          [276, 256],
        ],
      ],
    ]);
    expect(view.layers[0]?.texts).to.deep.equal([{ units: 'pixel', at: [301, 201], text: 'Blutung\nhier' }]);
  });

  it('names key images, with what they are for', async () => {
    expect(await objectOf(keyObjectSelection(OF, ['1.5', '1.7']))).to.deep.equal({
      kind: 'key-objects',
      title: 'Of Interest',
      text: 'Bitte diese ansehen',
      images: [
        { sopInstanceUid: '1.5', frames: [] },
        { sopInstanceUid: '1.7', frames: [] },
      ],
    });
  });

  it('is a report as a tree of texts: codes by their meaning, numbers with their unit', async () => {
    const view = await objectOf(structuredReport(OF));
    if (view.kind !== 'document') throw new Error('no document');
    const { document } = view;
    expect(document).to.deep.include({ title: 'Bildgebender Befund', isComplete: true, isVerified: true });
    expect(document.observers).to.deep.equal(['Meier^Anna']);
    expect(document.content).to.deep.equal([
      {
        kind: 'container',
        name: 'Befund',
        value: '',
        children: [
          { kind: 'value', name: 'Beschreibung', value: 'Links temporal.\n<b>Rand scharf</b>', children: [] },
          {
            kind: 'value',
            name: 'Art',
            value: 'Hämatom',
            children: [{ kind: 'value', name: 'Durchmesser', value: '12.5 mm', children: [] }],
          },
        ],
      },
    ]);
  });

  it('gives its PDF as it is, also a long one; a picture is none of these', async () => {
    for (const length of [20, 300_000]) {
      const pdf = Uint8Array.from({ length }, (_, i) => i % 251);
      const view = await objectOf(encapsulatedPdf(OF, pdf));
      expect(view.kind === 'pdf' && [view.title, Buffer.compare(view.bytes, pdf)]).to.deep.equal(['Brief', 0]);
    }
    expect((await objectOf(file())).kind).to.equal('other');
  });

  it('never does anything but answer or refuse, whatever the bytes are', async () => {
    const all = [presentationState(OF, ['1.1']), keyObjectSelection(OF, ['1.1']), structuredReport(OF)];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), fc.nat(), fc.nat(255), fc.nat(), async (good, at, byte, cut) => {
        const bytes = good.slice(0, cut % 3 === 0 ? cut % good.length : good.length);
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        const code = await objectOf(bytes).then(
          () => 'read',
          (error: unknown) => (error as { code?: unknown }).code,
        );
        expect(['read', 'image-invalid']).to.include(code);
      }),
      { numRuns: 300 },
    );
  });

  withCorpus((files) => {
    it('of the corpus is read, reports by other programs too', async () => {
      const reports = files.filter(
        ({ path, bytes }) => bytes < 400_000 && /(report|sample-sr|reportsi|test-SR)[^/]*\.dcm$/.test(path),
      );
      expect(reports.length).to.be.greaterThan(1);
      for (const one of reports) {
        const view = await objectOf(readCorpusFile(one));
        expect(view.kind, one.path).to.equal('document');
        if (view.kind === 'document') expect(view.document.content, one.path).not.to.deep.equal([]);
      }
    });
  });
});
