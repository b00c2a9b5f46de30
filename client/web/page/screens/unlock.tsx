import { type FormEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react';
import { type AccountView, type Standing } from '../../desk/view.js';
import { Button, Failure, Field, Notice } from '../parts/controls.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { canUsePasskeys, readSecret } from '../state/passkey.js';
import { Gate } from './gate.js';

type Locked = Extract<Standing, { kind: 'locked' }>;

interface Props {
  readonly standing: Locked;
  readonly onOpen: (account: AccountView) => void;
}

export function Unlock({ standing, onOpen }: Props): ReactNode {
  const { t, worker, lockedBy, settings } = useDesk();
  const errorText = useErrorText();
  const [failure, setFailure] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const passkeys = standing.slots.flatMap(({ credentialId, salt }) =>
    credentialId === null || salt === null ? [] : [{ credentialId, salt }],
  );
  const open = async (action: () => Promise<AccountView>): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      onOpen(await action());
    } catch (error) {
      setFailure(errorText(error));
      setBusy(false);
    }
  };
  const withPasskey = (): void => void open(async () => worker.call('unlockWithPasskey', await readSecret(passkeys)));
  const hasPasskey = passkeys.length > 0 && canUsePasskeys();
  return (
    <Gate title={t('unlock.title')}>
      {lockedBy === 'idleness' ? <Notice>{t('unlock.idle', { minutes: settings.lockMinutes })}</Notice> : null}
      {standing.isEnrolling ? <Notice kind="warn">{t('unlock.finish')}</Notice> : null}
      <Failure title={t('error.title')} text={failure} />
      {hasPasskey ? (
        <>
          <Button look="main" icon="key" disabled={isBusy} onClick={withPasskey}>
            {t('unlock.passkey')}
          </Button>
          <p className="or">{t('unlock.or')}</p>
        </>
      ) : null}
      <PassphraseForm
        look={hasPasskey ? 'plain' : 'main'}
        isBusy={isBusy}
        failure={failure}
        onPassphrase={(passphrase) => void open(() => worker.call('unlock', { passphrase }))}
      />
      <Erase />
    </Gate>
  );
}

interface FormProps {
  readonly look: 'main' | 'plain';
  readonly isBusy: boolean;
  readonly failure: string | null;
  readonly onPassphrase: (passphrase: string) => void;
}

/** After a failure the field is empty and asks again. */
function PassphraseForm({ look, isBusy, failure, onPassphrase }: FormProps): ReactNode {
  const { t } = useDesk();
  const [passphrase, setPassphrase] = useState('');
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => {
    if (failure === null) return;
    setPassphrase('');
    form.current?.querySelector('input')?.focus();
  }, [failure]);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onPassphrase(passphrase);
  };
  return (
    <form ref={form} onSubmit={submit} className="stack">
      <Field
        label={t('unlock.passphrase')}
        type="password"
        value={passphrase}
        required
        autoComplete="current-password"
        onChange={(event) => setPassphrase(event.target.value)}
      />
      <Button type="submit" look={look} icon="unlock" disabled={isBusy || passphrase === ''}>
        {isBusy ? t('unlock.opening') : t('unlock.open')}
      </Button>
    </form>
  );
}

/** Two clicks and a sentence: keys that are gone are gone. */
function Erase(): ReactNode {
  const { t, worker, restart } = useDesk();
  const [isAsking, setAsking] = useState(false);
  return (
    <details className="fold">
      <summary>{t('unlock.forgot')}</summary>
      <p>{t('unlock.forgotText')}</p>
      {isAsking ? (
        <>
          <p role="alert">{t('unlock.eraseConfirm')}</p>
          <div className="row">
            <Button onClick={() => setAsking(false)}>{t('common.cancel')}</Button>
            <Button look="danger" onClick={() => void worker.call('erase', null).then(restart)}>
              {t('unlock.eraseSure')}
            </Button>
          </div>
        </>
      ) : (
        <Button size="small" onClick={() => setAsking(true)}>
          {t('unlock.erase')}
        </Button>
      )}
    </details>
  );
}

export function Elsewhere(): ReactNode {
  const { t, restart } = useDesk();
  return (
    <Gate title={t('elsewhere.title')}>
      <p className="lead">{t('elsewhere.text')}</p>
      <Button look="main" onClick={restart}>
        {t('elsewhere.retry')}
      </Button>
    </Gate>
  );
}
