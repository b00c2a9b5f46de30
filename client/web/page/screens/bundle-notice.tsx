import { type ReactNode, useEffect, useState } from 'react';
import { type BundleView, type GuardAnswer } from '../../desk/guard.js';
import { Button, Failure } from '../parts/controls.js';
import { Icon } from '../parts/icon.js';
import { useDesk } from '../state/desk.js';
import { askGuard } from '../state/guard.js';

type Status = Extract<GuardAnswer, { kind: 'status' }>;

/** What the guard knows, asked once. */
export function useGuard(): Status | 'none' | null {
  const [status, setStatus] = useState<Status | 'none' | null>(null);
  useEffect(() => {
    let isCurrent = true;
    void askGuard({ kind: 'status' }).then((answer) => {
      if (isCurrent) setStatus(answer?.kind === 'status' ? answer : 'none');
    });
    return () => {
      isCurrent = false;
    };
  }, []);
  return status;
}

/** Another page than the known one is offered: this browser goes on with what it knows until a person has compared. */
export function BundleNotice(): ReactNode {
  const status = useGuard();
  const [isLater, setLater] = useState(false);
  if (isLater || status === null || status === 'none' || status.known === null || status.offered === null) return null;
  return <Offered known={status.known} offered={status.offered} onLater={() => setLater(true)} />;
}

interface OfferedProps {
  readonly known: BundleView;
  readonly offered: BundleView;
  readonly onLater: () => void;
}

function Offered({ known, offered, onLater }: OfferedProps): ReactNode {
  const { t } = useDesk();
  const [isBroken, setBroken] = useState(false);
  const take = async (): Promise<void> => {
    const answer = await askGuard({ kind: 'take', digest: offered.digest });
    if (answer?.kind === 'taken') location.reload();
    else setBroken(true);
  };
  return (
    <section className="bundle-notice" role="alert" aria-label={t('bundle.title')}>
      <div className="row">
        <Icon name="warning" />
        <strong>{t('bundle.title')}</strong>
      </div>
      <p>{t('bundle.text', { known: known.version, offered: offered.version })}</p>
      <dl className="facts">
        <dt>{t('bundle.known')}</dt>
        <dd>
          <code className="digest">{known.digest}</code>
        </dd>
        <dt>{t('bundle.offered')}</dt>
        <dd>
          <code className="digest">{offered.digest}</code>
        </dd>
      </dl>
      <Failure title={t('error.title')} text={isBroken ? t('bundle.broken') : null} />
      <div className="row">
        <Button look="main" onClick={onLater}>
          {t('bundle.later')}
        </Button>
        <Button onClick={() => void take()}>{t('bundle.take')}</Button>
      </div>
    </section>
  );
}
