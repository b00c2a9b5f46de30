import { type ReactNode, useEffect, useState } from 'react';
import { type AlarmHistory as History } from '../../desk/view.js';
import { Button, Failure, Foreign } from '../parts/controls.js';
import { saveFile } from '../parts/save-file.js';
import { useDesk, useDeskState, useErrorText } from '../state/desk.js';
import { formatTime } from '../texts/format.js';
import { Section } from './section.js';

/** What alarms there were, who has decided what, and the evidence; nothing where there was none. */
export function AlarmHistory(): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const alarm = useDeskState((state) => state.alarm);
  const [history, setHistory] = useState<History | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    worker.call('alarmHistory', null).then(setHistory, (error: unknown) => setFailure(errorText(error)));
  }, [worker, alarm, errorText]);
  const save = (name: string): void => {
    worker.call('evidence', { name }).then(
      (bytes) => saveFile(name, 'text/plain', bytes),
      (error: unknown) => setFailure(errorText(error)),
    );
  };
  const isEmpty = history === null || history.settled.length + history.evidence.length === 0;
  if (isEmpty && failure === null) return null;
  return (
    <Section title={t('alarm.history')}>
      <Failure title={t('error.title')} text={failure} />
      <p className="hint">{t('alarm.historyText')}</p>
      <ul className="plain-list">
        {history?.settled.map((one, i) => (
          <Decision key={i} {...one} />
        ))}
      </ul>
      <div className="row">
        {history?.evidence.map((name) => (
          <Button key={name} size="small" icon="download" onClick={() => save(name)}>
            {t('alarm.saveNamed', { name })}
          </Button>
        ))}
      </div>
    </Section>
  );
}

function Decision({ abandoned, member, reason, timeMs }: History['settled'][number]): ReactNode {
  const { t, language } = useDesk();
  return (
    <li className="alarm-decision">
      <span>
        <Foreign as="strong" text={member} /> · {formatTime(timeMs, language)}
      </span>
      <Foreign text={reason} />
      <span className="hint">{t('alarm.abandoned', { n: abandoned.size, root: abandoned.root })}</span>
    </li>
  );
}
