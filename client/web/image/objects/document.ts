import { type ContentView, type DocumentTree, type ObjectView, type Reference } from '../../desk/picture.js';
import { type DataItem, type Scopes, itemsOf, plain, words } from '../data-item.js';
import { codeOf, meaningOf, referencesOf } from './references.js';

/** Structured reports (PS3.3 §C.17.3) as a tree of texts, and key objects (§A.35.4) as a list of pictures. */

const CONTENT = 0x0040a730;
const CONCEPT = 0x0040a043;
const VALUE_TYPE = 0x0040a040;
const MEASURED = 0x0040a300;
const REFERENCED = 0x00081199;
/** As deep and as much as a person reads. */
const MAX_DEPTH = 32;
const MAX_ITEMS = 5000;

export function documentTree(root: DataItem): DocumentTree {
  const scopes: Scopes = [root];
  const observers = itemsOf(scopes, 0x0040a073).map((item) => words([item], 0x0040a075));
  const authors = itemsOf(scopes, 0x0040a078).map((item) => words([item], 0x0040a123));
  const budget = { left: MAX_ITEMS };
  return {
    title: meaningOf(scopes, CONCEPT),
    isComplete: plain(scopes, 0x0040a491) !== 'PARTIAL',
    isVerified: plain(scopes, 0x0040a493) === 'VERIFIED',
    observers: [...new Set([...observers, ...authors])].filter((name) => name !== ''),
    content: childrenOf(root, 0, budget),
  };
}

interface Left {
  left: number;
}

function childrenOf(item: DataItem, depth: number, budget: Left): ContentView[] {
  if (depth >= MAX_DEPTH) return [];
  return itemsOf([item], CONTENT).flatMap((child) => (--budget.left < 0 ? [] : [contentOf(child, depth, budget)]));
}

function contentOf(item: DataItem, depth: number, budget: Left): ContentView {
  const scopes: Scopes = [item];
  return {
    kind: kindOf(plain(scopes, VALUE_TYPE)),
    name: meaningOf(scopes, CONCEPT),
    value: valueOf(scopes),
    children: childrenOf(item, depth + 1, budget),
  };
}

function kindOf(valueType: string): ContentView['kind'] {
  switch (valueType) {
    case 'CONTAINER':
      return 'container';
    case 'IMAGE':
    case 'COMPOSITE':
    case 'WAVEFORM':
      return 'image';
    case 'SCOORD':
    case 'SCOORD3D':
    case 'TCOORD':
    case '':
      return 'other';
    default:
      return 'value';
  }
}

function valueOf(scopes: Scopes): string {
  switch (plain(scopes, VALUE_TYPE)) {
    case 'TEXT':
      return words(scopes, 0x0040a160);
    case 'CODE':
      return meaningOf(scopes, 0x0040a168);
    case 'NUM':
      return measured(scopes);
    case 'DATETIME':
      return plain(scopes, 0x0040a120);
    case 'DATE':
      return plain(scopes, 0x0040a121);
    case 'TIME':
      return plain(scopes, 0x0040a122);
    case 'PNAME':
      return words(scopes, 0x0040a123);
    case 'UIDREF':
      return plain(scopes, 0x0040a124);
    default:
      return '';
  }
}

function measured(scopes: Scopes): string {
  const item = itemsOf(scopes, MEASURED)[0];
  if (item === undefined) return meaningOf(scopes, 0x0040a301);
  const unit = itemsOf([item], 0x004008ea)[0];
  // Units are UCUM codes, which people read; `1` and words in braces are no units.
  const sign = unit === undefined ? '' : plain([unit], 0x00080100);
  return `${plain([item], 0x0040a30a)} ${sign === '1' ? '' : sign.replaceAll(/[{}]/g, '')}`.trim();
}

const KEY_OBJECT_DESCRIPTION = 'DCM 113012';

export function keyObjects(root: DataItem): Extract<ObjectView, { kind: 'key-objects' }> {
  const items = itemsOf([root], CONTENT);
  const described = items.find((item) => codeOf([item], CONCEPT) === KEY_OBJECT_DESCRIPTION);
  const images = items.flatMap((item): Reference[] => referencesOf(itemsOf([item], REFERENCED)));
  return {
    kind: 'key-objects',
    title: meaningOf([root], CONCEPT),
    text: described === undefined ? '' : words([described], 0x0040a160),
    images: images.filter(({ frames }) => frames.every((frame) => frame >= 0)),
  };
}
