import { useSyncExternalStore } from 'react';

/**
 * Where the page is, behind `#`: servers never see it. An invitation's token stands there too, and is taken out of the address as
 * soon as it has been read.
 */
export type Route =
  | { readonly kind: 'folder'; readonly folder: 'inbox' | 'sent'; readonly letter: string | null }
  | { readonly kind: 'images'; readonly folder: 'inbox' | 'sent'; readonly letter: string }
  /** An answer to one message, with the files of another one, or neither. */
  | { readonly kind: 'write'; readonly replyTo: string | null; readonly forwardOf: string | null }
  | { readonly kind: 'settings' };

export function parseRoute(hash: string): Route {
  const [first = '', second = '', third = ''] = hash.replace(/^#\/?/, '').split('/').map(decode);
  switch (first) {
    case 'sent':
    case 'inbox':
      if (second !== '' && third === 'images') return { kind: 'images', folder: first, letter: second };
      return { kind: 'folder', folder: first, letter: second === '' ? null : second };
    case 'write':
      return { kind: 'write', replyTo: orNull(second), forwardOf: orNull(third) };
    case 'settings':
      return { kind: 'settings' };
    default:
      return { kind: 'folder', folder: 'inbox', letter: null };
  }
}

/** Stands where there is no message. */
const NONE = '-';

function orNull(part: string): string | null {
  return part === '' || part === NONE ? null : part;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

export function hashOf(route: Route): string {
  switch (route.kind) {
    case 'folder':
      return `#/${route.folder}${route.letter === null ? '' : `/${encodeURIComponent(route.letter)}`}`;
    case 'images':
      return `#/${route.folder}/${encodeURIComponent(route.letter)}/images`;
    case 'write':
      return ['#/write', route.replyTo ?? NONE, route.forwardOf ?? NONE]
        .map((part, i) => (i === 0 ? part : encodeURIComponent(part)))
        .join('/')
        .replace(/(\/-)+$/, '');
    case 'settings':
      return '#/settings';
  }
}

export function go(route: Route): void {
  location.hash = hashOf(route);
}

function subscribe(listen: () => void): () => void {
  addEventListener('hashchange', listen);
  return () => removeEventListener('hashchange', listen);
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}

/** A token, and the digest of the policy that whoever invites vouches for (docs/spec/directory.md §7). */
const INVITATION = /^[A-Za-z0-9_-]{43}(?:\.[A-Za-z0-9_-]{43})?$/;

/** The token of `ORIGIN/enrol#TOKEN.POLICY`, with the policy's digest, once: afterwards it stands neither in the address nor in the history. */
export function takeInvitation(): string | null {
  const token = location.hash.slice(1);
  if (!INVITATION.test(token)) return null;
  history.replaceState(null, '', '/');
  return token;
}

/** A link of another device, or of the recovery kit, opened in this browser. */
export interface Carried {
  readonly way: 'join' | 'recover';
  readonly link: string;
}

const CARRIED = /^#[0-9a-f]{64}\.[A-Za-z0-9_-]{43}$/;

/** The secret of `ORIGIN/pair#…` or `ORIGIN/recover#…`, once, like an invitation's. */
export function takeCarried(): Carried | null {
  const { pathname, hash, href } = location;
  const way = pathname === '/pair' ? 'join' : pathname === '/recover' ? 'recover' : null;
  if (way === null || !CARRIED.test(hash)) return null;
  history.replaceState(null, '', '/');
  return { way, link: href };
}

/** A link as it was sent, pasted: only its token counts, wherever it says it leads. */
export function tokenOf(text: string): string | null {
  return /(?:^|#)([A-Za-z0-9_-]{43}(?:\.[A-Za-z0-9_-]{43})?)\s*$/.exec(text.trim())?.[1] ?? null;
}
