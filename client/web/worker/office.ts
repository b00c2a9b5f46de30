import { type Account, openAccount } from '../../core/account/account.js';
import { type Enrolment } from '../../core/account/enrol.js';
import { lockedSlots } from '../../core/account/slots.js';
import { watchOwnMailbox } from '../../core/directory/own-watch.js';
import { CoreError } from '../../core/error.js';
import { receivedLetters } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { type AccountStore } from '../../core/ports.js';
import { type EnrolInput } from '../desk/api.js';
import { type DeskEvent, type Standing } from '../desk/view.js';
import { accountDatabase } from '../ports/account-database.js';
import { takeAccountLock } from '../ports/account-lock.js';
import { type WebDatabase, deleteDatabase, openDatabase } from '../ports/database.js';
import { WebError } from '../ports/error.js';
import { removeAllContainers } from '../ports/sealed-container.js';
import { accountView, slotView } from './account-view.js';
import { type Door, type Office } from './door.js';
import { createArrivals } from './arrivals.js';
import { codeOf } from './codes.js';
import { createMarkKeeper } from './mark-keeper.js';
import { mailboxRows } from './rows.js';
import { type Session, openSession, ownRelay } from './session.js';
import type { Writing } from './writing.js';

const ROUND_MS = 30_000;
const GATHER_MS = 100;

interface Hall {
  readonly tell: (event: DeskEvent) => void;
  opened: { readonly database: WebDatabase; readonly store: AccountStore } | null;
  office: Office | null;
  forgetWords: (() => Promise<void>) | null;
}

export function createDoor(tell: (event: DeskEvent) => void): Door {
  const hall: Hall = { tell, opened: null, office: null, forgetWords: null };
  return {
    standing: () => standingOf(hall),
    enrol: (input) => enrolIn(hall, input),
    join: async (input, call) => {
      const { joinIn } = await import('./later-methods.js');
      const { database, store } = await open(hall);
      const office = await begin(hall, await joinIn(store, input, call), database);
      await syncOnce(office);
      await announce(office);
      work(office);
      return accountView(office.session.account);
    },
    recover: async (input) => {
      const { recoverIn } = await import('./later-methods.js');
      const { database, store } = await open(hall);
      const { account, forgetWords, ...kit } = await recoverIn(store, input);
      hall.forgetWords = forgetWords;
      await begin(hall, account, database);
      return { account: accountView(account), recoveryWords: wordsOf(kit) };
    },
    async wordsKept() {
      await hall.forgetWords?.();
      hall.forgetWords = null;
      if (hall.office !== null) work(hall.office);
    },
    async unlock(credential) {
      const { database, store } = await open(hall);
      const account = await openAccount(store, credential);
      if (account.content.epochs.length === 0) {
        await account[Symbol.asyncDispose]();
        throw new WebError('join-unfinished', 'paired, and never let in');
      }
      const marks = createMarkKeeper(account);
      try {
        // Before anything is done: keys that were put back from a copy must not work on.
        await marks.lookInPassing();
      } catch (error) {
        await account[Symbol.asyncDispose]();
        throw error;
      }
      work(await begin(hall, account, database, marks));
      return accountView(account);
    },
    async erase() {
      if (hall.office !== null) throw new CoreError('account-exists', 'end the session first');
      (await open(hall)).database.close();
      await deleteDatabase();
      await removeAllContainers();
      hall.opened = null;
    },
    office() {
      if (hall.office === null) throw new WebError('account-locked', 'nothing is unlocked');
      return hall.office;
    },
    refresh: () => (hall.office === null ? undefined : tellMailbox(hall.office)),
    sync: async () => (hall.office === null ? undefined : syncOnce(hall.office)),
  };
}

/** @throws WebError `account-elsewhere` */
async function open(hall: Hall): Promise<NonNullable<Hall['opened']>> {
  if (hall.opened !== null) return hall.opened;
  if (!(await takeAccountLock())) throw new WebError('account-elsewhere', 'another tab has it');
  const database = await openDatabase();
  hall.opened = { database, store: accountDatabase(database) };
  return hall.opened;
}

async function standingOf(hall: Hall): Promise<Standing> {
  try {
    const { store } = await open(hall);
    const slots = await lockedSlots(store);
    if (slots === null) return { kind: 'empty' };
    const isEnrolling = (await store.listLogs()).includes('enrolment');
    return { kind: 'locked', slots: slots.map(slotView), isEnrolling };
  } catch (error) {
    if (error instanceof WebError && error.code === 'account-elsewhere') return { kind: 'elsewhere' };
    throw error;
  }
}

