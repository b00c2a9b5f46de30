import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { type LetterView, type SeriesView, type StudyView } from '../../desk/view.js';
import { Failure, Foreign, IconButton } from '../parts/controls.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { go } from '../state/route.js';
import { useLetter } from '../state/use-letter.js';
import { type Frames, type Loaded, type Picture, createFrames } from './frames.js';
import { Thumbnail } from './thumbnail.js';
import { ViewerTools } from './viewer-tools.js';
import { useViewerKeys } from './use-viewer-keys.js';
import { INITIAL_VIEW, type Tool, type ViewState } from './view-state.js';
import { Viewport } from './viewport.js';

interface Props {
  readonly folder: 'inbox' | 'sent';
  readonly letter: string;
}

export function Viewer({ folder, letter: key }: Props): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const { letter, failure } = useLetter(key);
  const frames = useMemo(() => createFrames(worker), [worker]);
  useEffect(() => () => frames.close(), [frames]);
  useEffect(() => {
    document.title = `${t('viewer.title')} · ${t('app.name')}`;
  }, [t]);
  const close = useCallback(() => go({ kind: 'folder', folder, letter: key }), [folder, key]);
  const studyList = letter?.studyList;
  const stacks = useMemo(() => stacksOf(key, studyList ?? []), [key, studyList]);
  if (letter === null || stacks.length === 0) {
    return (
      <main className="viewer viewer-wait">
        <IconButton icon="back" label={t('viewer.close')} onClick={close} />
        {failure === null ? null : <Failure title={t('error.title')} text={errorText(failure)} />}
        <p role="status">{letter === null ? t('viewer.loading') : t('viewer.noImages')}</p>
      </main>
    );
  }
  return <Workspace letter={letter} stacks={stacks} frames={frames} onClose={close} />;
}

export interface Stack {
  readonly study: StudyView;
  readonly series: SeriesView;
  readonly pictures: readonly Picture[];
}

function stacksOf(letter: string, studies: readonly StudyView[]): Stack[] {
  return studies.flatMap((study) =>
    study.series.map((series) => ({
      study,
      series,
      pictures: series.instances.flatMap(({ fileId, frames, sopInstanceUid }) =>
        Array.from({ length: frames }, (_, frame) => ({ letter, fileId, frame, sopInstanceUid })),
      ),
    })),
  );
}

interface WorkspaceProps {
  readonly letter: LetterView;
  readonly stacks: readonly Stack[];
  readonly frames: Frames;
  readonly onClose: () => void;
}

function Workspace({ letter, stacks, frames, onClose }: WorkspaceProps): ReactNode {
  const { t } = useDesk();
  const here = useMemo(() => new Set(letter.here), [letter.here]);
  const [tool, setTool] = useState<Tool>('window');
  const [isPlaying, setPlaying] = useState(false);
  const { at, setAt, index, scrollTo, onScroll, toSeries, view, onView, stack, total } = useStacks(stacks, here);
  const main = useRef<HTMLElement>(null);
  usePlaying(isPlaying, total, scrollTo, index);
  const shown = useFrame(frames, stack, index, here);
  const { loaded } = shown;
  const onKeyDown = useViewerKeys({ onView, onScroll, scrollTo, toSeries, setTool, onClose, total, setPlaying });
  const arrival = useArrival(letter, stacks, here);
  useEffect(() => main.current?.focus(), []);
  if (stack === undefined) return null;
  return (
    <main ref={main} className="viewer" tabIndex={-1} onKeyDown={onKeyDown} aria-label={t('viewer.title')}>
      <header className="viewer-head">
        <IconButton icon="back" label={t('viewer.close')} onClick={onClose} />
        <h1 className="sr-only">{t('viewer.title')}</h1>
        <ViewerTools
          view={view}
          tool={tool}
          frame={loaded?.kind === 'here' ? loaded.frame : null}
          isPlaying={isPlaying}
          canPlay={total > 1}
          onView={onView}
          onTool={setTool}
          onPlay={setPlaying}
        />
      </header>
      <SeriesStrip stacks={stacks} frames={frames} here={here} at={at} onChoose={setAt} />
      <Viewport
        {...{ ...shown, total, view, tool, onView, onScroll, arrival }}
        study={stack.study}
        series={stack.series}
        isComplete={letter.state.kind === 'complete'}
      />
      <SliceSlider index={index} total={total} scrollTo={scrollTo} />
      <p className="viewer-keys">
        <strong>{t('viewer.keys')}</strong> {t('viewer.keysText')}
      </p>
    </main>
  );
}

/** Which stack is looked at, where in it, and how; each stack keeps its own. */
function useStacks(stacks: readonly Stack[], here: ReadonlySet<string>) {
  const [at, setAt] = useState(0);
  const [places, setPlaces] = useState<ReadonlyMap<number, number>>(new Map());
  const [views, setViews] = useState<ReadonlyMap<number, ViewState>>(new Map());
  const stack = stacks[at] ?? stacks[0];
  const total = stack?.pictures.length ?? 0;
  const first = useMemo(() => firstPlace(stack, here), [stack, here]);
  const index = Math.min(places.get(at) ?? first, Math.max(total - 1, 0));
  const scrollTo = useCallback((to: number) => setPlaces((before) => new Map(before).set(at, to)), [at]);
  const onScroll = useCallback(
    (step: number) => {
      const move = (from: number): number => Math.min(Math.max(from + step, 0), total - 1);
      setPlaces((before) => new Map(before).set(at, move(before.get(at) ?? first)));
    },
    [at, total, first],
  );
  const onView = useCallback(
    (change: (view: ViewState) => ViewState) =>
      setViews((before) => new Map(before).set(at, change(before.get(at) ?? INITIAL_VIEW))),
    [at],
  );
  const toSeries = useCallback(
    (step: number) => setAt((before) => Math.min(Math.max(before + step, 0), stacks.length - 1)),
    [stacks],
  );
  return { at, setAt, index, scrollTo, onScroll, toSeries, view: views.get(at) ?? INITIAL_VIEW, onView, stack, total };
}

