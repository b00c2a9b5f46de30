import {
  type Calibration,
  type FrameFacts,
  type FramePlace,
  type PlaceView,
  type ScaledRegion,
  type Triple,
} from '../desk/picture.js';
import { isLossySyntax } from '../../core/pixels/syntax.js';
import { type Scopes, binary, itemsOf, numbers, plain, uint16 } from './data-item.js';
import { type ImageDataSet } from './dataset.js';
import { scopesOf } from './frame-scopes.js';
import { pixelModule } from './pixel-module.js';

/** Where a frame lies and what its lengths mean: attributes only. */

/** Modalities whose pictures are projections: their spacing is that of the detector unless it was corrected. */
const PROJECTIONS = new Set(['CR', 'DX', 'MG', 'RF', 'XA', 'RG', 'IO', 'PX', 'RTIMAGE']);

interface Spacing {
  readonly pixelSpacing: readonly [number, number] | null;
  readonly calibration: Calibration;
}

/** PS3.3 §10.7.1.3: a projection's Pixel Spacing is calibrated when it differs from the detector's, or when it says so. */
export function spacingOf(scopes: Scopes): Spacing {
  const own = pair(numbers(scopes, 0x00280030));
  const detector = pair(numbers(scopes, 0x00181164)) ?? pair(numbers(scopes, 0x00182010));
  if (own === null) {
    return detector === null
      ? { pixelSpacing: null, calibration: 'none' }
      : { pixelSpacing: detector, calibration: 'detector' };
  }
  if (!PROJECTIONS.has(plain(scopes, 0x00080060))) return { pixelSpacing: own, calibration: 'patient' };
  const isSaid = ['GEOMETRY', 'FIDUCIAL'].includes(plain(scopes, 0x00280a02));
  const differs = detector !== null && (Math.abs(detector[0] - own[0]) > 1e-6 || Math.abs(detector[1] - own[1]) > 1e-6);
  return { pixelSpacing: own, calibration: isSaid || differs ? 'calibrated' : 'detector' };
}

function pair([row = 0, column = 0]: readonly number[]): readonly [number, number] | null {
  return row > 0 && column > 0 ? [row, column] : null;
}

function triple([x, y, z]: readonly number[]): Triple | null {
  return x === undefined || y === undefined || z === undefined ? null : [x, y, z];
}

/** Null unless position and orientation are there and the directions are at right angles, as the standard demands. */
export function placeOf(scopes: Scopes): PlaceView | null {
  const position = triple(numbers(scopes, 0x00200032));
  const cosines = numbers(scopes, 0x00200037);
  const [row, column] = [triple(cosines), triple(cosines.slice(3))];
  if (position === null || row === null || column === null || cosines.length !== 6) return null;
  const isSquare =
    Math.abs(Math.hypot(...row) - 1) < 0.01 &&
    Math.abs(Math.hypot(...column) - 1) < 0.01 &&
    Math.abs(row[0] * column[0] + row[1] * column[1] + row[2] * column[2]) < 0.01;
  return isSquare ? { position, row, column, frameOfReference: plain(scopes, 0x00200052) } : null;
}

export function factsOf(set: ImageDataSet, scopes: Scopes, frames: number): FrameFacts {
  const [rows = '', columns = ''] = plain(scopes, 0x00200020).split('\\');
  const { calibration } = spacingOf(scopes);
  return {
    place: placeOf(scopes),
    calibration,
    regions: regionsOf(scopes),
    directions: [letters(rows), letters(columns)],
    laterality: plain(scopes, 0x00200062) || plain(scopes, 0x00200060),
    sliceLocation: numbers(scopes, 0x00201041)[0] ?? null,
    thickness: numbers(scopes, 0x00180050)[0] ?? null,
    frameMs: frames > 1 ? frameTime(scopes) : null,
    isLossy: plain(scopes, 0x00282110) === '01' || isLossySyntax(set.syntax),
    modality: plain(scopes, 0x00080060),
  };
}

function letters(text: string): string {
  return /^[ALPRHF]{1,3}$/.test(text.trim()) ? text.trim() : '';
}

/** PS3.3 §C.7.6.5: Frame Time, or rates for display; between 1 and 60 pictures a second. */
function frameTime(scopes: Scopes): number | null {
  const rate = numbers(scopes, 0x00082144)[0] ?? numbers(scopes, 0x00180040)[0] ?? 0;
  const ms = rate > 0 ? 1000 / rate : (numbers(scopes, 0x00181063)[0] ?? numbers(scopes, 0x00181065)[1] ?? 0);
  return ms > 0 ? Math.min(Math.max(ms, 1000 / 60), 1000) : null;
}

const CENTIMETRES = 3;
const MAX_REGIONS = 64;

/** PS3.3 §C.8.5.5: regions of an ultrasound picture whose pixels are lengths in both directions. */
function regionsOf(scopes: Scopes): ScaledRegion[] {
  return itemsOf(scopes, 0x00186011)
    .slice(0, MAX_REGIONS)
    .flatMap((item): ScaledRegion[] => {
      const scope: Scopes = [item];
      const corner = (tag: number): number => binary(scope, tag, 'UL')[0] ?? 0;
      const isLength = uint16(scope, 0x00186024) === CENTIMETRES && uint16(scope, 0x00186026) === CENTIMETRES;
      const mmX = Math.abs(binary(scope, 0x0018602c, 'FD')[0] ?? 0) * 10;
      const mmY = Math.abs(binary(scope, 0x0018602e, 'FD')[0] ?? 0) * 10;
      if (!isLength || !(mmX > 0 && mmY > 0)) return [];
      const [minX, minY, maxX, maxY] = [0x00186018, 0x0018601a, 0x0018601c, 0x0018601e].map(corner);
      return [{ minX: minX ?? 0, minY: minY ?? 0, maxX: maxX ?? 0, maxY: maxY ?? 0, mmX, mmY }];
    });
}

/** @throws WebError `no-image`, `image-invalid` */
export function framePlace(set: ImageDataSet, frame: number): FramePlace {
  const { rows, columns, samples, photometric } = pixelModule(set);
  const isColor = samples === 3 || photometric === 'PALETTE COLOR';
  const scopes = scopesOf(set, frame);
  return { isColor, rows, columns, pixelSpacing: spacingOf(scopes).pixelSpacing, place: placeOf(scopes) };
}
