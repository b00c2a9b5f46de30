import { type ReactNode } from 'react';
import { useDesk } from '../state/desk.js';
import { type Strength, strengthOf } from '../state/strength.js';

const STEPS: Readonly<Record<Strength, number>> = { short: 1, weak: 2, fair: 3, good: 4 };

/** Says in words how strong it is; the bar is for the eye only. */
export function StrengthMeter({ passphrase }: { readonly passphrase: string }): ReactNode {
  const { t } = useDesk();
  if (passphrase === '') return null;
  const strength = strengthOf(passphrase);
  return (
    <div className="strength" data-strength={strength} role="status">
      <span className="strength-bar" aria-hidden="true">
        {[1, 2, 3, 4].map((step) => (
          <span key={step} data-on={step <= STEPS[strength]} />
        ))}
      </span>
      <span>
        {t('strength.label')}: {t(`strength.${strength}`)}
      </span>
    </div>
  );
}
