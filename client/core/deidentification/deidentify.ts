import { parseCharacterSets } from '../dicom/charset.js';
import type { Encoding } from '../dicom/element.js';
import { ScanRefused } from '../dicom/refusal.js';
import type { ByteSource } from '../ports.js';
import { deflate } from './deflate.js';
import { replaceDocument } from './documents.js';
import type { ElementNode } from './element-tree.js';
import { gatherIdentifiers } from './gather.js';
import type { Identifiers } from './identifiers.js';
import { GONE, type ActionKind, type Job, type Outcome, type Sight } from './job.js';
import { type Applied, appliedOptions, fileMeta, markedTags, type Marker, markersFor } from './markers.js';
import { objectKind } from './object-kind.js';
import { memorySource, openInstance, type OpenInstance } from './open-instance.js';
import { cleanPixels, type PixelsCleaned } from './pixels.js';
import { PieceList, pieceSource } from './pieces.js';
import type { PixelCleaner, PixelMask } from './pixel-port.js';
import { Refused, type Refusal } from './refused.js';
import { createResidualSearch, type ResidualSearch, wantedBytes } from './residual.js';
import { rewriteLevel, rootPlace } from './rewrite.js';
import type { Risk } from './risk.js';
import { attributesOf, type Attributes } from './root-attributes.js';
import { ENCRYPTED_ATTRIBUTES, encryptedAttributes, type WayBack } from './reversible.js';
import { createRuleBook } from './rules.js';
import { createMemory, type Memory } from './same-again.js';
import { textlessExtent } from './textless.js';
import type { Profile } from './profile.js';
import type { Pseudonyms } from './secret.js';
import { isClassUid } from './uid-kinds.js';

/** What is the same for all instances of a run. */
export interface Deidentification {
  readonly profile: Profile;
  readonly pseudonyms: Pseudonyms;
  /** Who looks at pixels; null when nobody does. */
  readonly cleaner: PixelCleaner | null;
  /** For a profile that is reversible; null where nobody may go back. */
  readonly wayBack: WayBack | null;
}

export interface Deidentifier {
  /** @param masks drawn by a person, for this instance */
  prepare(source: ByteSource, masks?: readonly PixelMask[], signal?: AbortSignal): Promise<Prepared>;
  /** The same, and `witness` sees each element and each marker as they are decided: for a preview, on the sender's machine only. */
  watch(source: ByteSource, witness: Witness, masks?: readonly PixelMask[], signal?: AbortSignal): Promise<Prepared>;
}

export interface Witness {
  element(sight: Sight): void;
  /** What the instance will say of itself: a whole element. */
  marker(marker: Marker, encoding: Encoding): void;
}

export type Prepared = PreparedInstance | { readonly kind: 'refused'; readonly reason: Refusal };

/** An instance that is ready to be written or sent. Nothing of it may be believed before the search has gone through all of its bytes. */
export interface PreparedInstance {
  readonly kind: 'prepared';
  readonly output: ByteSource;
  readonly search: () => ResidualSearch;
  readonly facts: InstanceFacts;
}

/** For the report: no value that was removed. */
export interface InstanceFacts {
  readonly sopClassUid: string;
  readonly modality: string;
  readonly transferSyntaxUid: string;
  readonly actions: ReadonlyMap<ActionKind, ReadonlyMap<number, number>>;
  readonly options: readonly string[];
  readonly masks: readonly PixelMask[];
  readonly maskedFrames: number;
  readonly coding: 'same' | 'lossless' | 'lossy';
  readonly risks: readonly Risk[];
  readonly trailingBytes: number;
}

export function createDeidentifier(run: Deidentification): Deidentifier {
  const rules = createRuleBook(run.profile);
  const memory = createMemory();
  const prepare = async (source: ByteSource, more: Pick<Run, 'masks' | 'signal' | 'witness'>): Promise<Prepared> => {
    try {
      if (run.profile.kind === 'unchanged') return unchanged(source);
      return await prepareInstance(source, { ...run, rules, memory, ...more });
    } catch (error) {
      if (error instanceof Refused || error instanceof ScanRefused) return { kind: 'refused', reason: error.reason };
      throw error;
    }
  };
  return {
    prepare: (source, masks = [], signal = undefined) => prepare(source, { masks, signal, witness: null }),
    watch: (source, witness, masks = [], signal = undefined) => prepare(source, { masks, signal, witness }),
  };
}

interface Run extends Deidentification {
  readonly rules: Job['rules'];
  readonly memory: Memory;
  readonly masks: readonly PixelMask[];
  readonly signal: AbortSignal | undefined;
  readonly witness: Witness | null;
}

