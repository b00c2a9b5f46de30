import { type ReactNode } from 'react';
import { type GuardFinding } from '../../desk/view.js';
import { Button, Foreign } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { Icon } from '../parts/icon.js';
import { useDesk } from '../state/desk.js';
import { type Translate } from '../texts/translate.js';
import { formatPersonName } from '../texts/format.js';

interface Props {
  readonly findings: readonly GuardFinding[];
  readonly onSend: () => void;
  readonly onBack: () => void;
}

/** What was sealed to the wrong practice cannot be taken back: somebody looks once more, and decides. */
export function GuardDialog({ findings, onSend, onBack }: Props): ReactNode {
  const { t } = useDesk();
  return (
    <Dialog title={t('write.guardTitle')} onClose={onBack}>
      <ul className="plain-list guard">
        {findings.map((finding, i) => (
          <li key={`${i} ${finding.kind}`} className="file-line">
            <Icon name={finding.kind === 'first-contact' ? 'info' : 'warning'} />
            <Foreign as="p" text={textOf(finding, t)} />
          </li>
        ))}
      </ul>
      <div className="row dialog-end">
        <Button onClick={onBack}>{t('write.guardBack')}</Button>
        <Button look="main" icon="sent" onClick={onSend}>
          {t('write.guardSend')}
        </Button>
      </div>
    </Dialog>
  );
}

function textOf(finding: GuardFinding, t: Translate): string {
  const { address } = finding;
  switch (finding.kind) {
    case 'first-contact':
      return t('write.guardFirst', { address });
    case 'physician':
      return t('write.guardPhysician', { physician: formatPersonName(finding.physician), address });
    case 'patient': {
      const { patient, earlier } = finding;
      return t('write.guardPatient', { patient: formatPersonName(patient), earlier: earlier.join(', '), address });
    }
  }
}
