import { type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { type LetterRow, type LetterView, type StudyView } from '../../desk/view.js';
import { Failure, IconButton } from '../parts/controls.js';
import { useDesk, useDeskState, useErrorText } from '../state/desk.js';
import { go } from '../state/route.js';
import { useLetter } from '../state/use-letter.js';
import { Beside, besideItems } from './beside.js';
import { type Frames, createFrames } from './frames.js';
import { KeySheet } from './key-sheet.js';
import { PaneView } from './pane-view.js';
import { type FoundObject, type Stack, keyStacks, seriesStacks } from './stacks.js';
import { Strip } from './strip.js';
import { useCine } from './use-cine.js';
import { useObjects } from './use-objects.js';
import { type Planes } from './use-planes.js';
import { useShownFrame } from './use-shown.js';
import { useViewerKeys } from './use-viewer-keys.js';
import { useWorkspace } from './use-workspace.js';
import { ViewerTools } from './viewer-tools.js';

interface Props {
  readonly folder: 'inbox' | 'sent';
  readonly letter: string;
}

export function Viewer({ folder, letter: key }: Props): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const { letter, failure } = useLetter(key);
  const [others, setOthers] = useState<readonly string[]>([]);
  const [opened, setOpened] = useState<ReadonlyMap<string, LetterView>>(new Map());
  const frames = useMemo(() => createFrames(worker), [worker]);
  useEffect(() => () => frames.close(), [frames]);
  useEffect(() => {
    document.title = `${t('viewer.title')} · ${t('app.name')}`;
  }, [t]);
  const close = useCallback(() => go({ kind: 'folder', folder, letter: key }), [folder, key]);
  const onLetter = useCallback((other: LetterView) => setOpened((before) => new Map(before).set(other.key, other)), []);
  const letters = useMemo(() => (letter === null ? [] : [letter, ...opened.values()]), [letter, opened]);
  const objects = useObjects(frames, letters);
  const stacks = useStacks(letters, objects);
  const [first] = stacks;
  if (letter === null || first === undefined) {
    const documents = besideItems(letters, objects, t);
    return (
      <main className="viewer viewer-wait">
        <IconButton icon="back" label={t('viewer.close')} onClick={close} />
        {failure === null ? null : <Failure title={t('error.title')} text={errorText(failure)} />}
        {documents[0] === undefined ? (
          <p role="status">{letter === null ? t('viewer.loading') : t('viewer.noImages')}</p>
        ) : (
          <Beside item={documents[0]} onClose={close} />
        )}
      </main>
    );
  }
  return (
    <>
      {others.map((other) => (
        <OtherLetter key={other} letterKey={other} onLetter={onLetter} />
      ))}
      <Bench
        {...{ letters, stacks, first, frames, objects }}
        onOther={(other) => setOthers((before) => [...new Set([...before, other])])}
        onClose={close}
      />
    </>
  );
}

/** Another message of the same patient, opened beside: it shows nothing of itself. */
function OtherLetter(props: {
  readonly letterKey: string;
  readonly onLetter: (letter: LetterView) => void;
}): ReactNode {
  const { letter } = useLetter(props.letterKey);
  const { onLetter } = props;
  useEffect(() => {
    if (letter !== null) onLetter(letter);
  }, [letter, onLetter]);
  return null;
}

/** Files that arrive change a message, but not its tree: its stacks stay the same ones. */
const trees = new WeakMap<readonly StudyView[], readonly Stack[]>();

function stacksOf({ key, studyList }: LetterView): readonly Stack[] {
  const known = trees.get(studyList) ?? seriesStacks(key, studyList);
  trees.set(studyList, known);
  return known;
}

function useStacks(letters: readonly LetterView[], objects: readonly FoundObject[]): readonly Stack[] {
  const kept = useRef<readonly Stack[]>([]);
  const found = letters.flatMap(stacksOf);
  const isSame = found.length === kept.current.length && found.every((stack, i) => stack === kept.current[i]);
  if (!isSame) kept.current = found;
  const series = kept.current;
  return useMemo(() => [...keyStacks(series, objects), ...series], [series, objects]);
}

interface BenchProps {
  readonly letters: readonly LetterView[];
  readonly stacks: readonly Stack[];
  readonly first: Stack;
  readonly frames: Frames;
  readonly objects: readonly FoundObject[];
  readonly onOther: (key: string) => void;
  readonly onClose: () => void;
}

