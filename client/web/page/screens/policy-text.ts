import { type PolicyView } from '../../desk/view.js';

/** What is made of a policy that somebody has given. */
export type PolicyCheck =
  | { readonly kind: 'none' }
  | { readonly kind: 'looking' }
  | { readonly kind: 'good'; readonly policy: PolicyView }
  | { readonly kind: 'bad' };

/** Nobody begins anew with what does not read as a policy. */
export function isPolicyFit({ kind }: PolicyCheck): boolean {
  return kind === 'none' || kind === 'good';
}

/** What is pasted ends anywhere, and has the line ends of whoever sent it; a policy's lines end with a line feed. */
export function wholeLines(text: string): string {
  const lines = text.replaceAll('\r\n', '\n');
  return lines.endsWith('\n') ? lines : `${lines}\n`;
}
