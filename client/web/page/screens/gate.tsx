import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { Mark } from '../parts/icon.js';
import { useDesk } from '../state/desk.js';
import { BundleNotice } from './bundle-notice.js';

/** The frame of everything before the mailbox: one thing to do, in the middle. */
export function Gate({
  title,
  children,
  wide = false,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly wide?: boolean;
}): ReactNode {
  const { t } = useDesk();
  const heading = useRef<HTMLHeadingElement>(null);
  // Before anybody sees it: a focus that moves later takes letters away from who types already.
  useLayoutEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
    heading.current?.focus();
  }, [title, t]);
  return (
    <main className="gate">
      <BundleNotice />
      <div className={wide ? 'gate-card gate-wide' : 'gate-card'}>
        <div className="brand">
          <Mark />
          <span>{t('app.name')}</span>
        </div>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {children}
      </div>
      <LanguageSwitch />
    </main>
  );
}

function LanguageSwitch(): ReactNode {
  const { settings, setSettings } = useDesk();
  return (
    <div className="language-switch">
      {(['de', 'en'] as const).map((language) => (
        <button
          key={language}
          type="button"
          lang={language}
          aria-pressed={settings.language === language}
          onClick={() => setSettings({ ...settings, language })}
        >
          {language === 'de' ? 'Deutsch' : 'English'}
        </button>
      ))}
    </div>
  );
}
