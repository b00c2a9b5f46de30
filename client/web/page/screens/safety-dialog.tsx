import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { type SafetyView } from '../../desk/view.js';
import { Button, Failure, Field, Foreign } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { Icon } from '../parts/icon.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { useBy } from './use-by.js';

/** The number that two practices compare by telephone, and the mark that somebody has; a changed mailbox is said first. */
export function SafetyDialog({
  address,
  onClose,
}: {
  readonly address: string;
  readonly onClose: () => void;
}): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [safety, setSafety] = useState<SafetyView | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const show = (pending: Promise<SafetyView>): void => {
    setFailure(null);
    pending.then(setSafety, (error: unknown) => setFailure(errorText(error)));
  };
  useEffect(() => {
    worker.call('safety', { address }).then(setSafety, (error: unknown) => setFailure(errorText(error)));
  }, [worker, address, errorText]);
  return (
    <Dialog title={t('safety.title', { address })} onClose={onClose}>
      <Failure title={t('error.title')} text={failure} />
      {safety === null ? null : (
        <Numbers
          safety={safety}
          onCompare={(number) => show(worker.call('verifyContact', { address, number }))}
          onUndo={() => show(worker.call('unverifyContact', { address }))}
        />
      )}
      <div className="row dialog-end">
        <Button onClick={onClose}>{t('common.close')}</Button>
      </div>
    </Dialog>
  );
}

interface NumbersProps {
  readonly safety: SafetyView;
  readonly onCompare: (number: string) => void;
  readonly onUndo: () => void;
}

function Numbers({ safety, onCompare, onUndo }: NumbersProps): ReactNode {
  const { t } = useDesk();
  const by = useBy();
  const { change, inPerson, text } = safety;
  return (
    <>
      {change === null ? null : (
        <div className="notice notice-bad" role="alert">
          <Icon name="warning" />
          <div>
            <strong>{t('safety.changeTitle')}</strong> <span>{t('safety.changeText')}</span>
          </div>
        </div>
      )}
      <p>{t('safety.intro')}</p>
      {change === null ? null : <Digits label={t('safety.former')} text={change.formerText} />}
      <Digits label={t(change === null ? 'contacts.safety' : 'safety.now')} text={text} />
      {inPerson !== null && change === null ? (
        <div className="row">
          <span className="tag tag-verified">
            <Icon name="check" />
            <Foreign text={t('safety.done', { by: by(inPerson) })} />
          </span>
          <Button size="small" onClick={onUndo}>
            {t('safety.undo')}
          </Button>
        </div>
      ) : (
        <Compare onCompare={onCompare} />
      )}
    </>
  );
}

function Digits({ label, text }: { readonly label: string; readonly text: string }): ReactNode {
  return (
    <figure className="safety-number">
      <figcaption className="hint">{label}</figcaption>
      <code translate="no">{text}</code>
    </figure>
  );
}

function Compare({ onCompare }: { readonly onCompare: (number: string) => void }): ReactNode {
  const { t } = useDesk();
  const [number, setNumber] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onCompare(number);
  };
  return (
    <form className="stack" onSubmit={submit}>
      <Field
        label={t('safety.given')}
        value={number}
        inputMode="numeric"
        autoComplete="off"
        onChange={(event) => setNumber(event.target.value)}
      />
      <div className="row">
        <Button type="submit" look="main" disabled={number.trim() === ''}>
          {t('safety.compare')}
        </Button>
      </div>
    </form>
  );
}
