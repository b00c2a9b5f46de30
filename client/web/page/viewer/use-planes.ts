import { useEffect, useMemo, useState } from 'react';
import { type Frames } from './frames.js';
import { type NoVolume, type VolumeResult, cutsOf, volumeOf } from './reconstruction.js';
import { type Stack, picturesOf } from './stacks.js';
import { useVersion } from './use-shown.js';

/** The block of a series that somebody wants to see in three planes; `asking` until the places of all its slices are known. */
export type Planes =
  | { readonly kind: 'off' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'none'; readonly reason: NoVolume }
  | { readonly kind: 'planes'; readonly stacks: readonly Stack[] };

export function usePlanes(frames: Frames, base: Stack | null, here: ReadonlySet<string>): Planes {
  const pictures = useMemo(() => (base === null ? [] : picturesOf(base)), [base]);
  const [result, setResult] = useState<{ readonly of: Stack; readonly is: VolumeResult } | null>(null);
  const isDone = base !== null && result?.of === base && result.is.kind !== 'none';
  const version = useVersion(frames, base !== null && !isDone);
  const isHere = pictures.every(({ fileId }) => here.has(fileId));
  useEffect(() => frames.wantPlaces(base === null ? [] : pictures), [frames, base, pictures]);
  useEffect(() => {
    if (base === null || isDone) return;
    if (!isHere) return setResult({ of: base, is: { kind: 'none', reason: 'coming' } });
    if (!pictures.every((picture) => frames.knowsPlace(picture))) return;
    // The block is made of what is kept in memory: it has to fit there.
    const is = volumeOf(pictures, pictures.map(frames.place), 0.95 * frames.maxBytes);
    setResult({ of: base, is });
  }, [frames, base, pictures, isHere, isDone, version]);
  return useMemo(() => {
    if (base === null) return { kind: 'off' };
    if (result?.of !== base) return { kind: 'asking' };
    if (result.is.kind === 'none') return { kind: 'none', reason: result.is.reason };
    const { volume } = result.is;
    const stacks = cutsOf(volume).map((cut): Stack => {
      return { ...base, id: `${base.id} ${cut.plane}`, content: { kind: 'cut', volume, cut } };
    });
    return { kind: 'planes', stacks };
  }, [base, result]);
}
