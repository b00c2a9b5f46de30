import { type ReactNode, useEffect, useState } from 'react';
import { type WithdrawalView } from '../../desk/view.js';
import { Button, Failure, Foreign } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { Icon } from '../parts/icon.js';
import { saveFile } from '../parts/save-file.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { formatTime } from '../texts/format.js';

/** Asks before it takes a message back. */
export function Withdraw({ letterKey }: { readonly letterKey: string }): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const withdraw = (): void => {
    setAsking(false);
    setBusy(true);
    setFailure(null);
    worker
      .call('withdraw', { key: letterKey })
      .catch((error: unknown) => setFailure(errorText(error)))
      .finally(() => setBusy(false));
  };
  return (
    <>
      <Button icon="reset" disabled={isBusy} onClick={() => setAsking(true)}>
        {t('letter.withdraw')}
      </Button>
      <Failure title={t('error.title')} text={failure} />
      {isAsking ? (
        <Dialog title={t('withdraw.title')} onClose={() => setAsking(false)}>
          <p>{t('withdraw.text')}</p>
          <div className="row dialog-end">
            <Button onClick={() => setAsking(false)}>{t('common.cancel')}</Button>
            <Button look="danger" onClick={withdraw}>
              {t('letter.withdraw')}
            </Button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}

/** What the relay says of each recipient, and whether it has signed that. */
export function WithdrawalCard({ letterKey }: { readonly letterKey: string }): ReactNode {
  const { t, language, worker } = useDesk();
  const [withdrawal, setWithdrawal] = useState<WithdrawalView | null>(null);
  useEffect(() => {
    worker.call('withdrawal', { key: letterKey }).then(setWithdrawal, () => setWithdrawal(null));
  }, [worker, letterKey]);
  if (withdrawal === null) return null;
  return (
    <section aria-label={t('withdraw.answer')}>
      <h3>{t('withdraw.answer')}</h3>
      <ul className="plain-list receipts">
        {withdrawal.recipients.map(({ address, state, fetchedMs, testimony, isContradicted }, i) => (
          <li key={`${i} ${state}`}>
            <span className={`tag tag-${testimony === null ? 'calm' : 'good'}`}>
              <Icon name={testimony === null ? 'clock' : 'shield'} />
              {t(testimony === null ? 'withdraw.unsigned' : 'withdraw.signed')}
            </span>
            <span>
              <Foreign text={address ?? ''} /> · {t(`withdraw.${state}`)}
              {fetchedMs === null ? null : <span className="hint"> {formatTime(fetchedMs, language)}</span>}
              {isContradicted ? <span className="tag tag-bad">{t('withdraw.contradicted')}</span> : null}
            </span>
            {testimony === null ? null : (
              <Button
                size="small"
                icon="download"
                onClick={() => saveFile('bildbote-testimony.bin', 'application/octet-stream', testimony)}
              >
                {t('withdraw.save')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
