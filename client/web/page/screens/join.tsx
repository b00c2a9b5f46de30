import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { type JoinInput } from '../../desk/api.js';
import { DeskError } from '../../desk/rpc.js';
import { type AccountView } from '../../desk/view.js';
import { Button, Failure, Field } from '../parts/controls.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { type Enrolled } from './enrolled.js';
import { Gate } from './gate.js';
import { NewPassphrase, isPassphraseFit } from './new-passphrase.js';
import { digits } from './pair-dialog.js';
import { PolicyField, usePolicyCheck } from './policy-field.js';
import { isPolicyFit, wholeLines } from './policy-text.js';

interface Answers {
  readonly secret: string;
  readonly member: string;
  readonly device: string;
  readonly passphrase: string;
  readonly again: string;
}

const NO_ANSWERS: Answers = { secret: '', member: '', device: '', passphrase: '', again: '' };

function inputOf({ secret, member, device, passphrase }: Answers): JoinInput {
  return { secret: secret.trim(), member: member.trim(), deviceName: device.trim(), passphrase };
}

/** This browser becomes a further device of a mailbox, beside one that shows a link. */
export function Join({
  link,
  onJoined,
  onBack,
}: {
  /** What was opened; empty when nothing was. */
  readonly link: string;
  readonly onJoined: (account: AccountView) => void;
  readonly onBack: () => void;
}): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [answers, setAnswers] = useState({ ...NO_ANSWERS, secret: link });
  const [isBusy, setBusy] = useState(false);
  const [check, setCheck] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const end = useRef<AbortController | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    end.current = new AbortController();
    const onProgress = (progress: { check: string }): void => setCheck(progress.check);
    void navigator.storage.persist().catch(() => false);
    worker
      .call('join', inputOf(answers), { signal: end.current.signal, onProgress })
      .then(onJoined, (error: unknown) => {
        setFailure(errorText(error));
        setBusy(false);
        setCheck(null);
      });
  };
  return (
    <Gate title={t('join.title')}>
      <p className="lead">{t('join.intro')}</p>
      <form className="stack" onSubmit={submit}>
        <Failure title={t('error.title')} text={failure} />
        <Names answers={answers} label={t('join.secret')} onChange={setAnswers} />
        {check === null ? null : (
          <div role="status" className="stack">
            <p>{t('join.check')}</p>
            <p className="check-number">{digits(check)}</p>
          </div>
        )}
        <div className="row">
          <Button onClick={isBusy ? () => end.current?.abort() : onBack}>{t('join.cancel')}</Button>
          <Button type="submit" look="main" disabled={isBusy || !isPassphraseFit(answers)}>
            {t(isBusy ? 'join.working' : 'join.start')}
          </Button>
        </div>
      </form>
    </Gate>
  );
}

/** The mailbox begins anew from its kit; what comes next is a new kit. */
export function Recover({
  link,
  onEnrolled,
  onBack,
}: {
  readonly link: string;
  readonly onEnrolled: (enrolled: Enrolled) => void;
  readonly onBack: () => void;
}): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [answers, setAnswers] = useState({ ...NO_ANSWERS, secret: link });
  const [address, setAddress] = useState('');
  const [policyText, setPolicyText] = useState('');
  const check = usePolicyCheck(policyText);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    void navigator.storage.persist().catch(() => false);
    const policy = policyText === '' ? null : wholeLines(policyText);
    worker.call('recover', { ...inputOf(answers), address: address.trim(), policy }).then(
      ({ account, recoveryWords: words }) => onEnrolled({ account, words, passkeyFailure: null }),
      (error: unknown) => {
        const isChanged = error instanceof DeskError && error.code === 'policy-changed';
        setFailure(isChanged ? t('recover.policyChanged') : errorText(error));
        setBusy(false);
      },
    );
  };
  return (
    <Gate title={t('recover.title')}>
      <p className="lead">{t('recover.intro')}</p>
      <form className="stack" onSubmit={submit}>
        <Failure title={t('error.title')} text={failure} />
        <Field
          label={t('recover.address')}
          value={address}
          required
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setAddress(event.target.value)}
        />
        <Names answers={answers} label={t('recover.secret')} onChange={setAnswers} />
        <PolicyField text={policyText} onChange={setPolicyText} check={check} />
        <div className="row">
          <Button disabled={isBusy} onClick={onBack}>
            {t('join.cancel')}
          </Button>
          <Button type="submit" look="danger" disabled={isBusy || !isPassphraseFit(answers) || !isPolicyFit(check)}>
            {t(isBusy ? 'recover.working' : 'recover.start')}
          </Button>
        </div>
      </form>
    </Gate>
  );
}

interface NamesProps {
  readonly answers: Answers;
  readonly label: string;
  readonly onChange: (answers: Answers) => void;
}

function Names({ answers, label, onChange }: NamesProps): ReactNode {
  const { t } = useDesk();
  const change = (part: Partial<Answers>): void => onChange({ ...answers, ...part });
  return (
    <>
      <Field
        label={label}
        value={answers.secret}
        required
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => change({ secret: event.target.value })}
      />
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
      <NewPassphrase
        label={t('welcome.passphrase')}
        hint={t('welcome.passphraseHint')}
        value={answers}
        onChange={change}
      />
    </>
  );
}
