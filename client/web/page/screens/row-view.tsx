import { type ReactNode } from 'react';
import { type LetterRow } from '../../desk/view.js';
import { Foreign, Progress } from '../parts/controls.js';
import { Icon, type IconName } from '../parts/icon.js';
import { useDesk, useDeskState } from '../state/desk.js';
import { stateOf } from '../state/store.js';
import { useNow } from '../parts/use-now.js';
import { formatBytes, formatPersonName, formatShortTime } from '../texts/format.js';
import { type Entry } from './conversations.js';
import { StateTag, UrgentTag, VerifiedTag } from './tags.js';

interface RowProps {
  readonly entry: Entry;
  readonly onTurn: (way: 'open' | 'close') => void;
}

/** One message in the list, or a conversation: who, when; what about; what it holds and how it stands. */
export function RowView({ entry, onTurn }: RowProps): ReactNode {
  const { row } = entry;
  const { t, language } = useDesk();
  const state = useDeskState((all) => stateOf(all, row));
  const nowMs = useNow();
  const other = row.folder === 'sent' ? row.to.join(', ') : row.from;
  return (
    <div className="row-view" data-unread={!row.isRead} data-done={row.isDone} data-entry={entry.kind}>
      <div className="row-line">
        <span className="row-who">
          {row.isRead ? null : <span className="dot" role="img" aria-label={t('mailbox.unread')} />}
          {other === null ? (
            t(row.state.kind === 'quarantined' ? 'mailbox.quarantine' : 'mailbox.removed')
          ) : (
            <Who address={other} practice={row.practice} />
          )}
          {row.folder === 'inbox' && other !== null ? <VerifiedTag isVerified={row.isVerified} length="short" /> : null}
        </span>
        <time dateTime={new Date(row.receivedMs).toISOString()}>
          {formatShortTime(row.receivedMs, nowMs, language)}
        </time>
      </div>
      <div className="row-line">
        <span className="row-subject">
          {row.subject === '' ? (
            <span className="muted">{t('mailbox.noSubject')}</span>
          ) : (
            <Foreign text={row.subject} />
          )}
        </span>
        <Marks entry={entry} onTurn={onTurn} />
      </div>
      <div className="row-line">
        <span className="row-what">
          <Contents row={row} />
        </span>
        <span className="row-tags">
          <UrgentTag deadlineMs={row.deadlineMs} isRead={row.isRead} />
          <StateTag row={row} state={state} length="short" />
        </span>
      </div>
      {state.kind === 'receiving' && state.totalBytes !== null ? (
        <Progress label={t('state.receiving')} value={state.bytes} max={state.totalBytes} />
      ) : null}
    </div>
  );
}

/** A verified name says more than an address, which stays beside it. */
function Who({ address, practice }: { readonly address: string; readonly practice: string | null }): ReactNode {
  if (practice === null) return <Foreign text={address} />;
  return (
    <>
      <Foreign text={practice} /> <span className="hint row-address">{address}</span>
    </>
  );
}

/** What the practice has made of it. */
function Marks({ entry, onTurn }: RowProps): ReactNode {
  const { assignee, isDone, notes, threadId, key } = entry.row;
  const { t } = useDesk();
  const inThread = useDeskState(({ rows }) =>
    threadId === '' ? 0 : rows.filter((one) => one.threadId === threadId && one.key !== key).length,
  );
  return (
    <span className="row-marks">
      {isDone ? <Mark icon="check" label={t('work.done')} /> : null}
      {assignee === null || isDone ? null : (
        <span className="row-assignee" title={t('mailbox.assignedTo', { name: assignee })}>
          <Icon name="person" />
          <Foreign text={assignee} />
        </span>
      )}
      {notes > 0 ? <Mark icon="note" label={t('mailbox.hasNotes', { n: notes })} count={notes} /> : null}
      {entry.kind === 'folded' || entry.kind === 'first' ? <Fold entry={entry} onTurn={onTurn} /> : null}
      {entry.kind === 'alone' && inThread > 0 ? (
        <Mark icon="thread" label={t('mailbox.thread', { n: inThread + 1 })} count={inThread + 1} />
      ) : null}
    </span>
  );
}

/** For the mouse; on the keyboard the arrows do it, and a button within an option would be none. */
function Fold({ entry: { kind, count }, onTurn }: RowProps): ReactNode {
  const { t } = useDesk();
  const isFolded = kind === 'folded';
  const label = t(isFolded ? 'mailbox.folded' : 'mailbox.unfolded', { n: count });
  return (
    <span
      className="row-fold"
      title={label}
      onClick={(event) => {
        event.stopPropagation();
        onTurn(isFolded ? 'open' : 'close');
      }}
    >
      <Icon name={isFolded ? 'unfold' : 'fold'} />
      <span aria-hidden="true">{count}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}

interface MarkProps {
  readonly icon: IconName;
  readonly label: string;
  readonly count?: number;
}

function Mark({ icon, label, count }: MarkProps): ReactNode {
  return (
    <span className="row-mark" title={label}>
      <Icon name={icon} />
      <span aria-hidden="true">{count}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}

function Contents({ row: { from, patients, modalities, instances, bytes } }: { readonly row: LetterRow }): ReactNode {
  const { t, language } = useDesk();
  if (from === null) return null;
  if (instances === 0 && bytes === 0) return t('mailbox.textOnly');
  const counts = instances === 0 ? null : instances === 1 ? t('mailbox.image') : t('mailbox.images', { n: instances });
  const rest = [modalities.join('/'), counts, formatBytes(bytes, language)].filter(
    (part) => part !== null && part !== '',
  );
  return (
    <>
      {patients.length === 0 ? null : (
        <>
          <Foreign text={patients.map(formatPersonName).join('; ')} /> ·{' '}
        </>
      )}
      {rest.join(' · ')}
    </>
  );
}
