import { IMPLEMENTATION_CLASS_UID } from '../../core/dicom/meta.js';
import { COMMAND, type Command, MAX_COMMAND_BYTES, STATUS, encodeCommand, parseCommand } from './command.js';
import { DimseError, refuse } from './error.js';
import { type Link } from './link.js';
import { type AnsweredContext, type Pdu, type Pdv, type ProposedContext } from './pdu.js';
import { VERIFICATION, isStandardSyntax } from './uids.js';

/** The accepting side of an association: C-ECHO and C-STORE, one operation at a time (PS3.7 §9, PS3.8 §7). */

export interface StoreRequest {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  /** Of the context it came in: the data set is written in it, whatever it is. */
  readonly transferSyntaxUid: string;
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
  judge(titles: { readonly calledAe: string; readonly callingAe: string }): Verdict;
  acceptsClass(sopClassUid: string): boolean;
  store(request: StoreRequest, titles: { readonly calledAe: string; readonly callingAe: string }): DataSetSink;
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
  const isServed = abstractSyntax === VERIFICATION || options.acceptsClass(abstractSyntax);
  const transferSyntax = transferSyntaxes.find(isStandardSyntax);
  if (!isServed) return { id, result: 'abstract-syntax', transferSyntax: transferSyntaxes[0] ?? '' };
  if (transferSyntax === undefined)
    return { id, result: 'transfer-syntaxes', transferSyntax: transferSyntaxes[0] ?? '' };
  return { id, result: 'accepted', transferSyntax };
}

function acceptance(request: Request, contexts: readonly AnsweredContext[], { maxPduBytes }: AcceptorOptions): Pdu {
  const { calledAe, callingAe } = request;
  const implementationClassUid = IMPLEMENTATION_CLASS_UID;
  return { kind: 'associate-ac', calledAe, callingAe, contexts, maxPduBytes, implementationClassUid };
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
  await respond(link, operation.contextId, command, COMMAND.storeRsp, await sink.end());
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
  // The class is that of the context: a peer that names another one in the command could not have negotiated it (PS3.7 §9.1.1).
  const { sopClassUid, sopInstanceUid } = command;
  const isStore = command.field === COMMAND.storeRq && command.hasDataSet && sopInstanceUid !== '';
  if (!isStore || sopClassUid !== proposed.abstractSyntax || sopClassUid === VERIFICATION) return refuse('command');
  const transferSyntaxUid = context.transferSyntax;
  operation.sink = options.store({ sopClassUid, sopInstanceUid, transferSyntaxUid }, request);
  return false;
}

async function respond(link: Link, contextId: number, to: Command, field: number, status: number): Promise<void> {
  const { messageId: respondedTo, sopClassUid } = to;
  const instance = to.sopInstanceUid === '' ? {} : { sopInstanceUid: to.sopInstanceUid };
  const data = encodeCommand({ field, respondedTo, status, hasDataSet: false, sopClassUid, ...instance });
  await link.send({ kind: 'data', pdvs: [{ contextId, isCommand: true, isLast: true, data }] });
}
