import { type ReactNode } from 'react';
import { type LetterRow, type LetterState } from '../../desk/view.js';
import { Icon } from '../parts/icon.js';
import { useNow } from '../parts/use-now.js';
import { useDesk } from '../state/desk.js';
import { formatSpan } from '../texts/format.js';
import { errorKey } from '../texts/translate.js';

/** States in words, with a colour beside them and never instead of them. */

interface VerifiedProps {
  readonly isVerified: boolean;
  /** In a list a sign will do, with a word for those who do not see it. */
  readonly length?: 'full' | 'short';
}

export function VerifiedTag({ isVerified, length = 'full' }: VerifiedProps): ReactNode {
  const { t } = useDesk();
  const kind = isVerified ? 'verified' : 'unverified';
  return (
    <span className={`tag tag-${kind} tag-${length}`} title={t(`mailbox.${kind}Hint`)}>
      <Icon name={isVerified ? 'shieldCheck' : 'shieldOpen'} />
      {length === 'full' ? t(`mailbox.${kind}`) : <span className="sr-only">{t(`mailbox.${kind}Short`)}</span>}
    </span>
  );
}

export function UrgentTag({
  deadlineMs,
  isRead,
}: {
  readonly deadlineMs: number | null;
  readonly isRead: boolean;
}): ReactNode {
  const { t, language } = useDesk();
  const nowMs = useNow();
  if (deadlineMs === null) return null;
  if (isRead) return <span className="tag tag-urgent-seen">{t('urgent.label')}</span>;
  const left = deadlineMs - nowMs;
  return (
    <span className="tag tag-urgent">
      <Icon name="clock" />
      {t(left > 0 ? 'urgent.in' : 'urgent.over', { time: formatSpan(left, language) })}
    </span>
  );
}

const TONE: Readonly<Record<LetterState['kind'], 'good' | 'busy' | 'bad' | 'calm'>> = {
  waiting: 'busy',
  held: 'bad',
  receiving: 'busy',
  complete: 'good',
  stalled: 'bad',
  aborted: 'bad',
  expired: 'calm',
  withdrawn: 'calm',
  quarantined: 'bad',
  failed: 'bad',
  sent: 'calm',
};

interface StateProps {
  readonly row: LetterRow;
  readonly state: LetterState;
  readonly length?: 'full' | 'short';
}

export function StateTag({ row, state, length = 'full' }: StateProps): ReactNode {
  const { t } = useDesk();
  const { delivered, opened, imported, recipients } = row.receipts;
  const isAllOpened = row.folder === 'sent' && opened > 0;
  const tone = row.folder === 'sent' && delivered > 0 ? 'good' : TONE[state.kind];
  const text = (): string => {
    if (row.folder === 'sent') {
      if (row.isWithdrawn) return t('withdraw.state');
      if (imported > 0) return t('state.imported', { n: imported, total: recipients });
      if (isAllOpened) return t('state.opened', { n: opened, total: recipients });
      if (delivered > 0) return t('state.delivered', { n: delivered, total: recipients });
    }
    if (state.kind === 'receiving' && row.instances > 0) {
      const key = length === 'full' ? 'state.receivingCount' : 'state.receivingShort';
      return t(key, { n: Math.min(state.files, row.instances), total: row.instances });
    }
    return t(`state.${state.kind}`);
  };
  return (
    <span className={`tag tag-${tone}`} title={state.kind === 'failed' ? t(errorKey(state.code)) : undefined}>
      {tone === 'good' ? <Icon name="check" /> : tone === 'bad' ? <Icon name="warning" /> : null}
      {text()}
    </span>
  );
}