/** The first picture; while it is still on its way, the first one that is here. */
function firstPlace(stack: Stack | undefined, here: ReadonlySet<string>): number {
  return Math.max(stack?.pictures.findIndex(({ fileId }) => here.has(fileId)) ?? 0, 0);
}

function useArrival(letter: LetterView, stacks: readonly Stack[], here: ReadonlySet<string>): string {
  const { t } = useDesk();
  const { instances, from } = letter;
  if (letter.state.kind === 'complete') return t('state.verifiedComplete', { n: instances, sender: from ?? '' });
  const files = stacks.flatMap(({ series }) => series.instances.map(({ fileId }) => fileId));
  return t('state.receivingCount', { n: files.filter((fileId) => here.has(fileId)).length, total: instances });
}

interface SliderProps {
  readonly index: number;
  readonly total: number;
  readonly scrollTo: (index: number) => void;
}

function SliceSlider({ index, total, scrollTo }: SliderProps): ReactNode {
  const { t } = useDesk();
  return (
    <input
      className="slice-slider"
      type="range"
      min={1}
      max={Math.max(total, 1)}
      value={index + 1}
      disabled={total < 2}
      aria-label={t('viewer.slice')}
      onChange={(event) => scrollTo(Number(event.target.value) - 1)}
    />
  );
}

interface StripProps {
  readonly stacks: readonly Stack[];
  readonly frames: Frames;
  readonly here: ReadonlySet<string>;
  readonly at: number;
  readonly onChoose: (at: number) => void;
}

function SeriesStrip({ stacks, frames, here, at, onChoose }: StripProps): ReactNode {
  const { t } = useDesk();
  return (
    <nav className="strip" aria-label={t('viewer.series')}>
      {stacks.map((stack, i) => (
        <SeriesButton
          key={stack.series.uid}
          stack={stack}
          frames={frames}
          here={here}
          isCurrent={i === at}
          onChoose={() => onChoose(i)}
        />
      ))}
    </nav>
  );
}

interface SeriesButtonProps {
  readonly stack: Stack;
  readonly frames: Frames;
  readonly here: ReadonlySet<string>;
  readonly isCurrent: boolean;
  readonly onChoose: () => void;
}

function SeriesButton({ stack, frames, here, isCurrent, onChoose }: SeriesButtonProps): ReactNode {
  const { t } = useDesk();
  const { series, pictures } = stack;
  const middle = pictures[Math.floor(pictures.length / 2)] ?? null;
  const count = series.instances.filter(({ fileId }) => here.has(fileId)).length;
  return (
    <button type="button" className="strip-item" aria-current={isCurrent} onClick={onChoose}>
      <Thumbnail frames={frames} picture={middle} isHere={middle !== null && here.has(middle.fileId)} />
      <span className="strip-name">
        <Foreign text={`${series.modality} ${series.description}`.trim()} />
      </span>
      <span className="strip-count">
        {count < series.instances.length
          ? t('sending.progress', { done: count, total: series.instances.length })
          : pictures.length}
      </span>
    </button>
  );
}

interface Shown {
  readonly loaded: Loaded | null;
  /** Of the picture that is shown: while the next one comes, the one before stays, with its own number. */
  readonly index: number;
}

const NOT_HERE: Loaded = { kind: 'failed', code: 'not-here' };
const NEAR = [0, 1, -1, 2, -2, 3, -3, 4, 5, 6, 7, 8];

function useFrame(frames: Frames, stack: Stack | undefined, index: number, here: ReadonlySet<string>): Shown {
  const pictures = stack?.pictures ?? NO_PICTURES;
  const last = useRef<{ readonly of: readonly Picture[]; readonly shown: Shown } | null>(null);
  useEffect(() => {
    const near = NEAR.map((step) => pictures[index + step]);
    const rest = [...pictures.slice(index + 9), ...pictures.slice(0, Math.max(index - 3, 0)).reverse()];
    frames.want(
      'pane',
      [...near, ...rest].filter((one): one is Picture => one !== undefined && here.has(one.fileId)),
    );
  }, [frames, pictures, index, here]);
  const picture = pictures[index];
  const loaded = useSyncExternalStore(frames.subscribe, () => (picture === undefined ? null : frames.peek(picture)));
  const isHere = picture !== undefined && here.has(picture.fileId);
  const found = loaded ?? (isHere ? null : NOT_HERE);
  if (found === null && last.current?.of === pictures) return last.current.shown;
  const shown = { loaded: found, index };
  if (found !== null) last.current = { of: pictures, shown };
  return shown;
}

const NO_PICTURES: readonly Picture[] = [];

const FRAMES_PER_SECOND = 12;

function usePlaying(isPlaying: boolean, total: number, scrollTo: (to: number) => void, index: number): void {
  const at = useRef(index);
  at.current = index;
  useEffect(() => {
    if (!isPlaying || total < 2) return undefined;
    const timer = setInterval(() => scrollTo((at.current + 1) % total), 1000 / FRAMES_PER_SECOND);
    return () => clearInterval(timer);
  }, [isPlaying, total, scrollTo]);
}
