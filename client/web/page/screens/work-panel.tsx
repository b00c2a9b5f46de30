import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { type WorkChange } from '../../desk/api.js';
import { type LetterView, type MarkView } from '../../desk/view.js';
import { Button, Choice, Failure, Field, Foreign } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { Icon } from '../parts/icon.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { PacsStates } from './pacs-action.js';
import { useBy } from './use-by.js';

/** What the practice makes of a message: who has it, whether it is done, what is noted. Nobody outside learns of it. */
export function WorkPanel({ letter }: { readonly letter: LetterView }): ReactNode {
  const { t, account } = useDesk();
  const { isDoing, failure, change } = useWork(letter.key);
  const [isHanding, setHanding] = useState(false);
  const { assignee, assigned, done } = letter.work;
  return (
    <section className="card work" aria-label={t('work.title')}>
      <Failure title={t('error.title')} text={failure} />
      <div className="work-head">
        <Icon name="person" />
        <div className="card-title">
          {assignee === null ? (
            <span className="muted">{t('work.nobody')}</span>
          ) : (
            <strong>{t('work.assigned', { name: assignee })}</strong>
          )}
          {assigned === null || done !== null ? null : <By mark={assigned} />}
          {done === null ? null : <DoneBy mark={done} />}
        </div>
        <div className="row">
          <Button
            size="small"
            data-action="claim"
            disabled={isDoing('claim') || (assignee === account?.member && done === null)}
            onClick={() => void change({ kind: 'claim' })}
          >
            {t('work.claim')}
          </Button>
          <Button size="small" disabled={isDoing('hand-over')} onClick={() => setHanding(true)}>
            {t('work.handOver')}
          </Button>
          <Button
            size="small"
            icon="check"
            data-action="done"
            disabled={isDoing('done') || done !== null}
            onClick={() => void change({ kind: 'done' })}
          >
            {t('work.markDone')}
          </Button>
        </div>
      </div>
      <PacsStates imports={letter.imports} />
      <Notes letter={letter} isBusy={isDoing('note')} change={change} />
      {isHanding ? (
        <HandOver
          members={letter.members}
          onClose={() => setHanding(false)}
          onChosen={(to) => {
            setHanding(false);
            void change({ kind: 'hand-over', to });
          }}
        />
      ) : null}
    </section>
  );
}

interface Working {
  /** Under way or waiting for its turn: the same is not asked for twice, anything else is. */
  readonly isDoing: (kind: WorkChange['kind']) => boolean;
  readonly failure: string | null;
  /** @returns whether it was told */
  readonly change: (change: WorkChange) => Promise<boolean>;
}

function useWork(key: string): Working {
  const { worker } = useDesk();
  const errorText = useErrorText();
  const [doing, setDoing] = useState<readonly WorkChange['kind'][]>([]);
  const [failure, setFailure] = useState<string | null>(null);
  const before = useRef<Promise<unknown>>(Promise.resolve());
  const tell = async (next: WorkChange): Promise<boolean> => {
    setFailure(null);
    try {
      await worker.call('work', { key, change: next });
      return true;
    } catch (error) {
      setFailure(errorText(error));
      return false;
    } finally {
      setDoing((all) => all.filter((kind) => kind !== next.kind));
    }
  };
  // One after the other: a key that is pressed while a note is on its way is not lost.
  const change = (next: WorkChange): Promise<boolean> => {
    setDoing((all) => [...all, next.kind]);
    const told = before.current.then(() => tell(next));
    before.current = told;
    return told;
  };
  const isDoing = (kind: WorkChange['kind']): boolean => doing.includes(kind);
  return { isDoing, failure, change };
}

function By({ mark }: { readonly mark: MarkView }): ReactNode {
  const by = useBy();
  return (
    <span className="hint by">
      <Foreign text={by(mark)} />
    </span>
  );
}

function DoneBy({ mark }: { readonly mark: MarkView }): ReactNode {
  const { t } = useDesk();
  const by = useBy();
  return (
    <span className="tag tag-good">
      <Icon name="check" />
      <Foreign text={t('work.doneBy', { by: by(mark) })} />
    </span>
  );
}

interface NotesProps {
  readonly letter: LetterView;
  readonly isBusy: boolean;
  readonly change: Working['change'];
}

function Notes({ letter, isBusy, change }: NotesProps): ReactNode {
  const { t } = useDesk();
  const [text, setText] = useState('');
  const add = (): void => void change({ kind: 'note', text }).then((isTold) => isTold && setText(''));
  const { notes } = letter.work;
  return (
    <details className="fold notes" open={notes.length > 0}>
      <summary>{`${t('work.notes')} (${notes.length})`}</summary>
      <ul className="plain-list">
        {notes.map((note, i) => (
          <li key={`${i} ${note.timeMs}`} className="note">
            <Foreign as="p" text={note.text} />
            <By mark={note} />
          </li>
        ))}
      </ul>
      <div className="note-form">
        <Field
          label={t('work.note')}
          hint={t('work.noteHint')}
          value={text}
          maxLength={10_000}
          autoComplete="off"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && text.trim() !== '' && add()}
        />
        <Button size="small" icon="note" disabled={isBusy || text.trim() === ''} onClick={add}>
          {t('work.addNote')}
        </Button>
      </div>
    </details>
  );
}

const OTHER = '';

interface HandOverProps {
  readonly members: readonly string[];
  readonly onChosen: (to: string) => void;
  readonly onClose: () => void;
}

function HandOver({ members, onChosen, onClose }: HandOverProps): ReactNode {
  const { t, account } = useDesk();
  const others = members.filter((one) => one !== account?.member);
  const [member, setMember] = useState(others[0] ?? OTHER);
  const [name, setName] = useState('');
  const to = member === OTHER ? name.trim() : member;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onChosen(to);
  };
  return (
    <Dialog title={t('work.handOver')} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Choice
          label={t('work.handOverTo')}
          value={member}
          options={[...others.map((one) => [one, one] as const), [OTHER, t('work.other')] as const]}
          onChange={setMember}
        />
        {member === OTHER ? (
          <Field
            label={t('work.name')}
            value={name}
            maxLength={100}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
          />
        ) : null}
        <div className="row dialog-end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look="main" disabled={to === ''}>
            {t('work.handOver')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
