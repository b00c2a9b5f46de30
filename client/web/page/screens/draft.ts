import { type CollectionView } from '../../desk/view.js';

export const URGENT_HOURS = [0, 1, 2, 4, 8, 24] as const;
export const EXPIRY_DAYS = [10, 30, 90, 180, 365] as const;

/** A message before it is sealed. */
export interface Draft {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly urgentHours: (typeof URGENT_HOURS)[number];
  readonly expiresDays: (typeof EXPIRY_DAYS)[number];
  readonly report: File | null;
  readonly collection: CollectionView | null;
  readonly leftOut: readonly string[];
  readonly attachments: readonly string[];
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
};
