import { type ReactNode } from 'react';
import { type AlarmView, type CheckpointView } from '../../desk/view.js';
import { Button, Foreign } from '../parts/controls.js';
import { saveFile } from '../parts/save-file.js';
import { useDesk } from '../state/desk.js';
import { type TextKey } from '../texts/keys.js';
import { Gate } from './gate.js';
import { SettleForm } from './settle-form.js';

interface Props {
  readonly alarm: AlarmView;
  readonly onRead: () => void;
  /** A person here has decided. */
  readonly onSettled: () => void;
}

const STEPS: readonly TextKey[] = ['alarm.stepSave', 'alarm.stepCall', 'alarm.stepDecide'];

/** Before everything else: nobody goes on writing who has not read it (docs/spec/directory.md §8). */
export function AlarmPage({ alarm, onRead, onSettled }: Props): ReactNode {
  const { t } = useDesk();
  const save = (): void =>
    saveFile(t('alarm.fileName'), 'text/plain', new Uint8Array(new TextEncoder().encode(alarm.evidence)));
  return (
    <Gate title={t('alarm.title')} wide>
      <div className="notice notice-bad" role="alert">
        <p>{t('alarm.text')}</p>
      </div>
      <Checkpoint title={t('alarm.first')} seen={alarm.first} />
      <Checkpoint title={t('alarm.second')} seen={alarm.second} />
      <section className="stack" aria-label={t('alarm.steps')}>
        <h2>{t('alarm.steps')}</h2>
        <ol className="alarm-steps">
          {STEPS.map((step) => (
            <li key={step}>{t(step)}</li>
          ))}
        </ol>
        <div className="row">
          <Button look="main" icon="download" onClick={save}>
            {t('alarm.save')}
          </Button>
          <Button onClick={onRead}>{t('alarm.read')}</Button>
        </div>
      </section>
      <details className="fold">
        <summary>{t('alarm.settleTitle')}</summary>
        {alarm.isAdmin ? <SettleForm alarm={alarm} onSettled={onSettled} /> : <p>{t('alarm.noAdmin')}</p>}
      </details>
    </Gate>
  );
}

function Checkpoint({ title, seen }: { readonly title: string; readonly seen: CheckpointView }): ReactNode {
  const { t } = useDesk();
  return (
    <section className="card" aria-label={title}>
      <h2>{title}</h2>
      <dl className="facts alarm-facts">
        <dt>{t('alarm.log')}</dt>
        <dd>
          <Foreign text={seen.origin} />
        </dd>
        <dt>{t('alarm.size')}</dt>
        <dd>{seen.size}</dd>
        <dt>{t('alarm.root')}</dt>
        <dd translate="no">{seen.root}</dd>
      </dl>
    </section>
  );
}
