import { type Chosen, type SendInput } from '../../desk/api.js';
import { type DeidentifyInput, type MaskInput } from '../../desk/deidentification.js';
import { type CollectionView } from '../../desk/view.js';

export const URGENT_HOURS = [0, 1, 2, 4, 8, 24] as const;
export const EXPIRY_DAYS = [10, 30, 90, 180, 365] as const;

/** A PDF as it was picked. */
export interface ChosenReport {
  readonly chosen: Chosen;
  readonly name: string;
  readonly size: number;
}

/** A message before it is sealed. */
export interface Draft {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly urgentHours: (typeof URGENT_HOURS)[number];
  readonly expiresDays: (typeof EXPIRY_DAYS)[number];
  readonly report: ChosenReport | null;
  readonly collection: CollectionView | null;
  readonly leftOut: readonly string[];
  readonly attachments: readonly string[];
  /** The message whose files are passed on, in the place of own ones. */
  readonly forwardOf: string | null;
  /** Null where the recipient must know the patient. */
  readonly deidentify: Omit<DeidentifyInput, 'isConfirmed' | 'masks'> | null;
  /** By series. */
  readonly masks: Readonly<Record<string, readonly MaskInput[]>>;
}

export const EMPTY_DRAFT: Draft = {
  to: [],
  subject: '',
  text: '',
  urgentHours: 0,
  expiresDays: 90,
  report: null,
  collection: null,
  leftOut: [],
  attachments: [],
  forwardOf: null,
  deidentify: null,
  masks: {},
};

const HOUR_MS = 3_600_000;

/** There is something to take the patient out of. */
export function isDeidentified({ forwardOf, deidentify, collection }: Draft): boolean {
  return forwardOf === null && deidentify !== null && (collection?.studies.length ?? 0) > 0;
}

export function sendInput(draft: Draft, replyTo: string | null): SendInput {
  const { to, subject, text, expiresDays, urgentHours, collection, leftOut, attachments, report, forwardOf } = draft;
  const hasOthers = forwardOf === null && !isDeidentified(draft);
  return {
    to,
    cc: [],
    subject: subject.trim(),
    text: text.trim(),
    urgentMs: urgentHours === 0 ? null : urgentHours * HOUR_MS,
    expiresDays,
    replyTo,
    collectionId: forwardOf === null ? (collection?.id ?? null) : null,
    leftOut,
    // Nobody has searched through them: where the patient is taken out they stay here.
    attachments: hasOthers ? attachments : [],
    report: hasOthers ? (report?.chosen ?? null) : null,
    forwardOf,
    isDeidentified: isDeidentified(draft),
  };
}

/** What will travel, before anything is coded. */
export function sizeOf(draft: Draft): {
  readonly files: number;
  readonly bytes: number;
} {
  const { collection, leftOut } = draft;
  const { attachments, report } = isDeidentified(draft) ? { attachments: [] as string[], report: null } : draft;
  const series = (collection?.studies ?? []).flatMap((study) => study.series);
  const instances = series.filter(({ uid }) => !leftOut.includes(uid)).flatMap((one) => one.instances);
  const others = (collection?.others ?? []).filter(({ name }) => attachments.includes(name));
  const sizes = [...instances, ...others, ...(report === null ? [] : [report])].map(({ size }) => size);
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

export function missingIn(draft: Draft): 'write.needRecipient' | 'write.needContent' | null {
  if (draft.to.length === 0) return 'write.needRecipient';
  const hasContent = draft.text.trim() !== '' || draft.forwardOf !== null || sizeOf(draft).files > 0;
  return hasContent ? null : 'write.needContent';
}
