import { type ReactNode } from 'react';
import { type LetterRow } from '../../desk/view.js';
import { Foreign, Progress } from '../parts/controls.js';
import { useDesk, useDeskState } from '../state/desk.js';
import { stateOf } from '../state/store.js';
import { useNow } from '../parts/use-now.js';
import { formatBytes, formatPersonName, formatShortTime } from '../texts/format.js';
import { StateTag, UrgentTag, VerifiedTag } from './tags.js';

/** One message in the list: who, when; what about; what it holds and how it stands. */
export function RowView({ row }: { readonly row: LetterRow }): ReactNode {
  const { t, language } = useDesk();
  const state = useDeskState((all) => stateOf(all, row));
  const nowMs = useNow();
  const other = row.folder === 'sent' ? row.to.join(', ') : row.from;
  return (
    <div className="row-view" data-unread={!row.isRead}>
      <div className="row-line">
        <span className="row-who">
          {row.isRead ? null : <span className="dot" role="img" aria-label={t('mailbox.unread')} />}
          {other === null ? t('mailbox.quarantine') : <Foreign text={other} />}
          {row.folder === 'inbox' && other !== null ? <VerifiedTag isVerified={row.isVerified} length="short" /> : null}
        </span>
        <time dateTime={new Date(row.receivedMs).toISOString()}>
          {formatShortTime(row.receivedMs, nowMs, language)}
        </time>
      </div>
      <div className="row-subject">
        {row.subject === '' ? <span className="muted">{t('mailbox.noSubject')}</span> : <Foreign text={row.subject} />}
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

function Contents({ row: { patients, modalities, instances, bytes } }: { readonly row: LetterRow }): ReactNode {
  const { t, language } = useDesk();
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
