import { IMPLEMENTATION_CLASS_UID } from '../../core/dicom/meta.js';
import {
  COMMAND,
  type Command,
  MAX_COMMAND_BYTES,
  type MoveOriginator,
  STATUS,
  encodeCommand,
  parseCommand,
} from './command.js';
import { DimseError, refuse } from './error.js';
import { type Link } from './link.js';
import { type AnsweredContext, type Pdu, type Pdv, type ProposedContext, type RoleSelection } from './pdu.js';
import { INSTANCE_AVAILABILITY, STORAGE_COMMITMENT, VERIFICATION, isStandardSyntax, newUid } from './uids.js';

/** The accepting side of an association: C-ECHO, C-STORE, N-EVENT-REPORT and N-CREATE, one operation at a time (PS3.7 §9, §10, PS3.8 §7). */

export interface StoreRequest {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Of the context it came in: the data set is written in it, whatever it is. */
  readonly transferSyntaxUid: string;
  /** Whose C-MOVE has caused it, as the peer says; null when it does not. */
  readonly moveOriginator?: MoveOriginator | null;
}

/** An N-EVENT-REPORT of storage commitment (PS3.4 §J.3.3), not yet looked at. */
export interface EventReport {
  readonly eventType: number;
  readonly transferSyntaxUid: string;
  readonly dataSet: Uint8Array;
}

/** An N-CREATE of Instance Availability Notification (PS3.4 §R.3), not yet looked at. */
export type Notification = Pick<EventReport, 'transferSyntaxUid' | 'dataSet'>;

export interface PeerTitles {
  readonly calledAe: string;
  readonly callingAe: string;
}

/** Where the bytes of a data set go, as they are. */
export interface DataSetSink {
  /** The bytes are good until it returns. */
  write(bytes: Uint8Array): Promise<void>;
  /** Everything has come: durable, when it returns `success`. @returns a status of C-STORE */
  end(): Promise<number>;
  /** The rest will not come. */
  abandon(): Promise<void>;
}

export interface Verdict {
  readonly kind: 'accepted' | 'called-unknown' | 'calling-unknown' | 'busy';
}

export interface AcceptorOptions {
  readonly maxPduBytes: number;
  /** Who may talk to whom. */
  judge(titles: PeerTitles): Verdict;
  acceptsClass(sopClassUid: string): boolean;
  store(request: StoreRequest, titles: PeerTitles): DataSetSink;
  /** Absent where nobody waits for reports: then the class is not accepted. @returns a status */
  report?(report: EventReport, titles: PeerTitles): number;
  /** Absent where nobody wants to know: then the class is not accepted. Durable, when it returns `success`. @returns a status */
  announce?(notification: Notification, titles: PeerTitles): Promise<number>;
}

type Request = Extract<Pdu, { kind: 'associate-rq' }>;

/** How an association has ended. */
export type Ended = 'released' | 'aborted' | 'rejected';

/** Serves one association to its end. @throws DimseError for a peer that breaks the protocol: it has been told so by an A-ABORT */
export async function serveAssociation(link: Link, options: AcceptorOptions): Promise<Ended> {
  try {
    const first = await link.read();
    if (first.kind === 'abort') return 'aborted';
    if (first.kind !== 'associate-rq') return refuse('pdu-unexpected');
    const rejection = rejectionOf(options.judge(first));
    if (rejection !== null) {
      await link.send({ kind: 'associate-rj', ...rejection });
      return 'rejected';
    }
    const contexts = first.contexts.map((context) => answer(context, options));
    await link.send(acceptance(first, contexts, options));
    return await serveMessages(link, first, contexts, options);
  } catch (error) {
    // PS3.8 Table 9-26: the provider aborts; which of its reasons fits is of no use to the peer.
    if (error instanceof DimseError && error.code !== 'closed') {
      await link.send({ kind: 'abort', source: 2, reason: 0 }).catch(() => undefined);
    }
    throw error;
  }
}

