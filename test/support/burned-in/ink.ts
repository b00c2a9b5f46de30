/** A drawn text: how much of each pixel is covered, cropped to its ink. */
export interface Ink {
  readonly width: number;
  readonly height: number;
  /** 0 to 255. */
  readonly coverage: Uint8Array;
}

export interface Font {
  readonly name: string;
  /** @param size pixels from the top of capitals' line to the bottom of descenders, roughly */
  draw(text: string, size: number): Ink;
}

/** A quarter turn, so that the text runs upwards. */
export function turned({ width, height, coverage }: Ink): Ink {
  const out = new Uint8Array(coverage.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) out[(width - 1 - x) * height + y] = coverage[y * width + x] ?? 0;
  }
  return { width: height, height: width, coverage: out };
}

/** Cuts away what is empty around the ink. */
export function cropped({ width, height, coverage }: Ink): Ink {
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((coverage[y * width + x] ?? 0) < 32) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
    }
  }
  if (right <= left) return { width: 0, height: 0, coverage: new Uint8Array(0) };
  const out = new Uint8Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    out.set(coverage.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  return { width: right - left, height: bottom - top, coverage: out };
}
