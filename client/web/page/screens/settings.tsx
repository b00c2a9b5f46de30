import { type ReactNode, useState } from 'react';
import { Button, Choice, Failure, Foreign, Notice } from '../parts/controls.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { canUsePasskeys, createPasskey } from '../state/passkey.js';
import { LOCK_MINUTES, type Theme } from '../state/settings.js';
import { type Language, type TextKey } from '../texts/keys.js';
import { AboutSection } from './about-section.js';
import { AlarmHistory } from './alarm-history.js';
import { ContactSection } from './contact-section.js';
import { DeviceSection } from './device-section.js';
import { NotifySection } from './notify-section.js';
import { PassphraseChange } from './passphrase-change.js';
import { Section, sectionId } from './section.js';

export function SettingsScreen(): ReactNode {
  const { t } = useDesk();
  return (
    <div className="page page-settings">
      <h1>{t('settings.title')}</h1>
      <SubjectList />
      <MailboxSection />
      <DisplaySection />
      <LockSection />
      <PasskeySection />
      <Section title={t('settings.changePassphrase')}>
        <PassphraseChange />
      </Section>
      <NotifySection />
      <DeviceSection />
      <ContactSection />
      <AlarmHistory />
      <AboutSection />
    </div>
  );
}

const SUBJECTS: readonly TextKey[] = [
  'settings.mailbox',
  'settings.display',
  'settings.security',
  'settings.passkeys',
  'settings.changePassphrase',
  'notify.title',
  'settings.devices',
  'contacts.title',
  'settings.about',
];

/** Where there is room beside them: one step to each. */
function SubjectList(): ReactNode {
  const { t } = useDesk();
  const show = (title: string): void => {
    const section = document.getElementById(sectionId(title));
    section?.scrollIntoView({ block: 'start' });
    section?.querySelector('h2')?.focus({ preventScroll: true });
  };
  return (
    <nav className="subjects" aria-label={t('settings.subjects')}>
      {SUBJECTS.map((key) => (
        <button key={key} type="button" onClick={() => show(t(key))}>
          {t(key)}
        </button>
      ))}
    </nav>
  );
}

function MailboxSection(): ReactNode {
  const { t, account } = useDesk();
  return (
    <Section title={t('settings.mailbox')}>
      <dl className="facts">
        <dt>{t('settings.address')}</dt>
        <dd>
          <Foreign text={account?.address ?? ''} />
        </dd>
        <dt>{t('settings.member')}</dt>
        <dd>
          <Foreign text={account?.member ?? ''} />
        </dd>
        <dt>{t('welcome.device')}</dt>
        <dd>
          <Foreign text={account?.deviceName ?? ''} />
        </dd>
      </dl>
    </Section>
  );
}

function DisplaySection(): ReactNode {
  const { t, settings, setSettings } = useDesk();
  const languages: readonly (readonly [Language, string])[] = [
    ['de', 'Deutsch'],
    ['en', 'English'],
  ];
  const themes: readonly (readonly [Theme, string])[] = [
    ['system', t('settings.themeSystem')],
    ['light', t('settings.themeLight')],
    ['dark', t('settings.themeDark')],
  ];
  return (
    <Section title={t('settings.display')}>
      <div className="columns">
        <Choice
          label={t('settings.language')}
          value={settings.language}
          options={languages}
          onChange={(language) => setSettings({ ...settings, language })}
        />
        <Choice
          label={t('settings.theme')}
          value={settings.theme}
          options={themes}
          onChange={(theme) => setSettings({ ...settings, theme })}
        />
      </div>
    </Section>
  );
}

function LockSection(): ReactNode {
  const { t, settings, setSettings } = useDesk();
  return (
    <Section title={t('settings.security')}>
      <Choice
        label={t('settings.lockAfter')}
        value={settings.lockMinutes}
        options={LOCK_MINUTES.map((n) => [n, t('settings.minutes', { n })] as const)}
        onChange={(lockMinutes) => setSettings({ ...settings, lockMinutes })}
        hint={t('settings.lockHint')}
      />
    </Section>
  );
}

function PasskeySection(): ReactNode {
  const { t, account, setAccount, worker } = useDesk();
  const errorText = useErrorText();
  const [failure, setFailure] = useState<string | null>(null);
  const [isAdded, setAdded] = useState(false);
  const passkeys = (account?.slots ?? []).filter(({ kind }) => kind === 'prf');
  const run = (action: () => Promise<void>): void => {
    setFailure(null);
    setAdded(false);
    action().catch((error: unknown) => setFailure(errorText(error)));
  };
  const add = async (): Promise<void> => {
    setAccount(await worker.call('addPasskey', await createPasskey(account?.address ?? '')));
    setAdded(true);
  };
  return (
    <Section title={t('settings.passkeys')}>
      <Failure title={t('error.title')} text={failure} />
      {isAdded ? <Notice>{t('settings.passkeyAdded')}</Notice> : null}
      {passkeys.length === 0 ? <p className="muted">{t('settings.noPasskeys')}</p> : null}
      <ul className="plain-list">
        {passkeys.map(({ slotId }, i) => (
          <li key={slotId} className="file-line">
            <span>{t('settings.passkey', { n: i + 1 })}</span>
            <code className="hint">{slotId.slice(0, 8)}</code>
            <Button
              size="small"
              aria-label={`${t('settings.removePasskey')}: ${t('settings.passkey', { n: i + 1 })}`}
              onClick={() => run(async () => setAccount(await worker.call('removeSlot', { slotId })))}
            >
              {t('settings.removePasskey')}
            </Button>
          </li>
        ))}
      </ul>
      {canUsePasskeys() ? (
        <Button icon="key" onClick={() => run(add)}>
          {t('settings.addPasskey')}
        </Button>
      ) : (
        <p className="hint">{t('settings.passkeyNeedsName')}</p>
      )}
    </Section>
  );
}
