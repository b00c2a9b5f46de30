import { type ReactNode, useState } from 'react';
import { type LetterView } from '../../desk/view.js';
import { Button, Failure, Foreign } from '../parts/controls.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { go } from '../state/route.js';
import { formatBytes } from '../texts/format.js';

/** A first message that this mailbox has not agreed to get: what it says of itself, and a decision. */
export function ConsentCard({ letter }: { readonly letter: LetterView }): ReactNode {
  const { t, language, worker } = useDesk();
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const decide = async (permission: 'allowed' | 'denied'): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      await worker.call('consent', { key: letter.key, permission });
      if (permission === 'denied') go({ kind: 'folder', folder: 'inbox', letter: null });
    } catch (error) {
      setFailure(errorText(error));
    } finally {
      setBusy(false);
    }
  };
  const { studies: count, instances: n, bytes } = letter;
  const studies = count === 1 ? t('mailbox.study') : t('mailbox.studies', { n: count });
  return (
    <section className="card stack consent" aria-label={t('consent.title')}>
      <h3>{t('consent.title')}</h3>
      <Foreign as="p" text={t('consent.text', { sender: letter.from ?? '' })} />
      {count === 0 ? null : (
        <p className="hint">{t('letter.heldContents', { studies, n, size: formatBytes(bytes, language) })}</p>
      )}
      <Failure title={t('error.title')} text={failure} />
      <div className="row">
        <Button look="main" disabled={isBusy} onClick={() => void decide('allowed')}>
          {t('consent.allow')}
        </Button>
        <Button disabled={isBusy} onClick={() => void decide('denied')}>
          {t('consent.deny')}
        </Button>
      </div>
    </section>
  );
}
