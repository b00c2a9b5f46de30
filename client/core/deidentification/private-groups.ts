import { ACTIONS } from './actions.js';
import { SAFE_PRIVATE } from './tables/safe-private-2026c.js';
import { type ElementNode, valueBytes } from './element-tree.js';
import { type ActionKind, GONE, type Job, type Outcome, SAME, type Subject } from './job.js';
import { latinText } from './text-value.js';

/** Private attributes: none stays, unless Retain Safe Private is chosen, the list has it, and its block's creator is the list's. */

let safe: ReadonlyMap<string, string> | null = null;

/** Creator, group and last byte of the element → VR. */
function safeList(): ReadonlyMap<string, string> {
  safe ??= new Map(
    Object.entries(SAFE_PRIVATE).flatMap(([creator, entries]) =>
      entries.split(', ').map((entry) => {
        const [place = '', vr = ''] = entry.split(' ');
        return [`${creator}|${place}`, vr] as const;
      }),
    ),
  );
  return safe;
}

export interface PrivateBlocks {
  readonly creators: ReadonlyMap<number, string>;
  readonly kept: ReadonlySet<number>;
}

const NO_BLOCKS: PrivateBlocks = { creators: new Map(), kept: new Set() };

/** PS3.5 §7.8.1: a creator reserves its block in its own data set or item only. */
export function privateBlocks(elements: readonly ElementNode[], job: Job): PrivateBlocks {
  if (!job.rules.profile.options.has('retainSafePrivate')) return NO_BLOCKS;
  const creators = new Map<number, string>();
  for (const node of elements) {
    const block = node.tag & 0xffff;
    if (!((node.tag >>> 16) & 1) || block < 0x10 || block > 0xff) continue;
    const key = (node.tag >>> 16) * 256 + block;
    const creator = creatorOf(node);
    // Of two that claim a block neither is known to own what lies in it.
    creators.set(key, (creators.get(key) ?? creator) === creator ? creator : '');
  }
  const kept = new Set<number>();
  for (const node of elements) if (safeVr(node, creators) !== undefined) kept.add(blockOf(node));
  return { creators, kept };
}

function creatorOf(node: ElementNode): string {
  return latinText(valueBytes(node))
    .replace(/[\0 ]+$/, '')
    .trimStart();
}

function blockOf({ tag }: ElementNode): number {
  return (tag >>> 16) * 256 + ((tag & 0xffff) >>> 8);
}

function safeVr(node: ElementNode, creators: ReadonlyMap<number, string>): string | undefined {
  const group = node.tag >>> 16;
  if (!(group & 1) || (node.tag & 0xffff) < 0x1000) return undefined;
  const creator = creators.get(blockOf(node));
  if (creator === undefined) return undefined;
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
  return safeList().get(`${creator}|${hex(group, 4)}${hex(node.tag & 0xff, 2)}`);
}

export function treatPrivate(subject: Subject): Outcome {
  const { node, place, job } = subject;
  const element = node.tag & 0xffff;
  const block = (node.tag >>> 16) * 256 + element;
  // The same tag may come twice, and say something else.
  const isCreator = element >= 0x10 && element <= 0xff && place.creators.get(block) === creatorOf(node);
  if (isCreator && place.keptBlocks.has(block)) return SAME;
  const listed = safeVr(node, place.creators);
  if (listed === undefined) {
    job.count('remove', node.tag);
    return GONE;
  }
  // A writer that says another VR than the list's may mean another attribute; only UN says nothing.
  const vr = node.content.kind === 'items' ? 'SQ' : node.vr === 'UN' ? listed : node.vr;
  const action = safeAction(vr, job);
  const outcome = ACTIONS[action].apply({ ...subject, vr });
  if (outcome.kind !== 'same') job.count(action, node.tag);
  return outcome.kind === 'value' && outcome.vr !== undefined && node.vr === 'UN' ? { ...outcome, vr: 'UN' } : outcome;
}

function safeAction(vr: string, { rules }: Job): ActionKind {
  const { options } = rules.profile;
  switch (vr) {
    case 'PN':
      return 'dummy';
    case 'UI':
      return options.has('retainUIDs') ? 'keep' : 'uid';
    case 'DA':
    case 'DT':
    case 'TM':
      if (options.has('retainLongFullDates')) return 'keep';
      return options.has('retainLongModifiedDates') ? 'shift' : 'dummy';
    case 'SQ':
      return 'descend';
    default:
      return 'scrub';
  }
}
