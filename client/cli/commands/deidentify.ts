import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CoreError } from '../../core/error.js';
import type { PixelMask } from '../../core/deidentification/pixel-port.js';
import { practiceSecret } from '../../core/deidentification/practice-secret.js';
import type { Profile } from '../../core/deidentification/profile.js';
import type { Report } from '../../core/deidentification/report.js';
import { createPseudonyms, purposeSecret, SECRET_BYTES } from '../../core/deidentification/secret.js';
import { mapOrdered } from '../../core/send/concurrency.js';
import type { DeidentifyJob, WrittenInstance } from '../../node/deidentify-folder.js';
import { openDeidentifyThreads } from '../../node/deidentify-thread.js';
import { diskFile, diskTree } from '../../node/disk-source.js';
import { replaceFile } from '../../node/durable.js';
import type { ByteSource } from '../../core/ports.js';
import { startReport, writeReport } from '../deidentification-report.js';
import { DEFAULT_PURPOSE, loadProfile } from '../../node/named-profile.js';
import type { Output } from '../output.js';
import { interruptSignal } from '../signal.js';
import { UsageError } from '../usage-error.js';

export interface DeidentifyOptions {
  readonly profile: string;
  readonly options?: string;
  readonly masks?: string;
  readonly key?: string;
  readonly keystore?: string;
  readonly purpose?: string;
  readonly report?: string;
  readonly manifest?: string;
}

/** `bildbote deidentify IN OUT`: every instance under IN to OUT, with the profile's rules. */
export async function runDeidentify(
  input: string,
  target: string,
  options: DeidentifyOptions,
  output: Output,
): Promise<void> {
  const profile = await loadProfile(options.profile, options.options);
  const { secret, origin } = await loadSecret(options);
  const masks = await loadMasks(options.masks);
  if (origin === 'random') output.note(randomText(output));
  const report = startReport(profile, origin);
  await using workers = chooseWorkers(profile, secret);
  const work = await planWork(input, target, options, secret, masks, workers.grown);
  const desk = await workers.chosen();
  const signal = interruptSignal();
  const map: Record<string, string> = {};
  const refused: Record<string, string> = {};
  let bytes = 0;
  const results = mapOrdered(lists(work, desk.together), desk.atOnce, async (list) => {
    signal.throwIfAborted();
    return { list, results: await desk.run(list.map(({ job }) => job)) };
  });
  for await (const { list, results: done } of results) {
    for (const [index, one] of list.entries()) {
      const result = done[index];
      if (result === undefined) throw new RangeError('a job without a result');
      noteResult(report, result);
      if (result.kind === 'written') map[one.from] = one.to;
      else refused[one.from] = result.reason;
      bytes += one.job.size;
    }
    output.progress('deidentify', bytes, null);
  }
  output.progressDone();
  await writeFiles(options, report, { map, refused });
  const [files, left] = [Object.keys(map).length, Object.keys(refused).length];
  output.result(
    { type: 'deidentified', files, refused: left, profile: profile.name, secret: origin },
    doneText(output, files, left),
  );
}

async function loadMasks(path: string | undefined): Promise<ReadonlyMap<string, readonly PixelMask[]>> {
  if (path === undefined) return new Map();
  // Only here: it brings the schema library, which takes as long to load as many files take.
  const { parseMasks } = await import('../../core/deidentification/masks.js');
  return parseMasks(await readFile(path, 'utf8'));
}

/** Threads for many files; for a few they would take longer to start than the files. */
const FEW_FILES = 8;

interface Workers extends AsyncDisposable {
  /** Lists of jobs under way, and jobs in a list. */
  readonly atOnce: number;
  readonly together: number;
  run(jobs: readonly DeidentifyJob[]): Promise<readonly WrittenInstance[]>;
}

/** Files of a list: a message between threads takes as long as a small part of one, and at the end the last list is waited for. */
const TOGETHER = 8;

interface Choice extends AsyncDisposable {
  /** Told of each file that is found: threads start while the rest is being looked for. */
  grown(files: number): void;
  chosen(): Promise<Workers>;
}

function chooseWorkers(profile: Profile, secret: Uint8Array): Choice {
  let workers: Workers | null = null;
  return {
    grown(files) {
      if (workers !== null || files <= FEW_FILES || profile.kind !== 'deidentify') return;
      workers = Object.assign(openDeidentifyThreads({ profile, secret }), { together: TOGETHER });
    },
    async chosen() {
      return (workers ??= await openHere(profile, secret));
    },
    async [Symbol.asyncDispose]() {
      await workers?.[Symbol.asyncDispose]();
    },
  };
}

/** In this thread; only here it has to load what the threads load. */
async function openHere(profile: Profile, secret: Uint8Array): Promise<Workers> {
  const { createFileDeidentifier } = await import('../../node/file-deidentifier.js');
  return { ...createFileDeidentifier({ profile, secret }), atOnce: 2, together: 1 };
}

