/** The discrete cosine transform of 8 × 8 samples (T.81 §A.3.3), in floating point, and the zigzag order. */

/** Place in the block (row × 8 + column) of each coefficient as it is coded (T.81 figure A.6). */
export const ZIGZAG = zigzag();

function zigzag(): Uint8Array {
  const order: number[] = [];
  for (let sum = 0; sum < 15; sum++) {
    const diagonal: number[] = [];
    for (let row = Math.max(0, sum - 7); row <= Math.min(7, sum); row++) diagonal.push(row * 8 + sum - row);
    // Even diagonals run upwards.
    order.push(...(sum % 2 === 0 ? diagonal.reverse() : diagonal));
  }
  return Uint8Array.from(order);
}

/** `BASIS[frequency × 8 + place]`, orthonormal. */
const BASIS = Float64Array.from({ length: 64 }, (_, i) => {
  const [frequency, place] = [i >> 3, i & 7];
  return (frequency === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * place + 1) * frequency * Math.PI) / 16);
});

const rows = new Float64Array(64);

/** Coefficients (row = vertical frequency) → samples around zero, in place. */
export function inverseDct(block: Float64Array): void {
  for (let v = 0; v < 8; v++) inverseRow(block, v * 8);
  for (let x = 0; x < 8; x++) {
    for (let y = 0; y < 8; y++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) sum += rows[v * 8 + x]! * BASIS[v * 8 + y]!;
      block[y * 8 + x] = sum;
    }
  }
}

function inverseRow(block: Float64Array, at: number): void {
  let last = 7;
  while (last > 0 && block[at + last] === 0) last--;
  for (let x = 0; x < 8; x++) {
    let sum = 0;
    for (let u = 0; u <= last; u++) sum += block[at + u]! * BASIS[u * 8 + x]!;
    rows[at + x] = sum;
  }
}

/** Samples around zero → coefficients, in place. */
export function forwardDct(block: Float64Array): void {
  for (let y = 0; y < 8; y++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let x = 0; x < 8; x++) sum += block[y * 8 + x]! * BASIS[u * 8 + x]!;
      rows[y * 8 + u] = sum;
    }
  }
  for (let u = 0; u < 8; u++) {
    for (let v = 0; v < 8; v++) {
      let sum = 0;
      for (let y = 0; y < 8; y++) sum += rows[y * 8 + u]! * BASIS[v * 8 + y]!;
      block[v * 8 + u] = sum;
    }
  }
}
