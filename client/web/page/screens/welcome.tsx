import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { type AccountView } from '../../desk/view.js';
import { Button, Check, Failure, Field, Foreign } from '../parts/controls.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { canUsePasskeys, createPasskey } from '../state/passkey.js';
import { type Carried, tokenOf } from '../state/route.js';
import { formatTime } from '../texts/format.js';
import { type Enrolled } from './enrolled.js';
import { Gate } from './gate.js';
import { Join, Recover } from './join.js';
import { NewPassphrase, isPassphraseFit } from './new-passphrase.js';

interface Invited {
  readonly address: string;
  readonly practiceName: string;
  readonly expiresMs: number;
}

type Way = 'invited' | 'join' | 'recover';

/** From nothing to a mailbox: with an invitation, beside another device, or from the recovery kit. */
export function Welcome({
  invitation,
  carried,
  onEnrolled,
  onJoined,
}: {
  readonly invitation: string | null;
  readonly carried: Carried | null;
  readonly onEnrolled: (enrolled: Enrolled) => void;
  readonly onJoined: (account: AccountView) => void;
}): ReactNode {
  const [token, setToken] = useState(invitation);
  const [way, setWay] = useState<Way>(carried?.way ?? 'invited');
  if (way === 'join') return <Join link={carried?.link ?? ''} onJoined={onJoined} onBack={() => setWay('invited')} />;
  if (way === 'recover')
    return <Recover link={carried?.link ?? ''} onEnrolled={onEnrolled} onBack={() => setWay('invited')} />;
  return token === null ? (
    <AskLink onToken={setToken} onWay={setWay} />
  ) : (
    <Enrol token={token} onEnrolled={onEnrolled} onWrong={() => setToken(null)} />
  );
}

interface AskLinkProps {
  readonly onToken: (token: string) => void;
  readonly onWay: (way: Way) => void;
}

function AskLink({ onToken, onWay }: AskLinkProps): ReactNode {
  const { t } = useDesk();
  const [link, setLink] = useState('');
  const [error, setError] = useState<string | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const token = tokenOf(link);
    if (token === null) setError(t('welcome.linkWrong'));
    else onToken(token);
  };
  return (
    <Gate title={t('welcome.title')}>
      <p className="lead">{t('welcome.intro')}</p>
      <form onSubmit={submit} className="stack">
        <Field
          label={t('welcome.link')}
          hint={t('welcome.needLink')}
          error={error}
          value={link}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setLink(event.target.value)}
        />
        <Button type="submit" look="main">
          {t('welcome.check')}
        </Button>
      </form>
      <div className="ways">
        <Button size="small" icon="key" onClick={() => onWay('join')}>
          {t('join.join')}
        </Button>
        <Button size="small" icon="reset" onClick={() => onWay('recover')}>
          {t('join.recover')}
        </Button>
      </div>
    </Gate>
  );
}

interface Answers {
  readonly member: string;
  readonly device: string;
  readonly passphrase: string;
  readonly again: string;
  readonly wantsPasskey: boolean;
}

interface EnrolProps {
  readonly token: string;
  readonly onEnrolled: (enrolled: Enrolled) => void;
  readonly onWrong: () => void;
}

function Enrol({ token, onEnrolled, onWrong }: EnrolProps): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [invited, setInvited] = useState<Invited | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [step, setStep] = useState<1 | 2>(1);
  const [answers, setAnswers] = useState<Answers>(NO_ANSWERS);
  useEffect(() => {
    let isCurrent = true;
    worker.call('lookupInvitation', { token }).then(
      (found) => isCurrent && setInvited(found),
      (error: unknown) => isCurrent && setFailure(errorText(error)),
    );
    return () => {
      isCurrent = false;
    };
  }, [worker, token, errorText]);

  if (invited === null) {
    return (
      <Gate title={t('welcome.title')}>
        <Failure title={t('error.title')} text={failure} />
        {failure === null ? (
          <p role="status">{t('app.starting')}</p>
        ) : (
          <Button onClick={onWrong}>{t('welcome.link')}</Button>
        )}
      </Gate>
    );
  }
  const change = (part: Partial<Answers>): void => setAnswers({ ...answers, ...part });
  return (
    <Gate title={t('welcome.title')}>
      <p className="step">{t('welcome.step', { n: step })}</p>
      <InvitedAs invited={invited} />
      {step === 1 ? (
        <Who answers={answers} change={change} onNext={() => setStep(2)} />
      ) : (
        <Lock token={token} address={invited.address} answers={answers} change={change} onEnrolled={onEnrolled} />
      )}
    </Gate>
  );
}

