import { type ReactNode, useEffect, useState } from 'react';
import { type ImportView } from '../../desk/view.js';
import { Button, Failure, Foreign } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { Icon } from '../parts/icon.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { useBy } from './use-by.js';

/** Into a PACS of the practice: a gateway of the mailbox does it, and tells what the PACS has confirmed. */
export function PacsButtons({ letterKey }: { readonly letterKey: string }): ReactNode {
  const { t, worker } = useDesk();
  const [names, setNames] = useState<readonly string[]>([]);
  const [asking, setAsking] = useState<string | null>(null);
  useEffect(() => {
    let isCurrent = true;
    const show = (found: readonly string[]): void => void (isCurrent && setNames(found));
    // Without a line nothing can be asked for.
    worker.call('pacsOffered', null).then(show, () => show([]));
    return () => {
      isCurrent = false;
    };
  }, [worker]);
  return (
    <>
      {names.map((name) => (
        <Button key={name} look="quiet" size="small" icon="archive" onClick={() => setAsking(name)}>
          <Foreign text={t('work.pacs', { name })} />
        </Button>
      ))}
      {asking === null ? null : <Ask letterKey={letterKey} pacs={asking} onClose={() => setAsking(null)} />}
    </>
  );
}

interface AskProps {
  readonly letterKey: string;
  readonly pacs: string;
  readonly onClose: () => void;
}

function Ask({ letterKey, pacs, onClose }: AskProps): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const ask = (): void => {
    setBusy(true);
    worker
      .call('work', { key: letterKey, change: { kind: 'import', pacs } })
      .then(onClose, (error: unknown) => setFailure(errorText(error)))
      .finally(() => setBusy(false));
  };
  return (
    <Dialog title={t('work.pacsTitle', { name: pacs })} onClose={onClose}>
      <Failure title={t('error.title')} text={failure} />
      <p>{t('work.pacsText')}</p>
      <div className="row dialog-end">
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button look="main" icon="archive" disabled={isBusy} onClick={ask}>
          {t('work.pacsDo')}
        </Button>
      </div>
    </Dialog>
  );
}

/** What was asked for, by whom, and what has come of it. */
export function PacsStates({ imports }: { readonly imports: readonly ImportView[] }): ReactNode {
  const { t } = useDesk();
  const by = useBy();
  return imports.map(({ pacs, asked, stored }) => (
    <p key={pacs} className="work-import">
      <Icon name="archive" />
      <span>
        <Foreign
          as="strong"
          text={
            stored === null
              ? t('work.pacsAsked', { name: pacs })
              : t('work.pacsStored', { name: pacs, n: stored.instances, total: stored.total })
          }
        />{' '}
        {(stored ?? asked) === null ? null : <Foreign text={by((stored ?? asked)!)} />}
      </span>
    </p>
  ));
}
