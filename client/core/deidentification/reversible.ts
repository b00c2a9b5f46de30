import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { openOwnEnvelope, type OwnEnvelopeKeys, sealOwnEnvelope } from '../../../crypto/seal/own-envelope.js';
import { concatBytes, equalBytes, utf8 } from '../../../crypto/wire/bytes.js';
import { DEFLATED, EXPLICIT_LITTLE } from '../dicom/part10.js';
import { CoreError } from '../error.js';
import type { ByteSource } from '../ports.js';
import { deflate } from './deflate.js';
import { type ElementNode, findElement, itemsOf, valueBytes } from './element-tree.js';
import { fileMeta } from './markers.js';
import { memorySource, openInstance, type OpenInstance } from './open-instance.js';
import { PieceList, pieceSource } from './pieces.js';
import { readDataSet } from './read-elements.js';
import { attributesOf } from './root-attributes.js';
import { element, sequenceElement, textElement } from './write-elements.js';

/** Encrypted Attributes (PS3.15 §E.1.1): what was taken out travels along, for the sender alone (docs/adr/0031-the-way-back-is-a-key-of-the-senders-own.md). */

export const ENCRYPTED_ATTRIBUTES = 0x04000500;
const CONTENT_SYNTAX = 0x04000510;
const CONTENT = 0x04000520;
const MODIFIED_ATTRIBUTES = 0x04000550;
const TRAILING_PADDING = 0xfffcfffc;
const MAC_BYTES = 32;
/** Of one element: larger ones are pictures and tables, not who somebody is. */
const MAX_ORIGINAL = 1024 * 1024;
const MAX_ORIGINALS = 16 * 1024 * 1024;

/** What only the holder of the secret has. */
export interface WayBack {
  readonly keys: OwnEnvelopeKeys;
  derive(use: string, ...parts: readonly Uint8Array[]): Uint8Array;
}

export function createWayBack(secret: Uint8Array): WayBack {
  const derive = (use: string, ...parts: readonly Uint8Array[]): Uint8Array =>
    hmac(sha256, secret, concatBytes(utf8(`bildbote/deidentify/${use}/1`), Uint8Array.of(0), ...parts));
  return { derive, keys: { wrappingKey: derive('wrapping'), keyId: derive('key-id').slice(0, 16) } };
}

/** The element to put in, or null when nothing at the root was changed. */
export async function encryptedAttributes(
  instance: OpenInstance,
  changed: readonly ElementNode[],
  wayBack: WayBack,
): Promise<Uint8Array | null> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (const { tag, at, endAt } of changed) {
    const length = endAt - at;
    total += length;
    if (tag >>> 16 < 0x7fe0 && length <= MAX_ORIGINAL && total <= MAX_ORIGINALS)
      parts.push(await instance.data.read(at, length));
  }
  if (parts.length === 0) return null;
  const { encoding } = instance;
  const modified = sequenceElement(MODIFIED_ATTRIBUTES, [concatBytes(...parts)], encoding);
  const content = concatBytes(modified, element(TRAILING_PADDING, 'OB', wayBack.derive('mac', modified), encoding));
  const envelope = await sealOwnEnvelope(
    wayBack.keys,
    content,
    wayBack.derive('content-key', content),
    wayBack.derive('iv', content).slice(0, 16),
  );
  const syntax = instance.transferSyntaxUid === DEFLATED ? EXPLICIT_LITTLE : instance.transferSyntaxUid;
  const item = concatBytes(
    textElement(CONTENT_SYNTAX, 'UI', syntax, encoding),
    element(CONTENT, 'OB', envelope, encoding),
  );
  return sequenceElement(ENCRYPTED_ATTRIBUTES, [item], encoding);
}

/** What says that an instance is de-identified, and is not true any more. */
const MARKERS = new Set([0x00120062, 0x00120063, 0x00120064, 0x00280303, ENCRYPTED_ATTRIBUTES]);

/**
 * The instance with its original attributes. Pixels that were masked stay masked.
 * @throws CoreError `not-reversible` when it carries none for this secret, or they were altered
 */
export async function reidentify(source: ByteSource, secret: Uint8Array): Promise<ByteSource> {
  const instance = await openInstance(source);
  const { bytes, elements } = await originals(instance, createWayBack(secret));
  const restored = new Set(elements.map(({ tag }) => tag));
  const rest = instance.elements.filter(({ tag }) => !MARKERS.has(tag) && !restored.has(tag));
  const dataSet = new PieceList();
  const back = [...elements];
  for (const node of rest) {
    for (let next = back[0]; next !== undefined && next.tag < node.tag; next = back[0]) {
      dataSet.bytes(bytes.subarray(next.at, next.endAt));
      back.shift();
    }
    dataSet.input(node.at, node.endAt - node.at);
  }
  for (const { at, endAt } of back) dataSet.bytes(bytes.subarray(at, endAt));
  const uid = new TextDecoder()
    .decode(valueBytes(findElement([...elements, ...rest], 0x00080018) ?? gone()))
    .replace(/\0+$/, '');
  const list = new PieceList();
  list.bytes(fileMeta(attributesOf(rest).text(0x00080016), uid, instance.transferSyntaxUid));
  if (!instance.isDeflated) {
    list.addAll(dataSet);
    return pieceSource(list, source, { name: source.name });
  }
  list.bytes(await deflate(pieceSource(dataSet, instance.data, { name: '' })));
  return pieceSource(list, memorySource(new Uint8Array(0)), { name: source.name });
}

async function originals(
  { elements, encoding, data }: OpenInstance,
  wayBack: WayBack,
): Promise<{ bytes: Uint8Array; elements: readonly ElementNode[] }> {
  const sequence = findElement(elements, ENCRYPTED_ATTRIBUTES) ?? gone();
  for (const item of itemsOf(sequence)) {
    const content = findElement(item.elements, CONTENT);
    if (content === undefined) continue;
    const opened = await openOwnEnvelope(wayBack.keys, await data.read(content.valueAt, content.length)).catch(
      () => null,
    );
    if (opened === null) continue;
    const found = await readDataSet(memorySource(opened), 0, encoding, { items: 1_000_000, elements: 1_000_000 }).catch(
      gone,
    );
    const modified = findElement(found.elements, MODIFIED_ATTRIBUTES) ?? gone();
    const mac = valueBytes(findElement(found.elements, TRAILING_PADDING) ?? gone());
    const signed = opened.subarray(modified.at, modified.endAt);
    if (mac.length !== MAC_BYTES || !equalBytes(mac, wayBack.derive('mac', signed))) gone();
    return { bytes: opened, elements: itemsOf(modified)[0]?.elements ?? gone() };
  }
  return gone();
}

function gone(): never {
  throw new CoreError('not-reversible', 'no attributes for this secret');
}
