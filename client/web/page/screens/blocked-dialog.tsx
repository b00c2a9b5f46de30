import { type ReactNode, useState } from 'react';
import { type BlockedView } from '../../desk/deidentification.js';
import { Button, Check } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { useDesk } from '../state/desk.js';
import { type TextKey } from '../texts/keys.js';

interface Props {
  readonly blocked: readonly BlockedView[];
  readonly onSend: () => void;
  readonly onBack: () => void;
}

const KNOWN = ['risk', 'residual', 'visual-features', 'pixels-not-maskable', 'pixels-not-checked'] as const;

function reasonKey(reason: string): TextKey {
  const known = KNOWN.find((one) => one === reason);
  return `deid.reason.${known ?? 'other'}`;
}

/** What the rules cannot decide a person may, who has looked; everything else is changed or left out. */
export function BlockedDialog({ blocked, onSend, onBack }: Props): ReactNode {
  const { t } = useDesk();
  const [isSure, setSure] = useState(false);
  const isDecidable = blocked.every(({ reason }) => reason === 'risk');
  return (
    <Dialog title={t('deid.blockedTitle')} onClose={onBack}>
      <ul className="plain-list">
        {blocked.map(({ reason, instances }) => (
          <li key={reason}>{t('deid.blockedText', { n: instances, reason: t(reasonKey(reason)) })}</li>
        ))}
      </ul>
      <p className="hint">{t('deid.blockedHint')}</p>
      {isDecidable ? <Check label={t('deid.confirm')} isChecked={isSure} onChange={setSure} /> : null}
      <div className="row dialog-end">
        <Button look="main" onClick={onBack}>
          {t('deid.back')}
        </Button>
        {isDecidable ? (
          <Button look="danger" disabled={!isSure} onClick={onSend}>
            {t('deid.sendConfirmed')}
          </Button>
        ) : null}
      </div>
    </Dialog>
  );
}
