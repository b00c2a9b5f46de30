import type { Encoding } from '../dicom/element.js';

/** An instance as it lies in its file: where each element begins and ends, and the values that can hold words. */
export interface ElementNode {
  readonly tag: number;
  /** As written, of the dictionary in implicit VR, `UN` when neither knows. */
  readonly vr: string;
  readonly encoding: Encoding;
  /** Of the header; the value is from `valueAt`, `length` bytes long, the delimiter of an open end not counted. */
  readonly at: number;
  readonly valueAt: number;
  readonly length: number;
  /** Behind everything that belongs to it. */
  readonly endAt: number;
  readonly ending: 'length' | 'delimiter';
  readonly content: Content;
}

export type Content =
  | { readonly kind: 'value'; readonly bytes: Uint8Array }
  /** Longer than what is kept: numbers, pixels, documents. */
  | { readonly kind: 'bulk' }
  | { readonly kind: 'items'; readonly items: readonly ItemNode[] }
  /** Encapsulated pixel data: the offset table first (PS3.5 §A.4). */
  | { readonly kind: 'fragments'; readonly fragments: readonly Extent[] };

export interface ItemNode {
  readonly at: number;
  readonly contentAt: number;
  readonly endAt: number;
  readonly ending: 'length' | 'delimiter';
  readonly encoding: Encoding;
  readonly elements: readonly ElementNode[];
}

export interface Extent {
  readonly at: number;
  readonly length: number;
}

export function valueBytes(node: ElementNode): Uint8Array {
  return node.content.kind === 'value' ? node.content.bytes : NOTHING;
}

export function itemsOf(node: ElementNode): readonly ItemNode[] {
  return node.content.kind === 'items' ? node.content.items : [];
}

export function findElement(elements: readonly ElementNode[], tag: number): ElementNode | undefined {
  return elements.find((element) => element.tag === tag);
}

const NOTHING = new Uint8Array(0);
