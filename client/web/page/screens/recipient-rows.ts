import { type DirectoryRow } from '../../desk/view.js';

/**
 * What may be chosen now: rows found for another text than the one that stands there count only as far as they fit it. Whoever types fast and presses
 * Enter must not get a recipient of the text before.
 */
export function answersTo(query: string, asked: string, rows: readonly DirectoryRow[]): readonly DirectoryRow[] {
  const text = folded(query);
  if (text === folded(asked)) return rows;
  return rows.filter(({ address, practiceName }) => folded(`${practiceName} ${address}`).includes(text));
}

function folded(text: string): string {
  return text.trim().toLowerCase().normalize('NFC');
}