interface Work {
  /** As the manifest names input and output. */
  readonly from: string;
  readonly to: string;
  readonly job: DeidentifyJob;
}

async function planWork(
  input: string,
  target: string,
  options: DeidentifyOptions,
  secret: Uint8Array,
  masks: ReadonlyMap<string, readonly PixelMask[]>,
  grown: (files: number) => void,
): Promise<Work[]> {
  const { fileName } = createPseudonyms(secret);
  const places = await placesOf(input, target, fileName);
  const work: Work[] = [];
  for await (const source of diskTree([input])) {
    const { from, to, path } = places(source);
    const digests = options.report === undefined ? 'none' : 'both';
    const job = {
      path: source.locator ?? '',
      size: source.size,
      target: path,
      masks: masks.get(from) ?? [],
      digests,
    } as const;
    work.push({ from, to, job });
    grown(work.length);
  }
  return work;
}

async function* lists<T>(all: readonly T[], length: number): AsyncGenerator<readonly T[], void, undefined> {
  for (let at = 0; at < all.length; at += length) yield await Promise.resolve(all.slice(at, at + length));
}

function noteResult(report: Report, result: WrittenInstance): void {
  if (result.kind === 'refused') report.refused(result.reason);
  else report.written(result.facts, result.digests, result.bytes);
}

async function writeFiles(options: DeidentifyOptions, report: Report, manifest: object): Promise<void> {
  if (options.manifest !== undefined)
    await writeFile(options.manifest, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  if (options.report === undefined) return;
  await writeReport(options.report, report.finish());
}

type SecretOrigin = 'file' | 'keystore' | 'random';

type SecretOptions = Pick<DeidentifyOptions, 'key' | 'keystore' | 'purpose'>;

async function loadSecret(options: SecretOptions): Promise<{ secret: Uint8Array; origin: SecretOrigin }> {
  const { key, keystore, purpose } = options;
  if (key !== undefined && keystore !== undefined) throw new UsageError('--key and --keystore exclude each other');
  if (key !== undefined) {
    const secret = keyOf(await readFile(key));
    return { secret: purpose === undefined ? secret : purposeSecret(secret, purpose), origin: 'file' };
  }
  if (keystore === undefined) return { secret: randomBytes(SECRET_BYTES), origin: 'random' };
  // Only here: it brings all of the cryptography, and most runs have a key or none.
  const { openDesk } = await import('../desk.js');
  await using desk = await openDesk(keystore);
  return { secret: practiceSecret(desk.account.content, purpose ?? DEFAULT_PURPOSE), origin: 'keystore' };
}

/** 32 bytes, or the same as 64 hexadecimal digits. */
function keyOf(file: Uint8Array): Uint8Array {
  if (file.length === SECRET_BYTES) return file;
  const text = Buffer.from(file).toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  throw new CoreError('secret-invalid', 'the key has not 32 bytes');
}

interface Place {
  /** As the manifest names the input. */
  readonly from: string;
  readonly to: string;
  readonly path: string;
}

/** A folder goes into a folder; a file goes into a file, or into a folder that is there already. */
async function placesOf(
  input: string,
  target: string,
  nameFor: (path: string) => string,
): Promise<(source: ByteSource) => Place> {
  const isFolder = (await stat(input)).isDirectory();
  const intoFolder = isFolder || ((await stat(target).catch(() => null))?.isDirectory() ?? false);
  const root = resolve(target);
  return ({ name }) => {
    const from = isFolder ? name.split('/').slice(1).join('/') : name;
    if (!intoFolder) return { from, to: basename(root), path: root };
    const to = `${nameFor(from)}.dcm`;
    return { from, to, path: join(root, to) };
  };
}

function randomText({ language }: Output): string {
  return language === 'de'
    ? 'Kein Geheimnis angegeben: ein zufälliges wird benutzt und vergessen. Ein weiterer Lauf ergibt andere Pseudonyme.'
    : 'No secret given: a random one is used and forgotten. Another run will give other pseudonyms.';
}

function doneText({ language }: Output, files: number, refused: number): string {
  return language === 'de'
    ? `De-identifiziert: ${files} Instanzen, abgelehnt: ${refused}`
    : `De-identified: ${files} instances, refused: ${refused}`;
}

/** `bildbote reidentify IN OUT`: the original attributes of one instance, for the holder of the secret. */
export async function runReidentify(
  input: string,
  target: string,
  options: SecretOptions,
  output: Output,
): Promise<void> {
  if (options.key === undefined && options.keystore === undefined)
    throw new UsageError('reidentify needs --key or --keystore');
  const { secret } = await loadSecret(options);
  const { reidentify } = await import('../../core/deidentification/reversible.js');
  const source = await reidentify(await diskFile(input), secret);
  await replaceFile(resolve(target), await source.read(0, source.size));
  const text =
    output.language === 'de' ? 'Die ursprünglichen Angaben stehen wieder darin.' : 'The original attributes are back.';
  output.result({ type: 'reidentified', bytes: source.size }, text);
}
