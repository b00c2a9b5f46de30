import encodeQr from 'qr';

/** For a camera that looks at the terminal: dark on light whatever the colours of the terminal, two rows a line. */
export function qrForTerminal(text: string): string {
  const rows = encodeQr(text, 'raw', { ecc: 'medium', border: 2 });
  const lines: string[] = [];
  for (let y = 0; y < rows.length; y += 2) {
    const cells = (rows[y] ?? []).map((top, x) => HALVES[`${Number(top)}${Number(rows[y + 1]?.[x] ?? false)}`] ?? ' ');
    lines.push(`${BLACK_ON_WHITE}${cells.join('')}${PLAIN}`);
  }
  return lines.join('\n');
}

export function qrAsSvg(text: string): string {
  return encodeQr(text, 'svg', { ecc: 'medium', border: 2, scale: 4 });
}

const HALVES: Readonly<Record<string, string>> = { '00': ' ', '01': '▄', '10': '▀', '11': '█' };
const BLACK_ON_WHITE = '\u001b[30;107m';
const PLAIN = '\u001b[0m';
