import { refuse } from './error.js';
import { ItemReader, item, text, u16, u32 } from './items.js';

/** The protocol data units of the upper layer (PS3.8 §9.3), parsed strictly: what is not exactly right ends the association. */

export interface ProposedContext {
  /** Odd, 1 to 255. */
  readonly id: number;
  readonly abstractSyntax: string;
  readonly transferSyntaxes: readonly string[];
}

/** PS3.8 Table 9-18. */
export type ContextResult = 'accepted' | 'user-rejection' | 'no-reason' | 'abstract-syntax' | 'transfer-syntaxes';
const RESULTS: readonly ContextResult[] = [
  'accepted',
  'user-rejection',
  'no-reason',
  'abstract-syntax',
  'transfer-syntaxes',
];

export interface AnsweredContext {
  readonly id: number;
  readonly result: ContextResult;
  /** Of no meaning unless accepted. */
  readonly transferSyntax: string;
}

/** Who does what for a class (PS3.7 annex D.3.3.4); without it the one who asks for the association is the user of every class. */
export interface RoleSelection {
  readonly sopClassUid: string;
  readonly scu: boolean;
  readonly scp: boolean;
}

interface Titles {
  readonly calledAe: string;
  readonly callingAe: string;
  /** Bytes of the largest P-DATA-TF that the sender of this wants to get; 0 for no limit. */
  readonly maxPduBytes: number;
  readonly implementationClassUid: string;
  /** Absent for none. */
  readonly roles?: readonly RoleSelection[];
}

export interface Pdv {
  readonly contextId: number;
  readonly isCommand: boolean;
  readonly isLast: boolean;
  readonly data: Uint8Array;
}

export type Pdu =
  | ({ readonly kind: 'associate-rq'; readonly contexts: readonly ProposedContext[] } & Titles)
  | ({ readonly kind: 'associate-ac'; readonly contexts: readonly AnsweredContext[] } & Titles)
  /** PS3.8 Table 9-21. */
  | { readonly kind: 'associate-rj'; readonly result: number; readonly source: number; readonly reason: number }
  | { readonly kind: 'data'; readonly pdvs: readonly Pdv[] }
  | { readonly kind: 'release-rq' }
  | { readonly kind: 'release-rp' }
  /** PS3.8 Table 9-26. */
  | { readonly kind: 'abort'; readonly source: number; readonly reason: number };

export const PDU_HEADER_BYTES = 6;
/** Of everything but P-DATA-TF: 128 contexts with all transfer syntaxes stay far below. */
export const MAX_CONTROL_BYTES = 256 * 1024;
/** One in a P-DATA-TF is usual; a command and the beginning of its data set may share one. */
const MAX_PDVS = 64;
/** PS3.8 §9.3.2.2: ids are odd, so there are no more. */
const MAX_CONTEXTS = 128;
const MAX_SYNTAXES = 64;
const APPLICATION_CONTEXT = '1.2.840.10008.3.1.1.1';
const IMPLEMENTATION_VERSION = 'BILDBOTE';

/** @param body without the 6 bytes of the header. PDVs are views into it. @throws DimseError */
export function parsePdu(type: number, body: Uint8Array): Pdu {
  switch (type) {
    case 0x01:
      return parseAssociate('associate-rq', body);
    case 0x02:
      return parseAssociate('associate-ac', body);
    case 0x03:
      return { kind: 'associate-rj', ...fourBytes(body) };
    case 0x04:
      return { kind: 'data', pdvs: parsePdvs(body) };
    case 0x05:
    case 0x06:
      if (body.length !== 4) refuse('pdu-length');
      return { kind: type === 0x05 ? 'release-rq' : 'release-rp' };
    case 0x07: {
      const { source, reason } = fourBytes(body);
      return { kind: 'abort', source, reason };
    }
    default:
      return refuse('pdu-type');
  }
}

/** Reserved bytes are not looked at (PS3.8 §9.3.1). */
function fourBytes(body: Uint8Array): { result: number; source: number; reason: number } {
  const [, result, source, reason] = body;
  if (body.length !== 4 || result === undefined || source === undefined || reason === undefined)
    return refuse('pdu-length');
  return { result, source, reason };
}

