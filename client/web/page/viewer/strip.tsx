import { type ReactNode, memo } from 'react';
import { type LetterRow } from '../../desk/view.js';
import { Foreign } from '../parts/controls.js';
import { Icon } from '../parts/icon.js';
import { LongList } from '../parts/long-list.js';
import { useDesk } from '../state/desk.js';
import { formatDicomDate, formatShortTime } from '../texts/format.js';
import { type Frames } from './frames.js';
import { type BesideItem } from './beside.js';
import { type Stack, picturesOf } from './stacks.js';
import { Thumbnail } from './thumbnail.js';

interface Props {
  readonly stacks: readonly Stack[];
  readonly frames: Frames;
  readonly here: ReadonlyMap<string, ReadonlySet<string>>;
  /** Stacks that are on the screen, the active one first. */
  readonly shown: readonly string[];
  readonly onChoose: (stack: Stack) => void;
  readonly documents: readonly BesideItem[];
  readonly beside: string | null;
  readonly onBeside: (id: string) => void;
  /** Other messages of the same patient that can be opened beside. */
  readonly others: readonly LetterRow[];
  readonly onOther: (key: string) => void;
}

/** What the message holds: key images, the series of each study, documents; and what else is known of this patient. */
export const Strip = memo(function Strip(props: Props): ReactNode {
  const { t } = useDesk();
  const { stacks, frames, here, shown, onChoose } = props;
  const studies = new Set(stacks.map(({ study, letter }) => `${letter} ${study.uid}`));
  const titled = studies.size > 1 ? firstOfEach(stacks) : NONE;
  return (
    <nav className="strip" aria-label={t('viewer.series')}>
      <LongList
        items={stacks}
        keyOf={({ id }) => id}
        rowHeight={120}
        className="strip-stacks"
        render={(stack) => (
          <div className="strip-group">
            {titled.has(stack.id) ? <StudyTitle stack={stack} /> : null}
            <StackButton
              {...{ stack, frames, onChoose }}
              here={here.get(stack.letter) ?? NONE}
              isCurrent={shown[0] === stack.id}
              isShown={shown.includes(stack.id)}
            />
          </div>
        )}
      />
      <Documents {...props} />
      {props.others.length === 0 ? null : <Others {...props} />}
    </nav>
  );
});

const NONE: ReadonlySet<string> = new Set();

/** Ids of the stacks that begin a study. */
function firstOfEach(stacks: readonly Stack[]): ReadonlySet<string> {
  const studyOf = ({ letter, study }: Stack): string => `${letter} ${study.uid}`;
  const isFirst = (stack: Stack, i: number): boolean => {
    const before = stacks[i - 1];
    return before === undefined || studyOf(before) !== studyOf(stack);
  };
  return new Set(stacks.filter(isFirst).map(({ id }) => id));
}

function StudyTitle({ stack: { study } }: { readonly stack: Stack }): ReactNode {
  const { language } = useDesk();
  return (
    <div className="strip-study">
      <span>{formatDicomDate(study.date, language)}</span> <Foreign text={study.description} />
    </div>
  );
}

interface StackProps {
  readonly stack: Stack;
  readonly frames: Frames;
  readonly here: ReadonlySet<string>;
  readonly isCurrent: boolean;
  readonly isShown: boolean;
  readonly onChoose: (stack: Stack) => void;
}

function StackButton({ stack, frames, here, isCurrent, isShown, onChoose }: StackProps): ReactNode {
  const { t } = useDesk();
  const { series, content } = stack;
  const pictures = picturesOf(stack);
  const middle = pictures[Math.floor(pictures.length / 2)] ?? null;
  const count = pictures.filter(({ fileId }) => here.has(fileId)).length;
  const name = content.kind === 'keys' ? content.title || t('viewer.keyImages') : series.description;
  return (
    <button
      type="button"
      className="strip-item"
      aria-current={isCurrent}
      data-shown={isShown}
      onClick={() => onChoose(stack)}
    >
      <Thumbnail frames={frames} picture={middle} isHere={middle !== null && here.has(middle.fileId)} />
      <span className="strip-name">
        {content.kind === 'keys' ? '★ ' : null}
        <Foreign text={`${content.kind === 'keys' ? '' : series.modality} ${name}`.trim()} />
      </span>
      <span className="strip-count">
        {count < pictures.length ? t('sending.progress', { done: count, total: pictures.length }) : pictures.length}
      </span>
    </button>
  );
}

function Documents({ documents, beside, onBeside }: Props): ReactNode {
  return documents.map(({ id, title, isHere }) => (
    <button
      key={id}
      type="button"
      className="strip-document"
      aria-pressed={beside === id}
      disabled={!isHere}
      onClick={() => onBeside(id)}
    >
      <Icon name="file" />
      <Foreign text={title} />
    </button>
  ));
}

function Others({ others, onOther }: Props): ReactNode {
  const { t, language } = useDesk();
  return (
    <div className="strip-others">
      <div className="strip-study">{t('viewer.others')}</div>
      {others.map(({ key, subject, receivedMs }) => (
        <button key={key} type="button" className="strip-document" onClick={() => onOther(key)}>
          <Icon name="images" />
          <span>
            <Foreign text={subject === '' ? t('mailbox.noSubject') : subject} />{' '}
            <span className="hint">{formatShortTime(receivedMs, Date.now(), language)}</span>
          </span>
        </button>
      ))}
    </div>
  );
}
