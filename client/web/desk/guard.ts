/** What the page and its guard say to each other (docs/web-client.md §3). */

export interface BundleView {
  readonly version: string;
  /** SHA-256 of the list, 64 hex digits: what an operator publishes. */
  readonly digest: string;
}

export type GuardAsk =
  /** What is known here, and what the relay offers. */
  | { readonly kind: 'status' }
  /** Keeps every file of the known page: the relay may not have them for ever. */
  | { readonly kind: 'keep' }
  /** A person has compared the digits: from the next load on it is this one. */
  | { readonly kind: 'take'; readonly digest: string };

export type GuardAnswer =
  | { readonly kind: 'status'; readonly known: BundleView | null; readonly offered: BundleView | null }
  | { readonly kind: 'kept' }
  | { readonly kind: 'taken' }
  /** What is offered is not what its list says, or not what was compared. */
  | { readonly kind: 'broken' };
