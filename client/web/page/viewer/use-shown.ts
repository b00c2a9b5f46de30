import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { type FrameView } from '../../desk/picture.js';
import { type Frames, type Loaded, type Picture } from './frames.js';
import { cutFrame } from './reconstruction.js';
import { type Stack, picturesOf } from './stacks.js';

export interface Shown {
  readonly loaded: Loaded | null;
  /** Of the picture that is shown: while the next one comes, the one before stays, with its own number. */
  readonly index: number;
}

const NOT_HERE: Loaded = { kind: 'failed', code: 'not-here' };
const NEAR = [0, 1, -1, 2, -2, 3, -3, 4, -4, 5, 6, 7, 8, 9, 10, 11, 12];

/** The picture of a viewport, and its neighbours on their way. */
export function useShown(frames: Frames, who: string, stack: Stack, index: number, here: ReadonlySet<string>): Shown {
  const flat = useFlat(frames, who, stack, index, here);
  const cut = useCut(frames, stack, index);
  return stack.content.kind === 'cut' ? { loaded: cut, index } : flat;
}

function useFlat(frames: Frames, who: string, stack: Stack, index: number, here: ReadonlySet<string>): Shown {
  const pictures = picturesOf(stack);
  const last = useRef<{ readonly of: readonly Picture[]; readonly shown: Shown } | null>(null);
  useEffect(() => {
    if (stack.content.kind === 'cut') return frames.want(who, stack.content.volume.slices);
    const near = NEAR.map((step) => pictures[index + step]);
    const rest = [...pictures.slice(index + 13), ...pictures.slice(0, Math.max(index - 4, 0)).reverse()];
    return frames.want(
      who,
      [...near, ...rest].filter((one): one is Picture => one !== undefined && here.has(one.fileId)),
    );
  }, [frames, who, stack, pictures, index, here]);
  useEffect(() => () => frames.want(who, []), [frames, who]);
  const picture = pictures[index];
  const loaded = useSyncExternalStore(frames.subscribe, () => (picture === undefined ? null : frames.peek(picture)));
  const isHere = picture !== undefined && here.has(picture.fileId);
  const found = loaded ?? (isHere ? null : NOT_HERE);
  if (found === null && last.current?.of === pictures) return last.current.shown;
  const shown = { loaded: found, index };
  if (found !== null) last.current = { of: pictures, shown };
  return shown;
}

const EVERY_MS = 300;

function useCut(frames: Frames, stack: Stack, index: number): Loaded | null {
  const isCut = stack.content.kind === 'cut';
  const version = useVersion(frames, isCut);
  return useMemo(() => {
    void version;
    if (stack.content.kind !== 'cut') return null;
    const frame = cutFrame(stack.content.volume, stack.content.cut, index, frames);
    return frame === null ? null : { kind: 'here', frame };
  }, [frames, stack, index, version]);
}

/** Counts up when pictures have come, a few times a second: a cut is made of hundreds of them. */
export function useVersion(frames: Frames, isWanted: boolean): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    if (!isWanted) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = frames.subscribe(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        setVersion((before) => before + 1);
      }, EVERY_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [frames, isWanted]);
  return version;
}

/** The picture at a place, once it is there; of a cut the middle slice, whose values have the same meaning. */
export function useShownFrame(frames: Frames, stack: Stack, index: number): FrameView | null {
  const { content } = stack;
  const picture =
    content.kind === 'cut'
      ? content.volume.slices[Math.floor(content.volume.slices.length / 2)]
      : content.pictures[index];
  const loaded = useSyncExternalStore(frames.subscribe, () => (picture === undefined ? null : frames.peek(picture)));
  return loaded?.kind === 'here' ? loaded.frame : null;
}