async function enrolIn(hall: Hall, input: EnrolInput): ReturnType<Door['enrol']> {
  const { database, store } = await open(hall);
  const [token = '', policyDigest = null] = input.token.split('.');
  const { enrol } = await import('./later-methods.js');
  const relay = await ownRelay();
  const enrolled = await enrol({
    invitation: { origin: relay.origin, token, policyDigest },
    relay,
    store,
    passphrase: input.passphrase,
    deviceName: input.deviceName,
    memberLabel: input.member,
    nowMs: Date.now(),
  });
  hall.forgetWords = () => enrolled.forgetWords();
  await begin(hall, enrolled.account, database);
  return { account: accountView(enrolled.account), recoveryWords: wordsOf(enrolled) };
}

/** The last four say whose word for the directory counts (docs/spec/keystore.md). */
function wordsOf(kit: Pick<Enrolment, 'recoveryWords' | 'witnessWords'>): readonly string[] {
  return [...kit.recoveryWords, ...kit.witnessWords];
}

/** The device is in; that the others learn its name late harms nobody. */
async function announce({ session }: Office): Promise<void> {
  const { announceDevice } = await import('./later-methods.js');
  await announceDevice(session.desk).catch((error: unknown) => {
    if (!(error instanceof CoreError)) throw error;
  });
}

async function begin(
  hall: Hall,
  account: Account,
  database: WebDatabase,
  marks = createMarkKeeper(account),
): Promise<Office> {
  // A row names patients and modalities as soon as the plan has come; many plans make one list.
  let pending = false;
  const tell = (event: DeskEvent): void => {
    hall.tell(event);
    if (event.kind !== 'plan' || pending) return;
    pending = true;
    setTimeout(() => {
      pending = false;
      if (hall.office !== null) tellMailbox(hall.office);
    }, GATHER_MS);
  };
  const session = await openSession(account, database, tell);
  hall.office = { session, arrivals: createArrivals(session), writing: loadWriting(session), marks };
  return hall.office;
}

function loadWriting(session: Session): Office['writing'] {
  let made: Promise<Writing> | null = null;
  return () => (made ??= import('./later-methods.js').then(({ createWriting }) => createWriting(session)));
}

/** Rounds until the worker ends: at each hint, and now and then without one. */
function work(at: Office): void {
  tellMailbox(at);
  void at.writing().then(({ sendings }) => sendings.takeUp());
  const round = async (): Promise<never> => {
    for (;;) {
      await syncOnce(at);
      await at.session.hints.next(ROUND_MS);
    }
  };
  void round();
}

/** One look after the other: two at once would look at the same delivery twice. */
const looks = new WeakMap<Session, Promise<void>>();

function syncOnce(at: Office): Promise<void> {
  const look = (looks.get(at.session) ?? Promise.resolve()).then(() => lookOnce(at));
  looks.set(
    at.session,
    look.catch(() => undefined),
  );
  return look;
}

async function lookOnce({ session, arrivals, writing, marks }: Office): Promise<void> {
  const { account, desk } = session;
  const before = new Set(receivedLetters(account).map(({ key }) => key));
  const isAlarmed = account.state.alarm !== null;
  try {
    await marks.look();
    const count = await syncInbox(desk);
    await watchOwnMailbox(desk);
    session.tell({ kind: 'line', line: { kind: 'online' } });
    if (count > 0) tellMailbox({ session, arrivals });
    tellNews(session, before);
    arrivals.schedule();
    (await writing()).sendings.goOn();
  } catch (error) {
    session.tell({ kind: 'line', line: { kind: 'offline', code: codeOf(error) } });
  }
  if (account.state.alarm === null) {
    // Somebody has settled it on another device of the mailbox (docs/spec/directory.md §8).
    if (isAlarmed) session.tell({ kind: 'alarm', alarm: null });
    return;
  }
  const { alarmView } = await import('./later-methods.js');
  const alarm = alarmView(account);
  if (alarm !== null) session.tell({ kind: 'alarm', alarm });
}

/** What was there when the account was unlocked is no news. */
function tellNews({ account, tell }: Session, before: ReadonlySet<string>): void {
  const fresh = receivedLetters(account).filter(({ key, isOwn }) => !before.has(key) && !isOwn);
  const urgent = fresh.filter(({ body }) => body.urgency !== null).length;
  if (fresh.length > 0) tell({ kind: 'news', count: fresh.length, urgent });
}

export function tellMailbox({ session, arrivals }: Pick<Office, 'session' | 'arrivals'>): void {
  session.tell({ kind: 'mailbox', rows: mailboxRows(session.account, arrivals) });
}
