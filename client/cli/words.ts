/** 24 words in four numbered rows, to be written down or typed. */
export function wordRows(words: readonly string[]): string {
  const rows = [0, 6, 12, 18].map((at) =>
    words
      .slice(at, at + 6)
      .map((word, i) => `${String(at + i + 1).padStart(2)} ${word.padEnd(9)}`)
      .join(' ')
      .trimEnd(),
  );
  return rows.map((row) => `  ${row}`).join('\n');
}
