import { cropped, type Font, type Ink } from './ink.js';

/** A blocky face of 5 × 7 dots like those of older devices, drawn here: each glyph is seven rows of five bits. */

const GLYPHS: Readonly<Record<string, string>> = {
  A: '0e11111f111111',
  B: '1e11111e11111e',
  C: '0e11101010110e',
  D: '1e11111111111e',
  E: '1f10101e10101f',
  F: '1f10101e101010',
  G: '0e11101713110f',
  H: '1111111f111111',
  I: '0e04040404040e',
  J: '0702020202120c',
  K: '11121418141211',
  L: '1010101010101f',
  M: '111b1515111111',
  N: '11191513111111',
  O: '0e11111111110e',
  P: '1e11111e101010',
  Q: '0e11111115120d',
  R: '1e11111e141211',
  S: '0f10100e01011e',
  T: '1f040404040404',
  U: '1111111111110e',
  V: '11111111110a04',
  W: '1111111515150a',
  X: '11110a040a1111',
  Y: '1111110a040404',
  Z: '1f01020408101f',
  '0': '0e11131519110e',
  '1': '040c040404040e',
  '2': '0e11010204081f',
  '3': '1f02040201110e',
  '4': '02060a121f0202',
  '5': '1f101e0101110e',
  '6': '0608101e11110e',
  '7': '1f010204080808',
  '8': '0e11110e11110e',
  '9': '0e11110f01020c',
  '.': '00000000000c0c',
  ',': '000000000c0408',
  ':': '000c0c000c0c00',
  '/': '00010204081000',
  '-': '0000001f000000',
  '^': '040a1100000000',
  '(': '02040808080402',
  ')': '08040202020408',
  '#': '0a0a1f0a1f0a0a',
  '=': '00001f001f0000',
  '+': '0004041f040400',
  '%': '18190204081303',
};

const ALIKE: Readonly<Record<string, string>> = { Ä: 'A', Ö: 'O', Ü: 'U', ß: 'B' };

export const bitmapFont: Font = { name: 'bitmap 5x7', draw };

/** In whole multiples of its dots. */
function draw(text: string, size: number): Ink {
  const scale = Math.max(1, Math.round(size / 9));
  const letters = [...text.toUpperCase()].map((letter) => GLYPHS[ALIKE[letter] ?? letter] ?? '');
  const width = letters.length * 6 * scale;
  const coverage = new Uint8Array(width * 7 * scale);
  letters.forEach((glyph, index) => {
    for (let row = 0; row < 7; row++) {
      const bits = Number.parseInt(glyph.slice(2 * row, 2 * row + 2) || '0', 16);
      for (let column = 0; column < 5; column++) {
        if ((bits >> (4 - column)) % 2 === 0) continue;
        for (let y = 0; y < scale; y++) {
          const at = (row * scale + y) * width + (index * 6 + column) * scale;
          coverage.fill(255, at, at + scale);
        }
      }
    }
  });
  return cropped({ width, height: 7 * scale, coverage });
}
