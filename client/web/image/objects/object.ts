import { type ObjectView } from '../../desk/picture.js';
import { WebError } from '../../ports/error.js';
import { plain, words } from '../data-item.js';
import { type Opened } from '../frame.js';
import { documentTree, keyObjects } from './document.js';
import { presentationOf } from './presentation.js';

/** Instances that hold no picture, by their SOP class (PS3.4 §B.5). */

const CLASS = '1.2.840.10008.5.1.4.1.1.';
const PRESENTATIONS = new Set([`${CLASS}11.1`, `${CLASS}11.2`]);
const KEY_OBJECTS = `${CLASS}88.59`;
const PDF = `${CLASS}104.1`;
const DOCUMENT = 0x00420011;
/** No report to look at is larger: the page holds it in memory. */
const MAX_DOCUMENT_BYTES = 256 * 1024 * 1024;

/** @throws WebError `image-invalid` */
export async function readObject(opened: Opened): Promise<ObjectView> {
  const { root } = opened.set;
  const sopClass = plain([root], 0x00080016);
  if (PRESENTATIONS.has(sopClass)) return presentationOf(root);
  if (sopClass === KEY_OBJECTS) return keyObjects(root);
  if (sopClass === PDF) return pdfOf(opened);
  if (sopClass.startsWith(`${CLASS}88.`)) return { kind: 'document', document: documentTree(root) };
  return { kind: 'other' };
}

async function pdfOf({ source, set: { root } }: Opened): Promise<ObjectView> {
  const title = words([root], 0x00420010);
  const value = root.values.get(DOCUMENT);
  if (value === undefined || value.kind === 'items') throw new WebError('image-invalid', 'no document');
  if (value.kind === 'bytes') return { kind: 'pdf', title, bytes: new Uint8Array(value.bytes) };
  if (value.length > MAX_DOCUMENT_BYTES) throw new WebError('image-invalid', 'a document that is too large');
  const bytes = new Uint8Array(await source.read(value.offset, value.length));
  if (bytes.length < value.length) throw new WebError('image-invalid', 'a document that is cut off');
  return { kind: 'pdf', title, bytes };
}