/** PS3.8 Table 9-21. */
function rejectionOf({ kind }: Verdict): { result: number; source: number; reason: number } | null {
  switch (kind) {
    case 'accepted':
      return null;
    case 'called-unknown':
      return { result: 1, source: 1, reason: 7 };
    case 'calling-unknown':
      return { result: 1, source: 1, reason: 3 };
    case 'busy':
      return { result: 2, source: 3, reason: 2 };
  }
}

/** The first transfer syntax of the standard that the peer names: what comes is passed on as it is, so its order decides. */
function answer({ id, abstractSyntax, transferSyntaxes }: ProposedContext, options: AcceptorOptions): AnsweredContext {
  const isServed =
    abstractSyntax === VERIFICATION ||
    isReporting(abstractSyntax, options) ||
    isAnnouncing(abstractSyntax, options) ||
    options.acceptsClass(abstractSyntax);
  const transferSyntax = transferSyntaxes.find(isStandardSyntax);
  if (!isServed) return { id, result: 'abstract-syntax', transferSyntax: transferSyntaxes[0] ?? '' };
  if (transferSyntax === undefined)
    return { id, result: 'transfer-syntaxes', transferSyntax: transferSyntaxes[0] ?? '' };
  return { id, result: 'accepted', transferSyntax };
}

function isReporting(sopClassUid: string, { report }: AcceptorOptions): boolean {
  return sopClassUid === STORAGE_COMMITMENT && report !== undefined;
}

function isAnnouncing(sopClassUid: string, { announce }: AcceptorOptions): boolean {
  return sopClassUid === INSTANCE_AVAILABILITY && announce !== undefined;
}

/** PS3.7 annex D.3.3.4: of what is proposed only that a peer reports about storage is taken up. */
function rolesFor({ roles = [] }: Request, options: AcceptorOptions): RoleSelection[] {
  return roles.filter(({ sopClassUid }) => isReporting(sopClassUid, options));
}

function acceptance(request: Request, contexts: readonly AnsweredContext[], options: AcceptorOptions): Pdu {
  const { maxPduBytes } = options;
  const { calledAe, callingAe } = request;
  const implementationClassUid = IMPLEMENTATION_CLASS_UID;
  const roles = rolesFor(request, options);
  return { kind: 'associate-ac', calledAe, callingAe, contexts, maxPduBytes, implementationClassUid, roles };
}

/** The operation under way: its command in pieces, then its data set. */
interface Operation {
  readonly contextId: number;
  command: Command | null;
  pieces: Uint8Array[];
  bytes: number;
  sink: DataSetSink | null;
}

async function serveMessages(
  link: Link,
  request: Request,
  contexts: readonly AnsweredContext[],
  options: AcceptorOptions,
): Promise<Ended> {
  let operation: Operation | null = null;
  const next = async (pdv: Pdv): Promise<void> => {
    operation ??= { contextId: pdv.contextId, command: null, pieces: [], bytes: 0, sink: null };
    const isOver = await push(link, operation, pdv, { request, contexts, options });
    if (isOver) operation = null;
  };
  try {
    for (;;) {
      const pdu = await link.read();
      if (pdu.kind === 'data') for (const pdv of pdu.pdvs) await next(pdv);
      else if (pdu.kind === 'abort') return 'aborted';
      else if (pdu.kind === 'release-rq' && operation === null) {
        await link.send({ kind: 'release-rp' });
        return 'released';
      } else refuse('pdu-unexpected');
    }
  } finally {
    await (operation as Operation | null)?.sink?.abandon();
  }
}

interface Around {
  readonly request: Request;
  readonly contexts: readonly AnsweredContext[];
  readonly options: AcceptorOptions;
}

const RESPONSE_BIT = 0x8000;

/** @returns whether the operation is over */
async function push(link: Link, operation: Operation, pdv: Pdv, around: Around): Promise<boolean> {
  if (pdv.contextId !== operation.contextId) refuse('pdv');
  if (operation.command === null) {
    if (!pdv.isCommand) refuse('pdv');
    operation.bytes += pdv.data.length;
    if (operation.bytes > MAX_COMMAND_BYTES) refuse('command');
    operation.pieces.push(pdv.data.slice());
    if (!pdv.isLast) return false;
    operation.command = parseCommand(Buffer.concat(operation.pieces));
    return begin(link, operation, operation.command, around);
  }
  if (pdv.isCommand || operation.sink === null) return refuse('pdv');
  await operation.sink.write(pdv.data);
  if (!pdv.isLast) return false;
  const { sink, command } = operation;
  operation.sink = null;
  // PS3.7 Table E.1-1: a response is its request with the highest bit.
  await respond(link, operation.contextId, command, command.field | RESPONSE_BIT, await sink.end());
  return true;
}

