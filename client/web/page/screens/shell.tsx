import { type ReactNode, Suspense, lazy, useLayoutEffect, useRef, useState } from 'react';
import { type AlarmView } from '../../desk/view.js';
import { Icon, type IconName, Mark } from '../parts/icon.js';
import { useDesk, useDeskState } from '../state/desk.js';
import { useNotifications } from '../state/notifications.js';
import { type Route, hashOf, useRoute } from '../state/route.js';
import { AlarmPage } from './alarm-page.js';
import { AlarmBanner, SettledNotice } from './alarm-notice.js';
import { BundleNotice } from './bundle-notice.js';
import { Mailbox } from './mailbox.js';

/** The viewer is loaded when somebody looks at images, and what only some people need. */
const Write = lazy(async () => ({ default: (await import('./write.js')).Write }));
const SettingsScreen = lazy(async () => ({ default: (await import('./settings.js')).SettingsScreen }));
const Viewer = lazy(async () => ({ default: (await import('../viewer/viewer.js')).Viewer }));

/** The unlocked page: areas, connection, and the screen of the route. */
export function Shell(): ReactNode {
  const { t } = useDesk();
  const route = useRoute();
  const alarm = useDeskState((state) => state.alarm);
  // A further alarm is another one: having read the first is not having read it.
  const [read, setRead] = useState<AlarmView | null>(null);
  const [isSettled, setSettled] = useState(false);
  useNotifications();
  if (alarm !== null && alarm !== read) {
    return <AlarmPage alarm={alarm} onRead={() => setRead(alarm)} onSettled={() => setSettled(true)} />;
  }
  if (route.kind === 'images') {
    return (
      <Suspense fallback={<p className="viewer-wait">{t('viewer.loading')}</p>}>
        <Viewer folder={route.folder} letter={route.letter} />
      </Suspense>
    );
  }
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={skipTo}>
        {t('app.skip')}
      </a>
      <TopBar route={route} />
      <BundleNotice />
      {alarm === null ? null : <AlarmBanner onShow={() => setRead(null)} />}
      {isSettled && alarm === null ? <SettledNotice onClose={() => setSettled(false)} /> : null}
      <Screen route={route} />
    </div>
  );
}

function skipTo(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Screen({ route }: { readonly route: Exclude<Route, { kind: 'images' }> }): ReactNode {
  const { t } = useDesk();
  const main = useRef<HTMLElement>(null);
  const { kind } = route;
  const title = t(kind === 'folder' ? `nav.${route.folder}` : kind === 'write' ? 'nav.write' : 'nav.settings');
  const previous = useRef(title);
  useLayoutEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
    if (previous.current !== title) main.current?.focus();
    previous.current = title;
  }, [title, t]);
  return (
    <main id="main" ref={main} tabIndex={-1} className={`screen screen-${kind}`}>
      {kind === 'folder' ? <Mailbox folder={route.folder} letter={route.letter} /> : null}
      <Suspense fallback={<p className="page">{t('viewer.loading')}</p>}>
        {kind === 'write' ? <Write key={hashOf(route)} replyTo={route.replyTo} forwardOf={route.forwardOf} /> : null}
        {kind === 'settings' ? <SettingsScreen /> : null}
      </Suspense>
    </main>
  );
}

function TopBar({ route }: { readonly route: Route }): ReactNode {
  const { t, account, lock } = useDesk();
  const unread = useDeskState((state) => state.rows.filter((row) => row.folder === 'inbox' && !row.isRead).length);
  const isAt = (kind: Route['kind'], folder?: string): boolean =>
    route.kind === kind && (folder === undefined || ('folder' in route && route.folder === folder));
  return (
    <header className="top-bar">
      <div className="brand">
        <Mark />
        <span className="brand-name">{t('app.name')}</span>
      </div>
      <nav aria-label={t('nav.label')}>
        <NavLink
          route={{ kind: 'folder', folder: 'inbox', letter: null }}
          icon="inbox"
          isCurrent={isAt('folder', 'inbox')}
          count={unread}
        >
          {t('nav.inbox')}
        </NavLink>
        <NavLink
          route={{ kind: 'folder', folder: 'sent', letter: null }}
          icon="sent"
          isCurrent={isAt('folder', 'sent')}
        >
          {t('nav.sent')}
        </NavLink>
        <NavLink route={{ kind: 'write', replyTo: null, forwardOf: null }} icon="write" isCurrent={isAt('write')}>
          {t('nav.write')}
        </NavLink>
        <NavLink route={{ kind: 'settings' }} icon="settings" isCurrent={isAt('settings')}>
          {t('nav.settings')}
        </NavLink>
      </nav>
      <div className="top-right">
        <span className="own-address" dir="auto">
          {account?.address}
        </span>
        <Line />
        <button type="button" className="lock-button" aria-label={t('nav.lock')} onClick={() => lock('nobody')}>
          <Icon name="lock" />
          <span>{t('nav.lock')}</span>
        </button>
      </div>
    </header>
  );
}

interface NavLinkProps {
  readonly route: Route;
  readonly icon: IconName;
  readonly isCurrent: boolean;
  readonly count?: number;
  readonly children: ReactNode;
}

function NavLink({ route, icon, isCurrent, count = 0, children }: NavLinkProps): ReactNode {
  const { t } = useDesk();
  return (
    <a href={hashOf(route)} aria-current={isCurrent ? 'page' : undefined}>
      <Icon name={icon} />
      <span>{children}</span>
      {count > 0 ? (
        <span className="count">
          {count}
          <span className="sr-only"> {t('mailbox.unread')}</span>
        </span>
      ) : null}
    </a>
  );
}

function Line(): ReactNode {
  const { t } = useDesk();
  const line = useDeskState((state) => state.line);
  if (line === null) return null;
  return (
    <span
      className="line"
      data-line={line.kind}
      role="status"
      title={line.kind === 'offline' ? t('line.offlineHint') : undefined}
    >
      {t(`line.${line.kind}`)}
    </span>
  );
}
