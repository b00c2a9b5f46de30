/**
 * Takes out of a line what may name somebody or let somebody in. Log lines hold none of it by themselves; what leaves the
 * house is looked at once more.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // The way into a database, or any other address with a password.
  [/[a-z][a-z0-9+.-]*:\/\/[^\s"/@]*@[^\s"]*/gi, '[url]'],
  [/[^\s"'<>@]+@[^\s"'<>@]+/g, '[address]'],
  [/\b(Bearer|Basic)\s+[^\s"]+/gi, '[token]'],
  // Ids, digests and keys: hex of 16 bytes and more keeps its beginning, to tell them apart.
  [/\b([0-9a-f]{8})[0-9a-f]{24,}\b/gi, '$1…'],
  // Sixteen bytes and more as base64: tokens, keys, sealed bytes. Names of modules and routes have their marks between.
  [/(?<![\w/+.-])(?=[\w+/-]*\d)(?=[\w+/-]*[a-z])(?=[\w+/-]*[A-Z])[A-Za-z0-9_+-]{22,}={0,2}(?![\w/.-])/g, '[bytes]'],
];

export function redactText(line: string): string {
  return PATTERNS.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), line);
}