async function prepareInstance(source: ByteSource, run: Run): Promise<PreparedInstance> {
  const instance = await openInstance(source);
  const { elements } = instance;
  const root = attributesOf(elements);
  const kind = objectKind(root.text(0x00080016));
  const identifiers = gatherIdentifiers(elements, run.rules, kind);
  const characterSets = parseCharacterSets(root.text(0x00080005));
  const wanted = wantedBytes(identifiers, characterSets);
  const pixels = await cleanPixels(instance, root, run);
  const applied: Applied = { profile: run.profile, pixels: pixels.options, coding: pixels.coding };
  const counts = new Map<ActionKind, Map<number, number>>();
  const patient = run.pseudonyms.patient(patientIdentity(root));
  const job: Job = {
    rules: run.rules,
    pseudonyms: run.pseudonyms,
    patient,
    identifiers,
    wanted,
    objectKind: kind,
    memory: run.memory.open({ patient, identifiers, objectKind: kind, characterSets }),
    replacements: replacementsFor(instance, run.profile, pixels, applied),
    markers: markersFor(elements, instance.encoding, applied, { identifiers, wanted }),
    count: (action, tag) => countOne(counts, action, tag),
    changes: () => undefined,
    witness: run.witness === null ? null : (sight) => run.witness?.element(sight),
  };
  for (const marker of job.markers) run.witness?.marker(marker, instance.encoding);
  const dataSet = await rewriteRoot(instance, job, run);
  const { output, list } = await assemble(source, instance, root, dataSet, run);
  const textless = instance.isDeflated ? null : textlessExtent(elements, pixels.image, list);
  return {
    kind: 'prepared',
    output,
    search: () => createResidualSearch(wanted, textless),
    facts: factsOf(instance, root, pixels, applied, counts),
  };
}

/** Where there is a way back, what changes is found out first, and then put in, encrypted. */
async function rewriteRoot(instance: OpenInstance, job: Job, { profile, wayBack }: Run): Promise<PieceList> {
  const { elements } = instance;
  if (!profile.reversible || wayBack === null) return rewriteLevel(elements, rootPlace(), job).list;
  const changed: ElementNode[] = [];
  rewriteLevel(elements, rootPlace(), {
    ...job,
    count: () => undefined,
    witness: null,
    changes: (node) => void changed.push(node),
  });
  const bytes = await encryptedAttributes(instance, changed, wayBack);
  const markers = bytes === null ? job.markers : [...job.markers, { tag: ENCRYPTED_ATTRIBUTES, bytes }];
  return rewriteLevel(elements, rootPlace(), { ...job, markers: [...markers].sort((a, b) => a.tag - b.tag) }).list;
}

/** One patient keeps one pseudonym and one shift: by ID, else by name and birth date, else by study. */
function patientIdentity(root: Attributes): string {
  const id = root.words(0x00100020).trim().toUpperCase();
  if (id !== '') return `id:${id}`;
  const name = root.words(0x00100010).trim().toUpperCase();
  return name !== '' ? `name:${name}|${root.text(0x00100030)}` : `study:${root.text(0x0020000d)}`;
}

function replacementsFor(
  { elements }: OpenInstance,
  profile: Profile,
  pixels: PixelsCleaned,
  applied: Applied,
): ReadonlyMap<number, Outcome> {
  const documents = profile.documents === 'keep' ? new Map<number, Outcome>() : replaceDocument(elements);
  return new Map<number, Outcome>([
    ...pixels.replacements,
    ...documents,
    ...markedTags(applied).map((tag) => [tag, GONE] as const),
  ]);
}

function countOne(counts: Map<ActionKind, Map<number, number>>, action: ActionKind, tag: number): void {
  const tags = counts.get(action) ?? new Map<number, number>();
  counts.set(action, tags.set(tag, (tags.get(tag) ?? 0) + 1));
}

/** Preamble, meta group and data set, deflated again where it was. */
async function assemble(
  source: ByteSource,
  instance: OpenInstance,
  root: Attributes,
  dataSet: PieceList,
  run: Run,
): Promise<{ readonly output: ByteSource; readonly list: PieceList }> {
  const original = root.text(0x00080018);
  const keepsUids = run.profile.options.has('retainUIDs');
  const sopInstanceUid = keepsUids || original === '' || isClassUid(original) ? original : run.pseudonyms.uid(original);
  const list = new PieceList();
  list.bytes(fileMeta(root.text(0x00080016) || instance.sopClassUid, sopInstanceUid, instance.transferSyntaxUid));
  if (!instance.isDeflated) {
    list.addAll(dataSet);
    return { list, output: pieceSource(list, source, { name: source.name }) };
  }
  const plain = pieceSource(dataSet, instance.data, { name: '' });
  list.bytes(await deflate(plain));
  return { list, output: pieceSource(list, memorySource(new Uint8Array(0)), { name: source.name }) };
}

function factsOf(
  instance: OpenInstance,
  root: Attributes,
  pixels: PixelsCleaned,
  applied: Applied,
  actions: InstanceFacts['actions'],
): InstanceFacts {
  return {
    sopClassUid: root.text(0x00080016),
    modality: root.text(0x00080060),
    transferSyntaxUid: instance.transferSyntaxUid,
    actions,
    options: appliedOptions(applied),
    masks: pixels.masks,
    maskedFrames: pixels.maskedFrames,
    coding: pixels.coding,
    risks: pixels.risks,
    trailingBytes: instance.trailingBytes,
  };
}

const NO_IDENTIFIERS: Identifiers = {
  find: () => [],
  searched: [],
  dates: new Set(),
  uids: new Set(),
  hasUid: () => false,
};

/** `treatment`: the recipient must know the patient; every byte stays. */
function unchanged(source: ByteSource): PreparedInstance {
  return {
    kind: 'prepared',
    output: source,
    search: () => createResidualSearch(wantedBytes(NO_IDENTIFIERS, [])),
    facts: {
      sopClassUid: '',
      modality: '',
      transferSyntaxUid: '',
      actions: new Map(),
      options: [],
      masks: [],
      maskedFrames: 0,
      coding: 'same',
      risks: [],
      trailingBytes: 0,
    },
  };
}
