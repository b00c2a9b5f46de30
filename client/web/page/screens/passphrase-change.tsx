import { type FormEvent, type ReactNode, useState } from 'react';
import { Button, Failure, Field, Notice } from '../parts/controls.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { NewPassphrase, isPassphraseFit } from './new-passphrase.js';

/** The old one is asked for: an unlocked page left alone cannot be taken over. */
export function PassphraseChange(): ReactNode {
  const { t, worker, setAccount } = useDesk();
  const errorText = useErrorText();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState({ passphrase: '', again: '' });
  const [failure, setFailure] = useState<string | null>(null);
  const [state, setState] = useState<'asking' | 'busy' | 'done'>('asking');
  const change = async (): Promise<void> => {
    setState('busy');
    setFailure(null);
    setAccount(await worker.call('changePassphrase', { passphrase: current, next: next.passphrase }));
    setCurrent('');
    setNext({ passphrase: '', again: '' });
    setState('done');
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change().catch((error: unknown) => {
      setFailure(errorText(error));
      setState('asking');
    });
  };
  return (
    <form className="stack narrow" onSubmit={submit}>
      <Failure title={t('error.title')} text={failure} />
      {state === 'done' ? <Notice>{t('settings.passphraseChanged')}</Notice> : null}
      <Field
        label={t('settings.currentPassphrase')}
        type="password"
        required
        autoComplete="current-password"
        value={current}
        onChange={(event) => setCurrent(event.target.value)}
      />
      <NewPassphrase label={t('settings.newPassphrase')} value={next} onChange={setNext} />
      <Button type="submit" disabled={state === 'busy' || current === '' || !isPassphraseFit(next)}>
        {t('settings.change')}
      </Button>
    </form>
  );
}