function parsePdvs(body: Uint8Array): Pdv[] {
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const pdvs: Pdv[] = [];
  for (let at = 0; at < body.length;) {
    if (pdvs.length === MAX_PDVS) refuse('pdv');
    const length = at + 4 <= body.length ? view.getUint32(at) : refuse('pdu-length');
    if (length < 2 || length > body.length - at - 4) refuse('pdu-length');
    const control = view.getUint8(at + 5);
    pdvs.push({
      contextId: view.getUint8(at + 4),
      isCommand: (control & 1) !== 0,
      isLast: (control & 2) !== 0,
      data: body.subarray(at + 6, at + 4 + length),
    });
    at += 4 + length;
  }
  return pdvs.length === 0 ? refuse('pdv') : pdvs;
}

function parseAssociate(kind: 'associate-rq' | 'associate-ac', body: Uint8Array): Pdu {
  const reader = new ItemReader(body);
  // Bit 0 is version 1; a peer may speak more than that (PS3.8 §9.3.2).
  if ((reader.u16() & 1) === 0) refuse('pdu-item');
  reader.skip(2);
  const [calledAe, callingAe] = [reader.text(16).trim(), reader.text(16).trim()];
  reader.skip(32);
  const proposed: ProposedContext[] = [];
  const answered: AnsweredContext[] = [];
  let application: string | null = null;
  let user: UserInformation | null = null;
  for (const { type, content } of reader.items()) {
    if (type === 0x10) application = application === null ? content.rest() : refuse('pdu-item');
    else if (type === 0x20 && kind === 'associate-rq') proposed.push(parseProposed(content));
    else if (type === 0x21 && kind === 'associate-ac') answered.push(parseAnswered(content));
    else if (type === 0x50) user = user === null ? parseUser(content) : refuse('pdu-item');
    // Items of other types are not looked at (PS3.8 §9.3.1).
    if (proposed.length + answered.length > MAX_CONTEXTS) refuse('pdu-item');
  }
  if (application !== APPLICATION_CONTEXT || user === null) return refuse('pdu-item');
  const contexts = kind === 'associate-rq' ? proposed : answered;
  if (new Set(contexts.map(({ id }) => id)).size !== contexts.length) refuse('pdu-item');
  const titles = { calledAe, callingAe, ...user };
  return kind === 'associate-rq' ? { kind, contexts: proposed, ...titles } : { kind, contexts: answered, ...titles };
}

function parseProposed(content: ItemReader): ProposedContext {
  const id = oddId(content.u8());
  content.skip(3);
  const abstract: string[] = [];
  const transferSyntaxes: string[] = [];
  for (const { type, content: inner } of content.items()) {
    if (type === 0x30) abstract.push(inner.uid());
    else if (type === 0x40) transferSyntaxes.push(inner.uid());
  }
  const [abstractSyntax] = abstract;
  const isOdd = abstract.length !== 1 || transferSyntaxes.length === 0 || transferSyntaxes.length > MAX_SYNTAXES;
  if (abstractSyntax === undefined || isOdd) return refuse('pdu-item');
  return { id, abstractSyntax, transferSyntaxes };
}

function parseAnswered(content: ItemReader): AnsweredContext {
  const id = oddId(content.u8());
  content.skip(1);
  const result = RESULTS[content.u8()] ?? refuse('pdu-item');
  content.skip(1);
  let transferSyntax = '';
  for (const { type, content: inner } of content.items()) if (type === 0x40) transferSyntax = inner.rest();
  if (result === 'accepted' && transferSyntax === '') refuse('pdu-item');
  return { id, result, transferSyntax };
}

function oddId(id: number): number {
  return id % 2 === 1 ? id : refuse('pdu-item');
}

type UserInformation = Pick<Titles, 'maxPduBytes' | 'implementationClassUid' | 'roles'>;

