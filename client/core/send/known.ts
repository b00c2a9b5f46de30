import { type FileId, type MailboxId, type MessageId, type PayloadId } from '../../../crypto/wire/ids.js';
import { type KnownFile } from '../../../crypto/wire/message-body.js';
import { type HeaderPayload, MAX_PAYLOADS } from '../../../crypto/wire/message.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { readVerifiedReceipt } from '../../../crypto/wire/receipt.js';
import { equalBytes } from '../../../crypto/wire/bytes.js';
import { type StoredMessage, messageKey } from '../account/state.js';
import { type Desk } from '../desk.js';
import { CoreError } from '../error.js';
import { type PlanInstance, type PlanStudy, planFiles } from '../package/plan.js';
import { type KnownNote, noteLogs, pairKeys, readNotes, tagOf } from './known-notes.js';
import { type PlannedPackage } from './plan-package.js';
import { sha256Of } from './repetition.js';

/**
 * Files that every recipient has confirmed to have already (docs/spec/envelope.md §4.4): they are named instead of sent, with the earlier
 * payloads in which they lie.
 */
export interface Known {
  /** Known files have the ids of the earlier payload, stand last in the order of travel, and have no source. */
  readonly planned: PlannedPackage;
  readonly files: readonly KnownFile[];
  readonly payloads: readonly HeaderPayload[];
  readonly secrets: ReadonlyMap<PayloadId, Secret>;
}

/** docs/spec/envelope.md §4.2. */
const MAX_KNOWN = 10_000;
/** A name costs a hundred bytes for each recipient: what is hardly longer is sent. */
const MIN_BYTES = 1024;

/** Where a file lies already, for all recipients. */
interface Place {
  readonly note: KnownNote;
  readonly fileId: FileId;
}

interface Search {
  readonly desk: Desk;
  readonly signal?: AbortSignal | undefined;
  readonly pairs: readonly Secret[];
  readonly recipients: readonly MailboxId[];
  readonly names: readonly string[];
  readonly there: Map<PayloadId, Promise<boolean>>;
}

/**
 * @param recipients all but the own mailbox
 * @returns null when there is nothing that all of them have. @throws CoreError `source-changed`, `aborted`, what the relay refuses
 */
export async function findKnown(
  desk: Desk,
  recipients: readonly MailboxId[],
  planned: PlannedPackage,
  signal?: AbortSignal,
): Promise<Known | null> {
  const names = await noteLogs(desk.account, desk.clock.now());
  if (recipients.length === 0 || names.length === 0) return null;
  using pairs = pairKeys(desk.account, recipients);
  const search: Search = { desk, signal, pairs: pairs.keys, recipients, names, there: new Map() };
  const found = new Map<FileId, KnownFile & { readonly note: KnownNote }>();
  for (const study of planned.plan.studies) await searchStudy(search, study, planned, found);
  const kept = withinLimits(found);
  return kept.size === 0 ? null : knownOf(search, planned, kept);
}

type Found = Map<FileId, KnownFile & { readonly note: KnownNote }>;

/** Files are read only where every recipient has got something of the study before. */
async function searchStudy(search: Search, study: PlanStudy, { sources }: PlannedPackage, found: Found): Promise<void> {
  const notes: KnownNote[][] = [];
  for (const [index, pair] of search.pairs.entries()) {
    const mine = await confirmedNotes(
      search,
      index,
      await readNotes(search.desk.account, search.names, pair, study.studyInstanceUid),
    );
    if (mine.length === 0) return;
    notes.push(mine);
  }
  const taken = new Set([...found.values()].map(({ fileId }) => fileId));
  for (const instance of study.series.flatMap(({ instances }) => instances)) {
    const source = sources.get(instance.fileId);
    if (source === undefined || instance.size < MIN_BYTES) continue;
    const sha256 = await sha256Of(source, search.desk.createSha256, search.signal);
    const place = placeFor(search, notes, instance, sha256);
    if (place === null || taken.has(place.fileId)) continue;
    taken.add(place.fileId);
    const { payloadId } = place.note;
    found.set(instance.fileId, { payloadId, fileId: place.fileId, sha256, note: place.note });
  }
}

/** Notes about payloads that this recipient has confirmed, that were not taken back, and that the relay still holds. */
async function confirmedNotes(search: Search, index: number, notes: readonly KnownNote[]): Promise<KnownNote[]> {
  const good: KnownNote[] = [];
  for (const note of notes)
    if (isConfirmed(search, index, note) && (await isThere(search, note.payloadId))) good.push(note);
  return good;
}

