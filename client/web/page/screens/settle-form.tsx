import { type FormEvent, type ReactNode, useState } from 'react';
import { type AlarmView } from '../../desk/view.js';
import { DeskError } from '../../desk/rpc.js';
import { Button, Failure, Field } from '../parts/controls.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { bareRoot, meantRoot } from './meant-root.js';

interface Props {
  readonly alarm: AlarmView;
  readonly onSettled: () => void;
}

/** As long as the journal and the other devices take. */
const MAX_REASON = 500;
const MAX_ROOT = 100;

/** The deliberate way out of an alarm, by whoever administrates: the whole root, a reason, and the passphrase once more. */
export function SettleForm({ alarm, onSettled }: Props): ReactNode {
  const { t } = useDesk();
  const { answers, change, isBusy, failure, submit } = useSettle(onSettled);
  const meant = meantRoot(alarm, answers.root);
  const isReady =
    (meant === 'first' || meant === 'second') && answers.reason.trim() !== '' && answers.passphrase !== '';
  return (
    <form className="stack" onSubmit={submit}>
      <p>{t('alarm.settleText')}</p>
      <Failure title={t('error.title')} text={failure} />
      <Field
        label={t('alarm.settleRoot')}
        hint={meant === 'first' || meant === 'second' ? t(HINTS[meant]) : t('alarm.settleRootHint')}
        error={meant === 'neither' ? t('alarm.settleNeither') : null}
        value={answers.root}
        required
        maxLength={MAX_ROOT}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => change({ root: event.target.value })}
      />
      <Field
        label={t('alarm.settleReason')}
        value={answers.reason}
        required
        maxLength={MAX_REASON}
        autoComplete="off"
        onChange={(event) => change({ reason: event.target.value })}
      />
      <Field
        label={t('alarm.settlePassphrase')}
        type="password"
        required
        autoComplete="current-password"
        value={answers.passphrase}
        onChange={(event) => change({ passphrase: event.target.value })}
      />
      <Button type="submit" look="danger" disabled={isBusy || !isReady}>
        {t(isBusy ? 'alarm.settling' : 'alarm.settle')}
      </Button>
    </form>
  );
}

const HINTS = { first: 'alarm.settleFirst', second: 'alarm.settleSecond' } as const;

function useSettle(onSettled: () => void) {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [answers, setAnswers] = useState({ root: '', reason: '', passphrase: '' });
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setFailure(null);
    const { reason, passphrase } = answers;
    worker
      .call('settleAlarm', { root: bareRoot(answers.root), reason, passphrase })
      .then(onSettled, (error: unknown) => {
        const isNeither = error instanceof DeskError && error.code === 'log-forked';
        setFailure(isNeither ? t('alarm.settleNeither') : errorText(error));
        setAnswers((before) => ({ ...before, passphrase: '' }));
        setBusy(false);
      });
  };
  const change = (part: Partial<typeof answers>): void => setAnswers({ ...answers, ...part });
  return { answers, change, isBusy, failure, submit };
}
