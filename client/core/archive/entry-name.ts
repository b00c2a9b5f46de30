/**
 * Names inside archives come from outside. They are only shown, never used as paths; still a name that would lead out of its
 * folder on some system marks its entry as hostile, and the entry is left out (attack A20).
 */

/** Names of devices on Windows, with any extension. */
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;
// eslint-disable-next-line no-control-regex -- naming them is the purpose
const CONTROL = /[\u0000-\u001f\u007f]/;
const MAX_PATH_CHARS = 4096;

/** The entry's path with `/` between its parts, or null for a name that must not be used. Some writers put `\` between parts. */
export function safeEntryPath(name: string): string | null {
  const path = name.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
  if (path === '' || path.length > MAX_PATH_CHARS || CONTROL.test(path)) return null;
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return null;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const isHostile = parts.some((part) => part === '..' || DEVICE.test(part.trim()));
  return isHostile || parts.length === 0 ? null : parts.join('/');
}

/** A name that is not used, made fit for one line of a list. */
export function shownName(name: string): string {
  const shown = name.slice(0, 200).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '\u{fffd}');
  return shown === '' ? '(…)' : shown;
}

/** Bytes of a name in a zip directory: UTF-8 where they are, else code page 437 (APPNOTE appendix D). */
export function decodeZipName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : (CP437[byte - 0x80] ?? ''))).join('');
  }
}

const CP437 = [
  ...'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐',
  ...'└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
];