async function begin(link: Link, operation: Operation, command: Command, around: Around): Promise<boolean> {
  const { request, contexts, options } = around;
  const context = contexts.find(({ id }) => id === operation.contextId);
  const proposed = request.contexts.find(({ id }) => id === operation.contextId);
  if (context?.result !== 'accepted' || proposed === undefined) return refuse('pdv');
  if (command.field === COMMAND.echoRq && !command.hasDataSet) {
    await respond(link, context.id, command, COMMAND.echoRsp, STATUS.success);
    return true;
  }
  if (command.field === COMMAND.eventReportRq && isReporting(proposed.abstractSyntax, options)) {
    if (!command.hasDataSet || command.sopClassUid !== STORAGE_COMMITMENT) return refuse('command');
    operation.sink = wholeSink(MAX_REPORT_BYTES, (dataSet) => {
      const report = { eventType: command.eventType, transferSyntaxUid: context.transferSyntax, dataSet };
      return Promise.resolve(options.report?.(report, request) ?? STATUS.processingFailure);
    });
    return false;
  }
  if (command.field === COMMAND.createRq && isAnnouncing(proposed.abstractSyntax, options)) {
    if (!command.hasDataSet || command.sopClassUid !== INSTANCE_AVAILABILITY) return refuse('command');
    // PS3.7 §10.1.5.1.4: who creates may leave the name to the one who is asked.
    if (command.sopInstanceUid === '') operation.command = { ...command, sopInstanceUid: newUid() };
    operation.sink = wholeSink(MAX_NOTIFICATION_BYTES, (dataSet) => {
      const notification = { transferSyntaxUid: context.transferSyntax, dataSet };
      return options.announce?.(notification, request) ?? Promise.resolve(STATUS.processingFailure);
    });
    return false;
  }
  // The class is that of the context: a peer that names another one in the command could not have negotiated it (PS3.7 §9.1.1).
  const { sopClassUid, sopInstanceUid, moveOriginator } = command;
  const isStore = command.field === COMMAND.storeRq && command.hasDataSet && sopInstanceUid !== '';
  if (!isStore || sopClassUid !== proposed.abstractSyntax || !options.acceptsClass(sopClassUid))
    return refuse('command');
  const transferSyntaxUid = context.transferSyntax;
  operation.sink = options.store({ sopClassUid, sopInstanceUid, transferSyntaxUid, moveOriginator }, request);
  return false;
}

/** References of 200,000 instances: a message carries no more. */
const MAX_REPORT_BYTES = 64 * 1024 * 1024;
/** What readers of data sets take (200,000 elements, some 50,000 instances), and their items. */
const MAX_NOTIFICATION_BYTES = 16 * 1024 * 1024;

/** A data set that is looked at as a whole. */
function wholeSink(maxBytes: number, take: (dataSet: Uint8Array) => Promise<number>): DataSetSink {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  return {
    write(piece) {
      bytes += piece.length;
      if (bytes > maxBytes) refuse('command');
      pieces.push(piece.slice());
      return Promise.resolve();
    },
    end: () => take(Buffer.concat(pieces)),
    abandon: () => Promise.resolve(),
  };
}

async function respond(link: Link, contextId: number, to: Command, field: number, status: number): Promise<void> {
  const { messageId: respondedTo, sopClassUid } = to;
  const instance = to.sopInstanceUid === '' ? {} : { sopInstanceUid: to.sopInstanceUid };
  const data = encodeCommand({ field, respondedTo, status, hasDataSet: false, sopClassUid, ...instance });
  await link.send({ kind: 'data', pdvs: [{ contextId, isCommand: true, isLast: true, data }] });
}
