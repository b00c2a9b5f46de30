import { type ReactNode } from 'react';
import { type AlarmView } from '../../desk/view.js';
import { Button, Foreign } from '../parts/controls.js';
import { saveFile } from '../parts/save-file.js';
import { useDesk } from '../state/desk.js';
import { Gate } from './gate.js';

/** Before everything else: nobody goes on writing who has not read it (docs/spec/directory.md §8). */
export function AlarmPage({ alarm, onRead }: { readonly alarm: AlarmView; readonly onRead: () => void }): ReactNode {
  const { t } = useDesk();
  const save = (): void =>
    saveFile(t('alarm.fileName'), 'text/plain', new Uint8Array(new TextEncoder().encode(alarm.evidence)));
  return (
    <Gate title={t('alarm.title')} wide>
      <div className="notice notice-bad" role="alert">
        <p>{t('alarm.text')}</p>
      </div>
      <p>{t('alarm.do')}</p>
      <dl className="alarm-facts">
        <dt>{t('alarm.first')}</dt>
        <dd>
          <Foreign text={alarm.first} />
        </dd>
        <dt>{t('alarm.second')}</dt>
        <dd>
          <Foreign text={alarm.second} />
        </dd>
      </dl>
      <div className="row">
        <Button look="main" icon="download" onClick={save}>
          {t('alarm.save')}
        </Button>
        <Button onClick={onRead}>{t('alarm.read')}</Button>
      </div>
    </Gate>
  );
}
