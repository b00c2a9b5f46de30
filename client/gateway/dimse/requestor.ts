import { type Socket, connect as connectTcp } from 'node:net';
import { readFile } from 'node:fs/promises';
import { connect as connectTls } from 'node:tls';
import { IMPLEMENTATION_CLASS_UID } from '../../core/dicom/meta.js';
import { GatewayError } from '../error.js';
import { type Command, type CommandFields, MAX_COMMAND_BYTES, encodeCommand, parseCommand } from './command.js';
import { DimseError, refuse } from './error.js';
import { type Link, createLink } from './link.js';
import { type ProposedContext, type RoleSelection } from './pdu.js';

/** The requesting side of an association, one operation at a time. */

export interface Remote {
  readonly host: string;
  readonly port: number;
  readonly calledAe: string;
  readonly callingAe: string;
  readonly tls: {
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  } | null;
  /** For the connection, and for each answer. */
  readonly timeoutMs: number;
  /** For each answer, where it may take longer. */
  readonly idleMs?: number;
}

export interface Association {
  /** What of a context was accepted: its transfer syntax, or null. */
  accepted(contextId: number): string | null;
  /** Sends a request, with the bytes of a data set if given, and waits for the response. @throws DimseError */
  request(contextId: number, command: CommandFields, dataSet?: AsyncIterable<Uint8Array>): Promise<Response>;
  /** The next response to the same request, while they are pending. */
  more(): Promise<Response>;
  release(): Promise<void>;
  abort(): void;
}

export interface Response {
  readonly command: Command;
  readonly dataSet: Uint8Array | null;
}

const MAX_PDU_BYTES = 131_072;
/** A response's identifier holds attributes of a study, not pixels. */
const MAX_IDENTIFIER_BYTES = 1024 * 1024;
/** Length, context id and control byte of a PDV. */
const PDV_OVERHEAD = 6;
const MIN_PDU_BYTES = 4096;

/** @throws GatewayError `pacs-unreachable`, `pacs-rejected` */
export async function openAssociation(
  remote: Remote,
  contexts: readonly ProposedContext[],
  roles: readonly RoleSelection[] = [],
): Promise<Association> {
  const socket = await dial(remote);
  const link = createLink(socket, { maxPduBytes: MAX_PDU_BYTES, idleMs: remote.idleMs ?? remote.timeoutMs });
  try {
    const { calledAe, callingAe } = remote;
    const implementationClassUid = IMPLEMENTATION_CLASS_UID;
    await link.send({
      ...{ kind: 'associate-rq', calledAe, callingAe, contexts },
      ...{ maxPduBytes: MAX_PDU_BYTES, implementationClassUid, roles },
    });
    const answer = await link.read();
    if (answer.kind === 'associate-rj' || answer.kind === 'abort') throw new GatewayError('pacs-rejected', 'rejected');
    if (answer.kind !== 'associate-ac') return refuse('pdu-unexpected');
    const syntaxes = new Map(
      answer.contexts.flatMap((one) => (one.result === 'accepted' ? [[one.id, one.transferSyntax] as const] : [])),
    );
    return associationOn(link, syntaxes, answer.maxPduBytes);
  } catch (error) {
    link.destroy();
    if (error instanceof DimseError) throw new GatewayError('pacs-rejected', error.code, { cause: error });
    throw error;
  }
}

function associationOn(link: Link, syntaxes: ReadonlyMap<number, string>, peerMax: number): Association {
  const limit = peerMax === 0 ? MAX_PDU_BYTES : Math.max(MIN_PDU_BYTES, Math.min(peerMax, MAX_PDU_BYTES));
  const most = limit - PDV_OVERHEAD;
  return {
    accepted: (contextId) => syntaxes.get(contextId) ?? null,
    async request(contextId, command, dataSet) {
      await sendPieces(link, contextId, 'command', [encodeCommand(command)], most);
      if (dataSet !== undefined) await sendPieces(link, contextId, 'data-set', dataSet, most);
      return readResponse(link);
    },
    more: () => readResponse(link),
    async release() {
      await link.send({ kind: 'release-rq' });
      const answer = await link.read();
      link.destroy();
      if (answer.kind !== 'release-rp') refuse('pdu-unexpected');
    },
    abort: () => link.destroy(),
  };
}

/** Every PDU but the last is full: a peer syncs or parses by PDU. */
async function sendPieces(
  link: Link,
  contextId: number,
  kind: 'command' | 'data-set',
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  most: number,
): Promise<void> {
  const isCommand = kind === 'command';
  const buffer = Buffer.alloc(most);
  let filled = 0;
  const flush = async (isLast: boolean): Promise<void> => {
    // Copied: the socket may still hold it when the next one is put together.
    const data = Buffer.from(buffer.subarray(0, filled));
    await link.send({ kind: 'data', pdvs: [{ contextId, isCommand, isLast, data }] });
    filled = 0;
  };
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      if (filled === most) await flush(false);
      const step = Math.min(most - filled, chunk.length - at);
      buffer.set(chunk.subarray(at, at + step), filled);
      filled += step;
      at += step;
    }
  }
  await flush(true);
}

async function readResponse(link: Link): Promise<Response> {
  const command: Uint8Array[] = [];
  const dataSet: Uint8Array[] = [];
  let parsed: Command | null = null;
  let bytes = 0;
  for (;;) {
    const pdu = await link.read();
    if (pdu.kind === 'abort') refuse('closed');
    if (pdu.kind !== 'data') return refuse('pdu-unexpected');
    for (const { isCommand, isLast, data } of pdu.pdvs) {
      if (isCommand !== (parsed === null)) refuse('pdv');
      bytes += data.length;
      if (bytes > (parsed === null ? MAX_COMMAND_BYTES : MAX_IDENTIFIER_BYTES)) refuse('command');
      (isCommand ? command : dataSet).push(data.slice());
      if (!isLast) continue;
      if (!isCommand && parsed !== null) return { command: parsed, dataSet: Buffer.concat(dataSet) };
      parsed = parseCommand(Buffer.concat(command));
      if (!parsed.hasDataSet) return { command: parsed, dataSet: null };
    }
  }
}

async function dial({ host, port, tls, timeoutMs }: Remote): Promise<Socket> {
  const read = async (path: string | undefined): Promise<Buffer | undefined> =>
    path === undefined ? undefined : readFile(path);
  const secure = tls === null ? null : { ca: await read(tls.ca), cert: await read(tls.cert), key: await read(tls.key) };
  const socket =
    secure === null ? connectTcp({ host, port }) : connectTls({ host, port, minVersion: 'TLSv1.2', ...secure });
  return new Promise((resolve, reject) => {
    const failed = (cause?: Error): void => {
      socket.destroy();
      reject(new GatewayError('pacs-unreachable', 'no connection', { cause }));
    };
    const timer = setTimeout(() => failed(), timeoutMs);
    socket.once('error', failed);
    socket.once(secure === null ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      resolve(socket);
    });
    socket.once('close', () => clearTimeout(timer));
  });
}
