import { toHex } from '../../../crypto/wire/bytes.js';
import { ACTIONS } from './actions.js';
import type { InstanceFacts } from './deidentify.js';
import type { ActionKind } from './job.js';
import { EDITION, type Profile } from './profile.js';
import type { Refusal } from './refused.js';
import type { RiskKind } from './risk.js';
import { tableRows } from './rules.js';

/** By which a recipient's program knows the report among the attachments of a message. */
export const REPORT_MEDIA_TYPE = 'application/vnd.bildbote.deidentification+json';

/** What was done, for the data protection officer: no removed value, no file name, nothing that is not counted or named by the standard. */
export interface ReportContent {
  readonly type: 'bildbote-deidentification';
  readonly version: 1;
  readonly software: string;
  readonly createdAt: string;
  readonly profile: {
    readonly name: string;
    readonly date: string;
    readonly edition: string;
    readonly options: readonly string[];
    readonly documents: string;
  };
  /** Where the secret for pseudonyms came from. */
  readonly secret: string;
  readonly files: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly actions: readonly ReportAction[];
  readonly risks: Readonly<Record<string, number>>;
  readonly instances: readonly ReportInstance[];
}

export interface ReportAction {
  readonly action: ActionKind;
  readonly words: { readonly en: string; readonly de: string };
  readonly attributes: readonly { readonly tag: string; readonly name: string; readonly count: number }[];
}

export interface ReportInstance {
  /** SHA-256, hexadecimal. */
  readonly input: string | null;
  readonly output: string | null;
  readonly bytes: number;
  readonly modality: string;
  readonly sopClassUid: string;
  readonly transferSyntaxUid: string;
  readonly options: readonly string[];
  readonly masks: readonly {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly frame: number | null;
    readonly source: string;
  }[];
  readonly maskedFrames: number;
  readonly pixels: 'same' | 'lossless' | 'lossy';
  readonly risks: readonly RiskKind[];
  readonly trailingBytes: number;
}

export interface Report {
  written(facts: InstanceFacts, digests: ReportDigests | null, bytes: number): void;
  refused(reason: Refusal): void;
  finish(): ReportContent;
}

/** SHA-256 before and after. */
export interface ReportDigests {
  readonly input: Uint8Array;
  readonly output: Uint8Array;
}

export interface ReportHead {
  readonly profile: Profile;
  readonly software: string;
  readonly secret: string;
  readonly createdMs: number;
}

/** Instances that are listed one by one; the sums count all. */
const MAX_LISTED = 100_000;

export function createReport({ profile, software, secret, createdMs }: ReportHead): Report {
  const totals = new Map<ActionKind, Map<number, number>>();
  const refused: Record<string, number> = {};
  const risks: Record<string, number> = {};
  const instances: ReportInstance[] = [];
  let files = 0;
  return {
    written(facts, digests, bytes) {
      files++;
      for (const [action, tags] of facts.actions) addCounts(totals, action, tags);
      for (const { kind } of facts.risks) risks[kind] = (risks[kind] ?? 0) + 1;
      if (instances.length < MAX_LISTED) instances.push(instanceOf(facts, digests, bytes));
    },
    refused: (reason) => void (refused[reason] = (refused[reason] ?? 0) + 1),
    finish: () => ({
      type: 'bildbote-deidentification',
      version: 1,
      software,
      createdAt: new Date(createdMs).toISOString(),
      profile: {
        name: profile.name,
        date: profile.date,
        edition: EDITION,
        options: [...profile.options],
        documents: profile.documents,
      },
      secret,
      files,
      refused,
      actions: actionsOf(totals),
      risks,
      instances,
    }),
  };
}

function addCounts(
  totals: Map<ActionKind, Map<number, number>>,
  action: ActionKind,
  tags: ReadonlyMap<number, number>,
): void {
  const sums = totals.get(action) ?? new Map<number, number>();
  totals.set(action, sums);
  for (const [tag, count] of tags) {
    const key = publicTag(tag);
    sums.set(key, (sums.get(key) ?? 0) + count);
  }
}

/** Private attributes are counted as one: their numbers can name a maker, a site, a test. */
function publicTag(tag: number): number {
  return (tag >>> 16) & 1 ? PRIVATE : tag;
}

const PRIVATE = 0xffffffff;

function actionsOf(totals: ReadonlyMap<ActionKind, ReadonlyMap<number, number>>): ReportAction[] {
  const names = new Map(tableRows().flatMap((row) => (row.tag === null ? [] : [[row.tag, row.name] as const])));
  const kinds = (Object.keys(ACTIONS) as ActionKind[]).filter((kind) => totals.has(kind));
  return kinds.map((action) => ({
    action,
    words: ACTIONS[action].words,
    attributes: [...(totals.get(action) ?? [])]
      .sort(([a], [b]) => a - b)
      .map(([tag, count]) => ({ tag: tag === PRIVATE ? 'private' : tagText(tag), name: names.get(tag) ?? '', count })),
  }));
}

export function tagText(tag: number): string {
  const hex = tag.toString(16).toUpperCase().padStart(8, '0');
  return `(${hex.slice(0, 4)},${hex.slice(4)})`;
}

function instanceOf(facts: InstanceFacts, digests: ReportDigests | null, bytes: number): ReportInstance {
  return {
    input: digests === null ? null : toHex(digests.input),
    output: digests === null ? null : toHex(digests.output),
    bytes,
    modality: facts.modality,
    sopClassUid: facts.sopClassUid,
    transferSyntaxUid: facts.transferSyntaxUid,
    options: facts.options,
    masks: facts.masks.map(({ x, y, width, height, frame, source }) => ({ x, y, width, height, frame, source })),
    maskedFrames: facts.maskedFrames,
    pixels: facts.coding,
    risks: facts.risks.map(({ kind }) => kind),
    trailingBytes: facts.trailingBytes,
  };
}
