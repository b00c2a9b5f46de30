const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const MAX_NAME = 120;

/** Gives the browser a file to save. The name comes from outside: no separators, no tricks with direction or dots. */
export function saveFile(name: string, mediaType: string, bytes: Uint8Array<ArrayBuffer>): void {
  saveBlob(name, new Blob([bytes], { type: mediaType }));
}

export function saveBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = safeName(name);
  link.click();
  // The browser has taken the bytes over once the click has been handled.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function safeName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{N} ._()-]/gu, '_')
    .replace(/^[. ]+/, '')
    .slice(-MAX_NAME)
    .replace(/^[. ]+|[. ]+$/g, '');
  if (plain === '') return 'file';
  return RESERVED.test(plain) ? `_${plain}` : plain;
}