function isConfirmed({ desk, recipients }: Search, index: number, { messageId, payloadId }: KnownNote): boolean {
  const { account, clock } = desk;
  const stored = ownCopy(desk, messageId);
  if (stored === undefined || account.state.withdrawals.has(messageId)) return false;
  if (stored.expiresMs <= clock.now() || !stored.secrets.has(payloadId)) return false;
  return (account.state.receipts.get(messageId) ?? [])
    .map(({ agrees, receipt }) => ({ agrees, receipt: readVerifiedReceipt(receipt) }))
    .some(
      ({ agrees, receipt }) =>
        agrees &&
        equalBytes(receipt.headerHash, stored.headerHash) &&
        receipt.kind !== 'refused' &&
        receipt.mailboxId === recipients[index] &&
        receipt.payloads.some((one) => one.payloadId === payloadId && one.isFinal),
    );
}

/** The sender's own copy of what he sent, which holds the payload's secret. */
function ownCopy({ account }: Desk, messageId: MessageId): StoredMessage | undefined {
  return account.state.messages.get(messageKey(account.content.mailboxId, messageId));
}

function isThere({ desk, there }: Search, payloadId: PayloadId): Promise<boolean> {
  const known = there.get(payloadId) ?? askFor(desk, payloadId);
  there.set(payloadId, known);
  return known;
}

async function askFor({ relay }: Desk, payloadId: PayloadId): Promise<boolean> {
  try {
    return (await relay.payload(payloadId)).tally !== null;
  } catch (error) {
    if (error instanceof CoreError && (error.code === 'gone' || error.code === 'not-found')) return false;
    throw error;
  }
}

/** One place that all of them have. */
function placeFor(
  search: Search,
  notes: readonly KnownNote[][],
  { sopInstanceUid }: PlanInstance,
  sha256: Uint8Array,
): Place | null {
  const [first = [], ...others] = search.pairs.map((pair, index) => {
    const tag = tagOf(pair, sopInstanceUid, sha256);
    return (notes[index] ?? []).flatMap((note): Place[] => {
      const fileId = note.files.get(tag);
      return fileId === undefined ? [] : [{ note, fileId }];
    });
  });
  const isSame = (a: Place, b: Place): boolean => a.note.payloadId === b.note.payloadId && a.fileId === b.fileId;
  return first.find((place) => others.every((list) => list.some((other) => isSame(place, other)))) ?? null;
}

/** One place in a header is the message's own package's. The payloads with most of the files come first. */
function withinLimits(found: Found): Found {
  const counts = new Map<PayloadId, number>();
  for (const { payloadId } of found.values()) counts.set(payloadId, (counts.get(payloadId) ?? 0) + 1);
  const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_PAYLOADS - 1);
  const payloads = new Set(most.map(([payloadId]) => payloadId));
  return new Map([...found].filter(([, { payloadId }]) => payloads.has(payloadId)).slice(0, MAX_KNOWN));
}

function knownOf({ desk }: Search, { plan, sources }: PlannedPackage, found: Found): Known {
  const idOf = (fileId: FileId): FileId => found.get(fileId)?.fileId ?? fileId;
  const studies = plan.studies.map((study) => ({
    ...study,
    series: study.series.map((series) => ({
      ...series,
      instances: series.instances.map((one) => ({ ...one, fileId: idOf(one.fileId) })),
    })),
  }));
  const before = planFiles(plan);
  const isKnown = (place: number): boolean => found.has(before[place]?.fileId ?? ('' as FileId));
  const order = [...plan.order.filter((place) => !isKnown(place)), ...plan.order.filter(isKnown)];
  const notes = new Map([...found.values()].map(({ note }) => [note.payloadId, note] as const));
  const secrets = new Map<PayloadId, Secret>();
  for (const { payloadId, messageId } of notes.values()) {
    const secret = ownCopy(desk, messageId)?.secrets.get(payloadId);
    if (secret !== undefined) secrets.set(payloadId, secret);
  }
  const left = [...sources].filter(([fileId]) => !found.has(fileId));
  return {
    planned: { plan: { ...plan, studies, order }, sources: new Map(left) },
    files: [...found.values()].map(({ payloadId, fileId, sha256 }) => ({ payloadId, fileId, sha256 })),
    // Also of the own: its tallies may be signed with keys that this device has renewed since (docs/spec/mailbox.md §3).
    payloads: [...notes.values()].map(({ payloadId, origin }) => ({ payloadId, kind: 'package', origin })),
    secrets,
  };
}
