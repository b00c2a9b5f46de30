import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDeidentifier } from '../../client/core/deidentification/deidentify.js';
import { readyProfile } from '../../client/core/deidentification/profile.js';
import { createPseudonyms } from '../../client/core/deidentification/secret.js';
import { CORPUS_FOLDER, type CorpusFile, corpusSource } from './corpus.js';
import { hasProgram, pythonWithPydicom } from './programs.js';

/** What others say of de-identified files: DCMTK, dciodvfy and pydicom, as far as they are installed; each of the original and of the result. */

export const SECOND_OPINIONS: readonly (readonly string[])[] = [
  [],
  ['retainLongModifiedDates', 'cleanDescriptors', 'cleanStructuredContent', 'cleanGraphics'],
];

export interface Opinions {
  readonly written: number;
  readonly refused: number;
  /** Files that each reader could be asked about: of others it cannot read the original, or is not there. */
  readonly asked: Readonly<Record<'dcmtk' | 'dciodvfy' | 'pydicom', number>>;
  /** What a reader says of the result and not of the original. */
  readonly complaints: readonly string[];
}

/** One after the other: results go to `folder` and all of them to one pydicom, which takes longer to start than to read. */
export async function askOthers(files: readonly CorpusFile[], folder: string): Promise<Opinions> {
  const pairs: { readonly name: string; readonly before: string; readonly after: string }[] = [];
  const complaints: string[] = [];
  const asked = { dcmtk: 0, dciodvfy: 0, pydicom: 0 };
  let refused = 0;
  for (const [index, file] of files.entries()) {
    const after = join(folder, `${index}.dcm`);
    if (!(await writeDeidentified(file, SECOND_OPINIONS[index % SECOND_OPINIONS.length] ?? [], after))) {
      refused++;
      continue;
    }
    const before = join(CORPUS_FOLDER, file.path);
    pairs.push({ name: file.path, before, after });
    const [known, found] = [errorsOf(before), errorsOf(after)];
    if (known !== null && found !== null) {
      asked.dciodvfy++;
      for (const error of found) if (!known.has(error)) complaints.push(`dciodvfy ${file.path}: ${error}`);
    }
    if (!dumps(before)) continue;
    asked.dcmtk++;
    if (!dumps(after)) complaints.push(`dcmdump ${file.path}`);
  }
  const origins = readWithPydicom(pairs.map(({ before }) => before));
  const results = readWithPydicom(pairs.map(({ after }) => after));
  for (const [index, { name }] of pairs.entries()) {
    if (origins[index] !== 'ok') continue;
    asked.pydicom++;
    if (results[index] !== 'ok') complaints.push(`pydicom ${name}: ${results[index] ?? 'no answer'}`);
  }
  return { written: pairs.length, refused, asked, complaints };
}

async function writeDeidentified(file: CorpusFile, options: readonly string[], path: string): Promise<boolean> {
  const pseudonyms = createPseudonyms(new Uint8Array(32));
  const profile = readyProfile('basic', options);
  const result = await createDeidentifier({ profile, pseudonyms, cleaner: null, wayBack: null }).prepare(
    corpusSource(file),
  );
  if (result.kind === 'refused') return false;
  writeFileSync(path, await result.output.read(0, result.output.size));
  return true;
}

/** Errors without the values in them; null where the program is not there, crashes, or cannot take the syntax. */
function errorsOf(path: string): Set<string> | null {
  if (!hasProgram('dciodvfy')) return null;
  const ran = spawnSync('dciodvfy', [path], { encoding: 'latin1' });
  if (ran.status === null || /defl|dfl/i.test(path)) return null;
  const lines = `${ran.stderr}${ran.stdout}`.split('\n').filter((line) => line.startsWith('Error'));
  return new Set(lines.map((line) => line.replaceAll(/<[^>]*>|\[[^\]]*\]|=.*$|\d+(\.\d+)*/g, '')));
}

function dumps(path: string): boolean {
  return hasProgram('dcmdump') && spawnSync('dcmdump', ['-q', path]).status === 0;
}

/** Reads every element of every level, values included, and says `ok` or the error, a line a file. */
const READ_ALL = `
import sys, warnings, pydicom
warnings.simplefilter('ignore')
for path in sys.stdin.read().splitlines():
    try:
        data = pydicom.dcmread(path)
        count = sum(1 for element in data.iterall() if element.value is not None or True)
        print('ok' if count else 'empty')
    except Exception as error:
        print(type(error).__name__, str(error).replace('\\n', ' ')[:100])
`;

function readWithPydicom(paths: readonly string[]): string[] {
  const python = pythonWithPydicom();
  if (python === null || paths.length === 0) return paths.map(() => 'pydicom is not installed');
  const ran = spawnSync(python, ['-c', READ_ALL], {
    input: paths.join('\n'),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (ran.status !== 0) throw new Error(ran.stderr);
  return ran.stdout.trimEnd().split('\n');
}
