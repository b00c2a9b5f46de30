import { type ReactNode } from 'react';
import { Field } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { MIN_PASSPHRASE } from '../state/strength.js';
import { StrengthMeter } from './strength-meter.js';

export interface Twice {
  readonly passphrase: string;
  readonly again: string;
}

export function isPassphraseFit({ passphrase, again }: Twice): boolean {
  return [...passphrase.normalize('NFKC')].length >= MIN_PASSPHRASE && passphrase === again;
}

interface Props {
  readonly label: string;
  readonly hint?: string;
  readonly value: Twice;
  readonly onChange: (value: Twice) => void;
}

/** A new passphrase, typed twice, and how strong it is. */
export function NewPassphrase({ label, hint, value, onChange }: Props): ReactNode {
  const { t } = useDesk();
  const { passphrase, again } = value;
  return (
    <>
      <Field
        label={label}
        hint={hint}
        type="password"
        required
        autoComplete="new-password"
        value={passphrase}
        onChange={(event) => onChange({ passphrase: event.target.value, again })}
      />
      <StrengthMeter passphrase={passphrase} />
      <Field
        label={t('welcome.passphraseAgain')}
        type="password"
        required
        autoComplete="new-password"
        value={again}
        error={again !== '' && again !== passphrase ? t('welcome.passphraseDiffers') : null}
        onChange={(event) => onChange({ passphrase, again: event.target.value })}
      />
    </>
  );
}
