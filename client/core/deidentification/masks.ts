import * as z from 'zod';
import { CoreError } from '../error.js';
import type { PixelMask } from './pixel-port.js';

const MAX_FILES = 100_000;
const MAX_MASKS = 1_000;

const size = z.number().int().min(0).max(65_535);
const mask = z.tuple([size, size, size, size, z.number().int().min(0).nullable()]);
const schema = z.record(z.string().max(4_096), z.array(mask).max(MAX_MASKS));

/**
 * `{"in/rel.dcm": [[x, y, width, height, frame or null], …]}`: regions in pixels from the upper left, frames from 0, null for all of them.
 * @throws CoreError `masks-invalid`
 */
export function parseMasks(json: string): ReadonlyMap<string, readonly PixelMask[]> {
  const parsed = schema.safeParse(parseJson(json));
  if (!parsed.success || Object.keys(parsed.data).length > MAX_FILES) {
    throw new CoreError('masks-invalid', 'not a list of masks');
  }
  return new Map(
    Object.entries(parsed.data).map(([path, list]) => [
      path,
      list.map(([x, y, width, height, frame]) => ({ x, y, width, height, frame, source: 'manual' as const })),
    ]),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CoreError('masks-invalid', 'not JSON', { cause });
  }
}
