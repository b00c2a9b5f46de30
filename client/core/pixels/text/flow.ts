import type { Picture } from '../raster/raster.js';
import type { Box } from './extend.js';

/** Of three channels from 0 to 255: brighter is ink, and so much between the strongest and the weakest channel is a colour. */
const BRIGHT = 112;
const COLOUR = 80;
/** Of the ink. Letters are mostly white; coloured ones have one colour. */
const LEAST_COLOURED = 0.5;
/** Mean deviation of the middle channel's share, in parts of 255: one colour has next to none, a scale of velocities runs from red to yellow, or to blue. */
const LEAST_SPREAD = 20;

/** Whether what is bright in a box runs through many colours, as colour flow in ultrasound does and writing does not. */
export function isColourFlow({ width, height, samples, bytes }: Picture, box: Box): boolean {
  if (samples !== 3) return false;
  const shares = [new Float64Array(256), new Float64Array(256), new Float64Array(256)];
  let [bright, coloured] = [0, 0];
  for (let y = Math.max(0, box.top); y < Math.min(height, box.bottom); y++) {
    for (let x = Math.max(0, box.left); x < Math.min(width, box.right); x++) {
      const at = 3 * (y * width + x);
      const most = Math.max(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!);
      if (most < BRIGHT) continue;
      bright++;
      if (most - Math.min(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!) < COLOUR) continue;
      coloured++;
      for (let channel = 0; channel < 3; channel++)
        shares[channel]![Math.round((255 * bytes[at + channel]!) / most)]!++;
    }
  }
  if (coloured < LEAST_COLOURED * bright || coloured === 0) return false;
  return Math.max(...shares.map((histogram) => spreadOf(histogram, coloured))) > LEAST_SPREAD;
}

/** The mean deviation from the mean. */
function spreadOf(histogram: Float64Array, count: number): number {
  let sum = 0;
  histogram.forEach((times, share) => (sum += times * share));
  const mean = sum / count;
  let deviation = 0;
  histogram.forEach((times, share) => (deviation += times * Math.abs(share - mean)));
  return deviation / count;
}
