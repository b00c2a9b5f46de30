import { assert } from 'chai';
import { isUid } from '../../../../client/core/dicom/uid.js';
import { scanSource, type ScanRefusal } from '../../../../client/core/dicom/scan.js';
import { corpusSource, readCorpusFile, withCorpus } from '../../../support/corpus.js';
import { readHeaderWithDcmjs, type Dictionary } from '../../../support/second-reader.js';

const UIDS = ['00080018', '00080016', '0020000D', '0020000E'];

function first(dict: Dictionary, tag: string): string {
  return String(dict[tag]?.Value?.[0] ?? '')
    .replace(/[\0 ]+$/, '')
    .trim();
}

/** Damaged on purpose by the projects they come from, or not about a patient: refused, and why. */
const REFUSED: Readonly<Record<string, string>> = {
  'MR_truncated.dcm': 'truncated',
  'rtplan_truncated.dcm': 'truncated',
  'emri_small_jpeg_2k_lossless_too_short.dcm': 'truncated',
  'meta_missing_tsyntax.dcm': 'malformed',
};

/** dcmjs drops the letters of these UIDs, which are hexadecimal, and so makes others of them. */
const LETTERS_IN_UIDS = ['func-sequence-replace/cleaned.dcm', 'data/bad_sequence.dcm'];

describe('scanning the corpus', function () {
  this.timeout(60_000);

  withCorpus((files) => {
    it('agrees with dcmjs on UIDs and modality of every readable file', async () => {
      let compared = 0;
      for (const file of files.filter(({ collection }) => collection !== 'malformed')) {
        const scan = await scanSource(corpusSource(file));
        const dict = readHeaderWithDcmjs(readCorpusFile(file));
        if (scan.kind === 'instance') {
          const uids = [scan.sopInstanceUid, scan.sopClassUid, scan.studyInstanceUid, scan.seriesInstanceUid];
          // dcmjs wants a preamble, and takes no data set in implicit VR under an explicit transfer syntax.
          if (dict === null || first(dict, '00080016') === '') continue;
          compared += 1;
          assert.deepEqual(
            [...uids, scan.modality],
            [...UIDS.map((tag) => first(dict, tag)), first(dict, '00080060')],
            file.path,
          );
        } else if (scan.kind === 'other' && scan.reason === 'no-uids') {
          if (LETTERS_IN_UIDS.some((path) => file.path.endsWith(path))) continue;
          assert.isFalse(dict !== null && UIDS.every((tag) => isUid(first(dict, tag))), `${file.path} has its UIDs`);
        } else if (scan.kind === 'other') {
          assert.equal(scan.reason, REFUSED[file.path.split('/').at(-1) ?? ''], file.path);
        } else {
          assert.match(file.path, /DIR/);
        }
      }
      assert.isAtLeast(compared, 650);
    });

    it('ends soon for every malformed file, with a reason, in little memory', async () => {
      const before = process.memoryUsage().rss;
      for (const file of files.filter(({ collection }) => collection === 'malformed')) {
        const start = process.cpuUsage();
        const scan = await scanSource(corpusSource(file));
        // Of the processor, not of the clock, and on a busy machine: `npm run campaign:malformed` holds one second.
        const { user, system } = process.cpuUsage(start);
        assert.isBelow((user + system) / 1000, 5000, file.path);
        if (/preamble|trailing/.test(file.path)) assert.equal(scan.kind, 'instance', file.path);
        else assert.equal(scan.kind, 'other', file.path);
      }
      assert.isBelow(process.memoryUsage().rss - before, 256e6);
    });

    it('names the reason', async () => {
      const reasons: Readonly<Record<string, ScanRefusal>> = {
        'deflate-bomb-1gib.dcm': 'inflate-limit',
        'frag-1e6-empty.dcm': 'too-many',
        'nest-undef-20000.dcm': 'too-deep',
        'trunc-in-pixels.dcm': 'truncated',
        'img-65535x65535-64B.dcm': 'pixel-length',
        'dup-tags.dcm': 'ambiguous',
        'path-traversal-uid.dcm': 'no-uids',
        'empty.dcm': 'not-dicom',
      };
      for (const [name, reason] of Object.entries(reasons)) {
        const file = files.find(({ path }) => path === `malformed/${name}`);
        if (file === undefined) return assert.fail(`${name} is not in the corpus`);
        assert.deepEqual(await scanSource(corpusSource(file)), { kind: 'other', reason }, name);
      }
    });

    it('takes what describes an image and holds none, and says so', async () => {
      for (const name of ['chrJapMulti.dcm', 'chrJapMultiExplicitIR6.dcm', 'chrKoreanMulti.dcm']) {
        const file = files.find(({ path }) => path.endsWith(`/${name}`));
        if (file === undefined) return assert.fail(`${name} is not in the corpus`);
        const scan = await scanSource(corpusSource(file));
        assert.deepEqual(scan.kind === 'instance' ? scan.warnings : scan.kind, ['no-pixels'], name);
      }
    });

    it('decodes the names of the world', async () => {
      const names = {
        'chrArab.dcm': 'قباني^لنزار',
        'chrFren.dcm': 'Buc^Jérôme',
        'chrGerm.dcm': 'Äneas^Rüdiger',
        'chrGreek.dcm': 'Διονυσιος',
        'chrH31.dcm': 'Yamada^Tarou=山田^太郎=やまだ^たろう',
        'chrH32.dcm': 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
        'chrHbrw.dcm': 'שרון^דבורה',
        'chrI2.dcm': 'Hong^Gildong=洪^吉洞=홍^길동',
        'chrRuss.dcm': 'Люкceмбypг',
        'chrX1.dcm': 'Wang^XiaoDong=王^小東=',
        'chrX2.dcm': 'Wang^XiaoDong=王^小东=',
      };
      for (const [name, expected] of Object.entries(names)) {
        const file = files.find(({ path }) => path.endsWith(`/${name}`));
        if (file === undefined) return assert.fail(`${name} is not in the corpus`);
        const scan = await scanSource(corpusSource(file));
        assert.equal(scan.kind === 'instance' ? scan.patient.name : scan.kind, expected.normalize('NFC'), name);
      }
    });
  });
});
