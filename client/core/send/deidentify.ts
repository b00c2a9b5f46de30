import * as z from 'zod';
import { type Deidentifier, type PreparedInstance } from '../deidentification/deidentify.js';
import type { PixelMask } from '../deidentification/pixel-port.js';
import type { Refusal } from '../deidentification/refused.js';
import type { Report } from '../deidentification/report.js';
import { scanSource, type ScannedInstance } from '../dicom/scan.js';
import { CoreError, throwIfAborted } from '../error.js';
import type { ByteSource, CreateSha256, ReopenSource, Sha256 } from '../ports.js';
import type { CollectedInstance } from './collected.js';
import { type CollectedStudy, studyTree } from './study-tree.js';

/** The step of de-identification (docs/walkthrough.md): what is packed, planned and sent afterwards is the result. */
export interface DeidentifyStep {
  readonly deidentifier: Deidentifier;
  /** By which a later run makes the same deidentifier again: a profile and a purpose, no secret. */
  readonly recipe: string;
  /** Whether the sender has decided about what the rules cannot decide: burned-in text, faces. */
  readonly decision: 'hold' | 'confirmed';
  /** What a person has drawn over the pictures of an instance. */
  readonly masksOf?: ((source: ByteSource) => readonly PixelMask[]) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Told of each instance, with its digests before and after. */
  readonly report?: { readonly report: Report; readonly createSha256: CreateSha256 } | undefined;
}

export interface BlockedInstance {
  /** Relative: for the screen, never for a log. */
  readonly path: string;
  readonly reason: Refusal;
}

export interface Deidentified {
  readonly studies: readonly CollectedStudy[];
  /** Not empty: nothing may be sent until the sender has left these out, masked them or confirmed the risk. */
  readonly blocked: readonly BlockedInstance[];
  readonly prepared: readonly PreparedInstance['facts'][];
}

/** Each instance prepared, searched through and scanned anew; the tree is that of the new identifiers. @throws CoreError `aborted` */
export async function deidentifyStudies(
  studies: readonly CollectedStudy[],
  step: DeidentifyStep,
): Promise<Deidentified> {
  const instances: CollectedInstance[] = [];
  const blocked: BlockedInstance[] = [];
  const prepared: PreparedInstance['facts'][] = [];
  let bytes = 0;
  for (const { source, isKey = false } of studies.flatMap(({ series }) => series.flatMap((one) => one.instances))) {
    throwIfAborted(step.signal);
    const result = await deidentifyInstance(source, step);
    if (result.kind === 'blocked') {
      blocked.push({ path: source.name, reason: result.reason });
      step.report?.report.refused(result.reason);
    } else {
      instances.push(isKey ? { ...result.instance, isKey } : result.instance);
      prepared.push(result.facts);
    }
    bytes += source.size;
    step.onProgress?.(bytes);
  }
  return { studies: studyTree(instances), blocked, prepared };
}

type InstanceResult =
  | { readonly kind: 'ready'; readonly instance: CollectedInstance; readonly facts: PreparedInstance['facts'] }
  | { readonly kind: 'blocked'; readonly reason: Refusal };

async function deidentifyInstance(source: ByteSource, step: DeidentifyStep): Promise<InstanceResult> {
  const masks = step.masksOf?.(source) ?? [];
  const result = await step.deidentifier.prepare(source, masks, step.signal);
  if (result.kind === 'refused') return { kind: 'blocked', reason: result.reason };
  const { output, facts } = result;
  if (step.decision === 'hold' && facts.risks.some(({ blocks }) => blocks)) return { kind: 'blocked', reason: 'risk' };
  const search = result.search();
  const hash = step.report?.createSha256();
  for await (const chunk of output.stream()) {
    search.update(chunk);
    hash?.update(chunk);
  }
  if (search.hits() > 0) return { kind: 'blocked', reason: 'residual' };
  const scan = await scanned(output);
  if (scan === null) return { kind: 'blocked', reason: 'malformed' };
  if (step.report !== undefined && hash !== undefined) {
    const input = await digestOf(source, step.report.createSha256());
    step.report.report.written(facts, { input, output: hash.digest() }, output.size);
  }
  const lasting = lastingSource(source, masks, output.size, step);
  return { kind: 'ready', facts, instance: { source: lasting, scan, size: output.size } };
}

async function digestOf(source: ByteSource, hash: Sha256): Promise<Uint8Array> {
  for await (const chunk of source.stream()) hash.update(chunk);
  return hash.digest();
}

async function scanned(output: ByteSource): Promise<ScannedInstance | null> {
  const result = await scanSource(output);
  return result.kind === 'instance' ? result : null;
}

const PREFIX = 'deidentified:';
const MAX_MASKS = 50;
const corner = z.number().int().min(0);
const side = z.number().int().min(1);
const schema = z.strictObject({
  recipe: z.string().max(2_048),
  size: z.number().int().min(0),
  locator: z.string().max(4_096),
  /** `[x, y, width, height, frame or null]`, as somebody drew them. */
  masks: z
    .array(z.tuple([corner, corner, side, side, corner.nullable()]))
    .max(MAX_MASKS)
    .optional(),
});

/** A source for the plan: it holds nothing of the instance, which is prepared again when its turn comes. */
function lastingSource(
  source: ByteSource,
  masks: readonly PixelMask[],
  size: number,
  { recipe, deidentifier }: DeidentifyStep,
): ByteSource {
  const made = madeAgain(source, masks, size, deidentifier);
  if (source.locator === undefined) return made;
  const drawn = masks.map(({ x, y, width, height, frame }) => [x, y, width, height, frame]);
  const more = drawn.length === 0 ? {} : { masks: drawn };
  return { ...made, locator: PREFIX + JSON.stringify({ recipe, size, locator: source.locator, ...more }) };
}

/**
 * Makes de-identified sources of an earlier run again, byte for byte the same, and finds all others by the shell's own `reopen`.
 * @throws CoreError `source-changed`
 */
export function reopenDeidentified(
  reopen: ReopenSource,
  deidentifierFor: (recipe: string) => Deidentifier,
): ReopenSource {
  return async (locator) => {
    if (!locator.startsWith(PREFIX)) return reopen(locator);
    const { recipe, size, locator: original, masks = [] } = schema.parse(JSON.parse(locator.slice(PREFIX.length)));
    const drawn = masks.map(([x, y, width, height, frame]): PixelMask => {
      return { x, y, width, height, frame, source: 'manual' };
    });
    return madeAgain(await reopen(original), drawn, size, deidentifierFor(recipe));
  };
}

function madeAgain(
  source: ByteSource,
  masks: readonly PixelMask[],
  size: number,
  deidentifier: Deidentifier,
): ByteSource {
  let open: Promise<ByteSource> | null = null;
  const output = (): Promise<ByteSource> => (open ??= prepareAgain(source, masks, size, deidentifier));
  return {
    // Nothing of the input's name: it often is the patient's.
    name: 'instance.dcm',
    size,
    ...(source.modifiedMs === undefined ? {} : { modifiedMs: source.modifiedMs }),
    read: async (offset, length) => (await output()).read(offset, length),
    async *stream(offset = 0) {
      yield* (await output()).stream(offset);
      open = null;
    },
  };
}

async function prepareAgain(
  source: ByteSource,
  masks: readonly PixelMask[],
  size: number,
  deidentifier: Deidentifier,
): Promise<ByteSource> {
  const again = await deidentifier.prepare(source, masks);
  if (again.kind === 'refused' || again.output.size !== size) {
    throw new CoreError('source-changed', 'the instance is not the one that was prepared');
  }
  return again.output;
}
