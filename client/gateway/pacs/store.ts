import { openDataSet } from '../../core/dicom/data-set.js';
import { scanSource } from '../../core/dicom/scan.js';
import { type ByteSource } from '../../core/ports.js';
import { diskFile } from '../../node/disk-source.js';
import { COMMAND, STATUS } from '../dimse/command.js';
import { type Association, openAssociation } from '../dimse/requestor.js';
import { type ProposedContext } from '../dimse/pdu.js';
import { GatewayError } from '../error.js';
import { type ReceivedFile } from '../incoming/received-files.js';
import { type Reference } from './commitment.js';
import { type PacsAddress, remoteOf } from '../query/remote.js';

/** C-STORE to a PACS: the data sets as they were signed, or under the practice's own patient, in the transfer syntax they have. */

export type StoredInstance =
  | { readonly kind: 'stored' }
  /** The PACS does not take the class, or the transfer syntax: nothing of ours is converted. */
  | { readonly kind: 'not-accepted' }
  | { readonly kind: 'refused'; readonly status: number };

/** What is stored instead of the file as it was signed; null: the file itself. */
export type ChangeInstance = (file: ReceivedFile) => ((source: ByteSource) => Promise<ByteSource>) | null;

interface Prepared {
  readonly file: ReceivedFile;
  readonly source: ByteSource;
  /** Where the data set begins. */
  readonly start: number;
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
}

/** PS3.8 §9.3.2.2: ids are the odd numbers to 255. */
const MAX_CONTEXTS = 128;
/** Files that are looked at before an association is opened for them: a study has few classes and syntaxes. */
const BATCH = 500;

/**
 * One association a batch. `onResult` is awaited after each instance: what it writes down is not asked again.
 * @throws GatewayError `pacs-unreachable`, `pacs-rejected`, `association-broken`: the rest is open
 */
export async function storeFiles(
  pacs: PacsAddress,
  files: readonly ReceivedFile[],
  signal: AbortSignal,
  onResult: (file: ReceivedFile, result: StoredInstance) => Promise<void>,
  change: ChangeInstance = () => null,
): Promise<void> {
  for (let at = 0; at < files.length; at += BATCH) {
    const prepared: Prepared[] = [];
    for (const file of files.slice(at, at + BATCH)) {
      const one = await prepare(file, change(file));
      if (one === null) await onResult(file, { kind: 'not-accepted' });
      else prepared.push(one);
    }
    await storeBatch(pacs, prepared, signal, onResult);
  }
}

/** Null for what has no class or instance UID: it cannot be negotiated. */
async function prepare(file: ReceivedFile, change: ReturnType<ChangeInstance>): Promise<Prepared | null> {
  const signed = await diskFile(file.absolute);
  const source = change === null ? signed : await change(signed);
  const scan = await scanSource(source);
  if (scan.kind !== 'instance') return null;
  const { cursor, start } = await openDataSet(source);
  await cursor.close();
  const { sopClassUid, sopInstanceUid, transferSyntaxUid } = scan;
  return { file, source, start, sopClassUid, sopInstanceUid, transferSyntaxUid };
}

async function storeBatch(
  pacs: PacsAddress,
  all: readonly Prepared[],
  signal: AbortSignal,
  onResult: (file: ReceivedFile, result: StoredInstance) => Promise<void>,
): Promise<void> {
  if (all.length === 0) return;
  const contexts = contextsFor(all);
  const association = await openAssociation(remoteOf(pacs), contexts);
  try {
    for (const [index, one] of all.entries()) {
      if (signal.aborted) throw new GatewayError('association-broken', 'about to end');
      await onResult(one.file, await storeOne(association, contexts, one, index + 1));
    }
    await association.release().catch(() => undefined);
  } catch (error) {
    association.abort();
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('association-broken', 'broken off', { cause: error });
  }
}

function contextsFor(all: readonly Prepared[]): ProposedContext[] {
  const pairs = new Map(all.map((one) => [`${one.sopClassUid} ${one.transferSyntaxUid}`, one] as const));
  return [...pairs.values()].slice(0, MAX_CONTEXTS).map(({ sopClassUid, transferSyntaxUid }, index) => {
    return { id: 2 * index + 1, abstractSyntax: sopClassUid, transferSyntaxes: [transferSyntaxUid] };
  });
}

async function storeOne(
  association: Association,
  contexts: readonly ProposedContext[],
  { source, start, sopClassUid, sopInstanceUid, transferSyntaxUid }: Prepared,
  number: number,
): Promise<StoredInstance> {
  const context = contexts.find(
    ({ abstractSyntax, transferSyntaxes }) =>
      abstractSyntax === sopClassUid && transferSyntaxes.includes(transferSyntaxUid),
  );
  if (context === undefined || association.accepted(context.id) === null) return { kind: 'not-accepted' };
  const messageId = number & 0xffff;
  const command = { field: COMMAND.storeRq, messageId, priority: 0, hasDataSet: true, sopClassUid, sopInstanceUid };
  const { command: answer } = await association.request(context.id, command, source.stream(start));
  if (answer.field !== COMMAND.storeRsp || answer.respondedTo !== messageId) {
    throw new GatewayError('association-broken', 'an answer to something else');
  }
  // PS3.4 Table B.2-1: Bxxx are warnings, the instance is stored.
  const isStored = answer.status === STATUS.success || (answer.status & 0xf000) === 0xb000;
  return isStored ? { kind: 'stored' } : { kind: 'refused', status: answer.status };
}

/** Asks whether a PACS is there and knows us. @throws GatewayError */
export async function echo(pacs: PacsAddress): Promise<void> {
  const context = { id: 1, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] };
  const association = await openAssociation(remoteOf(pacs), [context]);
  try {
    if (association.accepted(1) === null) throw new GatewayError('pacs-rejected', 'no verification');
    const command = { field: COMMAND.echoRq, messageId: 1, hasDataSet: false, sopClassUid: context.abstractSyntax };
    const { command: answer } = await association.request(1, command);
    const isAnswer = answer.field === COMMAND.echoRsp && answer.respondedTo === 1;
    if (!isAnswer || answer.status !== STATUS.success) throw new GatewayError('pacs-refused', 'refused');
    await association.release().catch(() => undefined);
  } finally {
    association.abort();
  }
}

/** Class and UID of each instance, for what is asked about them. What cannot be read is left out: it has not been stored either. */
export async function referencesOf(files: readonly ReceivedFile[]): Promise<readonly Reference[]> {
  const references: Reference[] = [];
  for (const { absolute } of files) {
    const scan = await scanSource(await diskFile(absolute));
    if (scan.kind === 'instance') references.push(scan);
  }
  return references;
}
