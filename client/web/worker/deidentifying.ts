import { type Account } from '../../core/account/account.js';
import {
  createDeidentifier,
  type Deidentification,
  type Deidentifier,
} from '../../core/deidentification/deidentify.js';
import type { PixelCleaner, PixelMask } from '../../core/deidentification/pixel-port.js';
import { practiceSecret } from '../../core/deidentification/practice-secret.js';
import { type Preview, type PreviewRow, previewInstance } from '../../core/deidentification/preview.js';
import { encodeProfile, parseProfile, readyProfile } from '../../core/deidentification/profile.js';
import { createWayBack } from '../../core/deidentification/reversible.js';
import { createPseudonyms } from '../../core/deidentification/secret.js';
import { loadDictionary } from '../../core/dicom/dictionary.js';
import { createPixelCleaner } from '../../core/pixels/cleaner.js';
import { type ByteSource, type ReopenSource } from '../../core/ports.js';
import { type BlockedInstance, deidentifyStudies, reopenDeidentified } from '../../core/send/deidentify.js';
import { type CollectedStudy } from '../../core/send/study-tree.js';
import {
  type AttributeRow,
  type BlockedView,
  type DeidentifiedView,
  type DeidentifyInput,
  type PreviewView,
} from '../desk/deidentification.js';
import { type Call } from '../desk/rpc.js';
import { createPixelWorkers } from '../ports/pixel-workers.js';

/** De-identification in the browser, before anything is packed (docs/spec/deidentification.md). */

/** The same pseudonyms as the command line's without `--purpose`. */
const PURPOSE = 'default';

let cleaner: PixelCleaner | null = null;

function run(account: Account, recipe: string): Deidentification {
  const { profile, purpose } = JSON.parse(recipe) as { readonly profile: string; readonly purpose: string };
  const secret = practiceSecret(account.content, purpose);
  cleaner ??= createPixelCleaner(createPixelWorkers());
  return {
    profile: parseProfile(profile),
    pseudonyms: createPseudonyms(secret),
    cleaner,
    wayBack: createWayBack(secret),
  };
}

function recipeOf({ profile, options }: DeidentifyInput): string {
  return JSON.stringify({ profile: encodeProfile(readyProfile(profile, options)), purpose: PURPOSE });
}

/** Sources of an earlier visit are made again as they were, byte for byte. */
export function reopening(account: Account, reopen: ReopenSource): ReopenSource {
  const known = new Map<string, Deidentifier>();
  return reopenDeidentified(reopen, (recipe) => {
    const made = known.get(recipe) ?? createDeidentifier(run(account, recipe));
    known.set(recipe, made);
    return made;
  });
}

export async function deidentify(
  account: Account,
  studies: readonly CollectedStudy[],
  input: DeidentifyInput,
  { signal, report }: Call,
): Promise<{ readonly studies: readonly CollectedStudy[]; readonly view: DeidentifiedView }> {
  const recipe = recipeOf(input);
  const seriesOf = new Map(
    studies.flatMap(({ series }) =>
      series.flatMap(({ seriesInstanceUid, instances }) => instances.map(({ source }) => [source, seriesInstanceUid])),
    ) as [ByteSource, string][],
  );
  const result = await deidentifyStudies(studies, {
    deidentifier: createDeidentifier(run(account, recipe)),
    recipe,
    decision: input.isConfirmed ? 'confirmed' : 'hold',
    masksOf: (source) => masksOf(input, seriesOf.get(source) ?? ''),
    signal,
    onProgress: (bytes) => report({ bytes }),
  });
  const maskedFrames = result.prepared.reduce((sum, facts) => sum + facts.maskedFrames, 0);
  const view = { blocked: blockedViews(result.blocked), instances: result.prepared.length, maskedFrames };
  return { studies: result.studies, view };
}

function masksOf({ masks }: DeidentifyInput, seriesUid: string): PixelMask[] {
  return (masks[seriesUid] ?? []).map((region) => ({ ...region, frame: null, source: 'manual' }));
}

function blockedViews(blocked: readonly BlockedInstance[]): BlockedView[] {
  const counts = new Map<string, number>();
  for (const { reason } of blocked) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, instances]) => ({ reason, instances }));
}

/** One instance of a series, attribute by attribute, with the very pass that makes the result. */
export async function preview(
  account: Account,
  source: ByteSource,
  seriesUid: string,
  input: DeidentifyInput,
  signal: AbortSignal,
): Promise<PreviewView> {
  const masks = masksOf(input, seriesUid);
  const choices = { masks, dictionary: await loadDictionary(), signal };
  const found: Preview = await previewInstance(source, run(account, recipeOf(input)), choices);
  if (found.kind === 'refused') return found;
  const { rows, more, facts } = found;
  return {
    kind: 'preview',
    rows: rows.map(attributeRow),
    more,
    risks: facts.risks.map(({ kind }) => kind),
    masks: facts.masks.map(({ x, y, width, height, source: by }) => ({
      ...{ x, y, width, height },
      isDrawn: by === 'manual',
    })),
  };
}

function attributeRow({ tag, name, path, action, words, before, after }: PreviewRow): AttributeRow {
  return {
    ...{ tag, name, words },
    depth: path.length,
    isSame: action === 'same' || action === 'keep' || action === 'descend',
    before: textOf(before),
    after: textOf(after),
  };
}

function textOf(value: PreviewRow['before']): string | null {
  switch (value.kind) {
    case 'absent':
      return null;
    case 'text':
      return value.cut ? `${value.text} …` : value.text;
    case 'items':
      return `[${value.count}]`;
    case 'bytes':
      return `${value.length} B`;
  }
}