const NO_ANSWERS: Answers = { member: '', device: '', passphrase: '', again: '', wantsPasskey: false };

function InvitedAs({ invited: { practiceName, address, expiresMs } }: { readonly invited: Invited }): ReactNode {
  const { t, language } = useDesk();
  return (
    <div className="invited">
      <span className="hint">{t('welcome.invitedAs')}</span>
      <Foreign as="strong" text={practiceName} />
      <Foreign text={address} />
      <span className="hint">{t('welcome.validUntil', { time: formatTime(expiresMs, language) })}</span>
    </div>
  );
}

interface StepProps {
  readonly answers: Answers;
  readonly change: (part: Partial<Answers>) => void;
}

function Who({ answers, change, onNext }: StepProps & { readonly onNext: () => void }): ReactNode {
  const { t } = useDesk();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onNext();
  };
  return (
    <form onSubmit={submit} className="stack">
      <Field
        label={t('welcome.member')}
        hint={t('welcome.memberHint')}
        value={answers.member}
        required
        maxLength={100}
        autoComplete="name"
        onChange={(event) => change({ member: event.target.value })}
      />
      <Field
        label={t('welcome.device')}
        hint={t('welcome.deviceHint')}
        value={answers.device}
        required
        maxLength={100}
        autoComplete="off"
        onChange={(event) => change({ device: event.target.value })}
      />
      <Button type="submit" look="main">
        {t('welcome.check')}
      </Button>
    </form>
  );
}

interface LockProps extends StepProps {
  readonly token: string;
  readonly address: string;
  readonly onEnrolled: (enrolled: Enrolled) => void;
}

function Lock({ token, address, answers, change, onEnrolled }: LockProps): ReactNode {
  const { t } = useDesk();
  const errorText = useErrorText();
  const create = useEnrolment(token, address);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    create(answers).then(onEnrolled, (error: unknown) => {
      setFailure(errorText(error));
      setBusy(false);
    });
  };
  return (
    <form onSubmit={submit} className="stack">
      <Failure title={t('error.title')} text={failure} />
      <NewPassphrase
        label={t('welcome.passphrase')}
        hint={t('welcome.passphraseHint')}
        value={answers}
        onChange={change}
      />
      {canUsePasskeys() ? (
        <Check
          label={t('welcome.passkey')}
          hint={t('welcome.passkeyHint')}
          isChecked={answers.wantsPasskey}
          onChange={(wantsPasskey) => change({ wantsPasskey })}
        />
      ) : null}
      <Button type="submit" look="main" disabled={isBusy || !isPassphraseFit(answers)}>
        {isBusy ? t('welcome.creating') : t('welcome.create')}
      </Button>
    </form>
  );
}

/** The mailbox first; a passkey that cannot be set up does not undo it. */
function useEnrolment(token: string, address: string): (answers: Answers) => Promise<Enrolled> {
  const { worker } = useDesk();
  const errorText = useErrorText();
  return async ({ passphrase, device, member, wantsPasskey }) => {
    // A browser may throw away what a page keeps unless it was asked not to.
    await navigator.storage.persist().catch(() => false);
    const names = { deviceName: device.trim(), member: member.trim() };
    const { account, recoveryWords: words } = await worker.call('enrol', { token, passphrase, ...names });
    if (!wantsPasskey) return { account, words, passkeyFailure: null };
    try {
      const withPasskey = await worker.call('addPasskey', await createPasskey(address));
      return { account: withPasskey, words, passkeyFailure: null };
    } catch (error) {
      return { account, words, passkeyFailure: errorText(error) };
    }
  };
}
