import { useEffect, useRef } from 'react';
import { useDesk, useDeskState } from './desk.js';

/**
 * Tells the desktop that something has come, when nobody looks at the page: how many, and nothing else. What a notification
 * says is kept by the system, and read by whoever sees the screen.
 */
export function useNotifications(): void {
  const { t, settings } = useDesk();
  const news = useDeskState((state) => state.news);
  const told = useRef(news);
  useEffect(() => {
    if (news === null || news === told.current) return;
    told.current = news;
    if (!settings.notify || !document.hidden || !canNotify() || Notification.permission !== 'granted') return;
    const count = news.count === 1 ? t('notify.one') : t('notify.many', { n: news.count });
    const body = news.urgent === 0 ? count : `${count}, ${t('notify.urgent', { n: news.urgent })}`;
    const shown = new Notification(t('app.name'), { body, tag: 'bildbote' });
    shown.onclick = () => {
      focus();
      shown.close();
    };
  }, [news, settings.notify, t]);
}

export function canNotify(): boolean {
  return 'Notification' in globalThis;
}

/** @returns whether the browser lets the page notify */
export async function askToNotify(): Promise<boolean> {
  return canNotify() && (await Notification.requestPermission()) === 'granted';
}