/** Keys are for the viewer from the beginning, and again after the sheet of them was closed. */
function Bench({ letters, stacks, first, frames, objects, onOther, onClose }: BenchProps): ReactNode {
  const { t } = useDesk();
  const here = useMemo(() => new Map(letters.map((letter) => [letter.key, new Set(letter.here)])), [letters]);
  const bench = useWorkspace(frames, stacks, first, here, objects);
  const { work, update, shown, planes } = bench;
  const documents = useMemo(() => besideItems(letters, objects, t), [letters, objects, t]);
  const frame = useShownFrame(frames, bench.stack, bench.pane.index);
  const rate = useCine(bench, frames);
  const firstDocument = documents.find(({ isHere }) => isHere)?.id ?? null;
  const onKeyDown = useViewerKeys({ bench, frame, rate, firstDocument, onClose });
  const main = useRef<HTMLElement>(null);
  useLayoutEffect(() => main.current?.focus(), [work.isHelp]);
  const closeHelp = (): void => update((before) => ({ ...before, isHelp: false }));
  const item = documents.find(({ id }) => id === work.beside);
  const toBeside = useCallback(
    (id: string) => update((before) => ({ ...before, beside: before.beside === id ? null : id })),
    [update],
  );
  const onScreen = useIds([bench.stack, ...shown]);
  const others = useOthers(letters);
  return (
    <main
      ref={main}
      className="viewer"
      tabIndex={-1}
      onKeyDown={onKeyDown}
      aria-label={t('viewer.title')}
      data-beside={item !== undefined}
    >
      <header className="viewer-head">
        <IconButton icon="back" label={t('viewer.close')} onClick={onClose} />
        <h1 className="sr-only">{t('viewer.title')}</h1>
        <ViewerTools {...{ bench, frame, rate, firstDocument }} />
      </header>
      <Strip
        {...{ stacks, frames, here, documents }}
        shown={onScreen}
        beside={work.beside}
        others={others}
        onChoose={bench.choose}
        onBeside={toBeside}
        onOther={onOther}
      />
      <div className="panes" data-layout={work.layout}>
        {shown.map((stack, at) => (
          <PaneView
            key={`${at}`}
            {...{ bench, at, stack, frames, objects }}
            letter={letters.find(({ key }) => key === stack.letter) ?? (letters[0] as LetterView)}
            here={here.get(stack.letter) ?? NONE}
          />
        ))}
        <PlanesNote planes={planes} />
      </div>
      <SliceSlider index={bench.pane.index} total={bench.total} scrollTo={bench.jump} />
      {item === undefined ? null : <Beside item={item} onClose={() => toBeside(item.id)} />}
      {work.isHelp ? <KeySheet onClose={closeHelp} /> : null}
    </main>
  );
}

/** Why there are no three planes, in plain words. */
function PlanesNote({ planes }: { readonly planes: Planes }): ReactNode {
  const { t } = useDesk();
  if (planes.kind !== 'asking' && planes.kind !== 'none') return null;
  return (
    <p className="planes-note" role="status">
      {planes.kind === 'asking' ? t('viewer.planesAsking') : t(`viewer.planes-${planes.reason}`)}
    </p>
  );
}

/** The strip is drawn anew when something in it changes, and not with each picture. */
function useIds(stacks: readonly Stack[]): readonly string[] {
  const ids = stacks.map(({ id }) => id).join('\n');
  return useMemo(() => ids.split('\n'), [ids]);
}

const NONE: ReadonlySet<string> = new Set();
const MAX_OTHERS = 12;

/** Messages with images of a patient of the same name: it is the reader who knows whether it is the same one. */
function useOthers(letters: readonly LetterView[]): readonly LetterRow[] {
  const rows = useDeskState((state) => state.rows);
  return useMemo(() => {
    const names = new Set(letters.flatMap(({ patients }) => patients));
    const open = new Set(letters.map(({ key }) => key));
    return rows
      .filter((row) => row.folder === 'inbox' && !open.has(row.key) && row.patients.some((name) => names.has(name)))
      .slice(0, MAX_OTHERS);
  }, [rows, letters]);
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
