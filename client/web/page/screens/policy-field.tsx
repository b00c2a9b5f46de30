import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Button, Foreign } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { type PolicyCheck, wholeLines } from './policy-text.js';

interface Props {
  readonly text: string;
  readonly onChange: (text: string) => void;
  readonly check: PolicyCheck;
}

/** No policy is larger (docs/spec/directory.md §7); a larger file is not read. */
const MAX_POLICY_BYTES = 16_384;

/** What the worker makes of it, as soon as it is typed, pasted or chosen. */
export function usePolicyCheck(text: string): PolicyCheck {
  const { worker } = useDesk();
  const [check, setCheck] = useState<PolicyCheck>({ kind: 'none' });
  useEffect(() => {
    let isCurrent = true;
    const say = (next: PolicyCheck): void => void (isCurrent && setCheck(next));
    if (text === '') say({ kind: 'none' });
    else {
      say({ kind: 'looking' });
      worker.call('checkPolicy', { text: wholeLines(text) }).then(
        (policy) => say({ kind: 'good', policy }),
        () => say({ kind: 'bad' }),
      );
    }
    return () => {
      isCurrent = false;
    };
  }, [worker, text]);
  return check;
}

/** In the place of the witnesses that the kit means: a file, or its text. */
export function PolicyField({ text, onChange, check }: Props): ReactNode {
  const { t } = useDesk();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    // A file that is too large is none, like any other that does not read as one.
    onChange(file.size > MAX_POLICY_BYTES ? '?' : await file.text());
  };
  return (
    <details className="fold" open={text === '' ? undefined : true}>
      <summary>{t('recover.policy')}</summary>
      <p className="hint">{t('recover.policyText')}</p>
      <input
        ref={input}
        className="sr-only"
        type="file"
        tabIndex={-1}
        aria-label={t('recover.policyFile')}
        onChange={(event) => {
          void read(event.target.files?.[0]);
          event.target.value = '';
        }}
      />
      <Button size="small" icon="file" onClick={() => input.current?.click()}>
        {t('recover.policyFile')}
      </Button>
      <div className="field">
        <label htmlFor={id}>{t('recover.policyField')}</label>
        <textarea
          id={id}
          className="policy-text"
          rows={4}
          maxLength={MAX_POLICY_BYTES}
          spellCheck={false}
          autoComplete="off"
          value={text}
          aria-describedby={`${id}-hint`}
          aria-invalid={check.kind === 'bad'}
          onChange={(event) => onChange(event.target.value)}
        />
        <div id={`${id}-hint`} className={check.kind === 'bad' ? 'hint hint-error' : 'hint'} role="status">
          <Verdict check={check} />
        </div>
      </div>
    </details>
  );
}

function Verdict({ check }: Pick<Props, 'check'>): ReactNode {
  const { t } = useDesk();
  switch (check.kind) {
    case 'none':
      return t('recover.policyNone');
    case 'looking':
      return null;
    case 'bad':
      return t('recover.policyInvalid');
    case 'good': {
      const { log, witnesses, needed } = check.policy;
      const says = needed === 0 ? 'recover.policyNoWitness' : 'recover.policySays';
      return <Foreign text={t(says, { log, witnesses: witnesses.join(', '), n: needed })} />;
    }
  }
}
