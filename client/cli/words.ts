/** Words in numbered rows of six, to be written down or typed. */
export function wordRows(words: readonly string[]): string {
  const rows = Array.from({ length: Math.ceil(words.length / 6) }, (_, row) => 6 * row).map((at) =>
    words
      .slice(at, at + 6)
      .map((word, i) => `${String(at + i + 1).padStart(2)} ${word.padEnd(9)}`)
      .join(' ')
      .trimEnd(),
  );
  return rows.map((row) => `  ${row}`).join('\n');
}
