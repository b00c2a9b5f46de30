import {
  type ReactNode,
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { DeskError } from '../../desk/rpc.js';
import { type AccountView } from '../../desk/view.js';
import { type Language } from '../texts/keys.js';
import { type Translate, errorKey, translator } from '../texts/translate.js';
import { type DeskWorker, startDeskWorker } from './desk-worker.js';
import { type Settings, loadSettings, saveSettings, showSettings } from './settings.js';
import { type DeskState, type DeskStore, createStore } from './store.js';

/** What every screen works with. */
export interface Desk {
  readonly worker: DeskWorker;
  readonly store: DeskStore;
  readonly account: AccountView | null;
  readonly setAccount: (account: AccountView) => void;
  readonly settings: Settings;
  readonly setSettings: (settings: Settings) => void;
  readonly language: Language;
  readonly t: Translate;
  /** Why it was locked last, when not by hand. */
  readonly lockedBy: 'nobody' | 'idleness';
  readonly lock: (by: Desk['lockedBy']) => void;
  /** A fresh worker, for instance after another tab has closed. */
  readonly restart: () => void;
}

const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new DeskError('account-locked');
  return desk;
}

/** A part of what the worker has told; the screen is drawn anew when it changes. */
export function useDeskState<T>(select: (state: DeskState) => T): T {
  const { store } = useDesk();
  return useSyncExternalStore(store.subscribe, () => select(store.current()));
}

/** The text for a failure: by its code, never by its message. */
export function useErrorText(): (error: unknown) => string {
  const { t } = useDesk();
  return useCallback((error) => t(errorKey(error instanceof DeskError ? error.code : 'internal-error')), [t]);
}

export function DeskProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const store = useMemo(createStore, []);
  const [worker, setWorker] = useState(() => startDeskWorker(store.apply));
  const [account, setAccount] = useState<AccountView | null>(null);
  const [settings, changeSettings] = useState(loadSettings);
  const [lockedBy, setLockedBy] = useState<Desk['lockedBy']>('nobody');

  const restart = useCallback(() => {
    worker.terminate();
    setAccount(null);
    store.clear();
    setWorker(startDeskWorker(store.apply));
  }, [worker, store]);
  const lock = useCallback(
    (by: Desk['lockedBy']) => {
      setLockedBy(by);
      restart();
    },
    [restart],
  );
  const setSettings = useCallback((next: Settings) => {
    saveSettings(next);
    changeSettings(next);
  }, []);
  useEffect(() => showSettings(settings), [settings]);
  useIdleLock(account !== null, settings.lockMinutes, store, lock);

  const t = useMemo(() => translator(settings.language), [settings.language]);
  const desk = useMemo<Desk>(() => {
    const { language } = settings;
    return { worker, store, account, setAccount, settings, setSettings, language, t, lockedBy, lock, restart };
  }, [worker, store, account, settings, setSettings, t, lockedBy, lock, restart]);
  return <DeskContext value={desk}>{children}</DeskContext>;
}

const TOUCHES = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;
const LOOK_EVERY_MS = 5000;

/** Locks when nobody has touched the page for the time set; while something is being sent it waits for its end. */
function useIdleLock(isOpen: boolean, minutes: number, store: DeskStore, lock: (by: 'idleness') => void): void {
  const touchedMs = useRef(Date.now());
  useEffect(() => {
    if (!isOpen) return undefined;
    touchedMs.current = Date.now();
    const touch = (): void => void (touchedMs.current = Date.now());
    const look = (): void => {
      const isSending = store.current().sendings.some(({ state }) => state.kind === 'sending');
      if (!isSending && Date.now() - touchedMs.current >= minutes * 60_000) lock('idleness');
    };
    for (const kind of TOUCHES) addEventListener(kind, touch, { passive: true, capture: true });
    // A computer that slept has passed the time when it wakes up.
    const timer = setInterval(look, LOOK_EVERY_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      for (const kind of TOUCHES) removeEventListener(kind, touch, { capture: true });
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [isOpen, minutes, store, lock]);
}
