import { type ReactNode, useState } from 'react';
import { Check, Notice } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { askToNotify } from '../state/notifications.js';
import { Section } from './section.js';

export function NotifySection(): ReactNode {
  const { t, settings, setSettings } = useDesk();
  const [isDenied, setDenied] = useState(false);
  const change = async (notify: boolean): Promise<void> => {
    const isAllowed = !notify || (await askToNotify());
    setDenied(!isAllowed);
    setSettings({ ...settings, notify: notify && isAllowed });
  };
  return (
    <Section title={t('notify.title')}>
      <Check
        label={t('notify.on')}
        hint={t('notify.hint')}
        isChecked={settings.notify}
        onChange={(notify) => void change(notify)}
      />
      {isDenied ? <Notice kind="warn">{t('notify.denied')}</Notice> : null}
    </Section>
  );
}