/** PS3.7 annex D.3.3; what else a peer offers (windows, extended negotiation, identities) is not taken up. */
function parseUser(content: ItemReader): UserInformation {
  let maxPduBytes: number | null = null;
  let implementationClassUid = '';
  const roles: RoleSelection[] = [];
  for (const { type, content: inner } of content.items()) {
    if (type === 0x51) maxPduBytes = inner.u32();
    else if (type === 0x52) implementationClassUid = inner.rest();
    else if (type === 0x54) roles.push(parseRole(inner));
    if (roles.length > MAX_CONTEXTS) refuse('pdu-item');
  }
  return { maxPduBytes: maxPduBytes ?? 0, implementationClassUid, ...(roles.length === 0 ? {} : { roles }) };
}

/** PS3.7 Table D.3-9. */
function parseRole(content: ItemReader): RoleSelection {
  const sopClassUid = content.text(content.u16()).replace(/[\0 ]+$/, '');
  if (!/^[0-9.]{1,64}$/.test(sopClassUid)) refuse('pdu-item');
  return { sopClassUid, scu: content.u8() === 1, scp: content.u8() === 1 };
}

function encodeRole({ sopClassUid, scu, scp }: RoleSelection): Buffer {
  const name = text(sopClassUid);
  return item(0x54, Buffer.concat([u16(name.length), name, Buffer.from([Number(scu), Number(scp)])]));
}

export function encodePdu(pdu: Pdu): Buffer {
  switch (pdu.kind) {
    case 'associate-rq':
      return framed(0x01, encodeAssociate(pdu, pdu.contexts.map(encodeProposed)));
    case 'associate-ac':
      return framed(0x02, encodeAssociate(pdu, pdu.contexts.map(encodeAnswered)));
    case 'associate-rj':
      return framed(0x03, Buffer.from([0, pdu.result, pdu.source, pdu.reason]));
    case 'data':
      return framed(0x04, Buffer.concat(pdu.pdvs.flatMap(encodePdv)));
    case 'release-rq':
      return framed(0x05, Buffer.alloc(4));
    case 'release-rp':
      return framed(0x06, Buffer.alloc(4));
    case 'abort':
      return framed(0x07, Buffer.from([0, 0, pdu.source, pdu.reason]));
  }
}

function framed(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 0]), u32(body.length), body]);
}

function encodePdv({ contextId, isCommand, isLast, data }: Pdv): Buffer[] {
  const control = (isCommand ? 1 : 0) | (isLast ? 2 : 0);
  return [
    u32(data.length + 2),
    Buffer.from([contextId, control]),
    Buffer.from(data.buffer, data.byteOffset, data.length),
  ];
}

function encodeAssociate(titles: Titles, contexts: readonly Buffer[]): Buffer {
  const name = (title: string): Buffer => Buffer.from(title.padEnd(16).slice(0, 16), 'latin1');
  const user = [
    item(0x51, u32(titles.maxPduBytes)),
    item(0x52, text(titles.implementationClassUid)),
    ...(titles.roles ?? []).map(encodeRole),
    item(0x55, text(IMPLEMENTATION_VERSION)),
  ];
  return Buffer.concat([
    ...[u16(1), u16(0), name(titles.calledAe), name(titles.callingAe), Buffer.alloc(32)],
    ...[item(0x10, text(APPLICATION_CONTEXT)), ...contexts, item(0x50, Buffer.concat(user))],
  ]);
}

function encodeProposed({ id, abstractSyntax, transferSyntaxes }: ProposedContext): Buffer {
  const syntaxes = transferSyntaxes.map((uid) => item(0x40, text(uid)));
  return item(0x20, Buffer.concat([Buffer.from([id, 0, 0, 0]), item(0x30, text(abstractSyntax)), ...syntaxes]));
}

function encodeAnswered({ id, result, transferSyntax }: AnsweredContext): Buffer {
  return item(
    0x21,
    Buffer.concat([Buffer.from([id, 0, RESULTS.indexOf(result), 0]), item(0x40, text(transferSyntax))]),
  );
}
