import { type Account, openAccount } from '../../core/account/account.js';
import {
  type AccountSlot,
  accountSlots,
  addPasskeySlot,
  changeAccountPassphrase,
  lockedSlots,
  removeAccountSlot,
} from '../../core/account/slots.js';
import { CoreError } from '../../core/error.js';
import { syncInbox } from '../../core/receive/sync.js';
import { type AccountStore } from '../../core/ports.js';
import { type EnrolInput } from '../desk/api.js';
import { type AccountView, type DeskEvent, type SlotView, type Standing } from '../desk/view.js';
import { accountDatabase } from '../ports/account-database.js';
import { takeAccountLock } from '../ports/account-lock.js';
import { type WebDatabase, deleteDatabase, openDatabase } from '../ports/database.js';
import { WebError } from '../ports/error.js';
import { removeAllContainers } from '../ports/sealed-container.js';
import { type Arrivals, createArrivals } from './arrivals.js';
import { codeOf } from './codes.js';
import { mailboxRows } from './rows.js';
import type { Sendings } from './sending.js';
import { type Session, openSession, ownRelay } from './session.js';

/** An unlocked account with everything that works on it. */
export interface Office {
  readonly session: Session;
  readonly arrivals: Arrivals;
  /** Writing and its parts are loaded after everything that reading needs. */
  readonly sendings: () => Promise<Sendings>;
}

/** Where the worker stands: nothing opened yet, or an office at work. It is locked by ending the worker. */
export interface Door {
  standing(): Promise<Standing>;
  enrol(input: EnrolInput): Promise<{ readonly account: AccountView; readonly recoveryWords: readonly string[] }>;
  wordsKept(): Promise<void>;
  unlock(credential: Parameters<typeof openAccount>[1]): Promise<AccountView>;
  erase(): Promise<void>;
  /** @throws WebError `account-locked` */
  office(): Office;
  /** Asks the relay for what is new, at once. */
  sync(): Promise<void>;
}

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
    async wordsKept() {
      await hall.forgetWords?.();
      hall.forgetWords = null;
      if (hall.office !== null) work(hall.office);
    },
    async unlock(credential) {
      const { database, store } = await open(hall);
      const account = await openAccount(store, credential);
      work(await begin(hall, account, database));
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
  const { enrol } = await import('../../core/account/enrol.js');
  const enrolled = await enrol({
    invitation: { origin: self.location.origin, token, policyDigest },
    relay: ownRelay(),
    store,
    passphrase: input.passphrase,
    deviceName: input.deviceName,
    memberLabel: input.member,
    nowMs: Date.now(),
  });
  hall.forgetWords = () => enrolled.forgetWords();
  await begin(hall, enrolled.account, database);
  return { account: accountView(enrolled.account), recoveryWords: enrolled.recoveryWords };
}

async function begin(hall: Hall, account: Account, database: WebDatabase): Promise<Office> {
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
  hall.office = { session, arrivals: createArrivals(session), sendings: loadSendings(session) };
  return hall.office;
}

function loadSendings(session: Session): Office['sendings'] {
  let made: Promise<Sendings> | null = null;
  return () => (made ??= import('./sending.js').then(({ createSendings }) => createSendings(session)));
}

/** Rounds until the worker ends: at each hint, and now and then without one. */
function work(at: Office): void {
  tellMailbox(at);
  void at.sendings().then((sendings) => sendings.takeUp());
  const round = async (): Promise<never> => {
    for (;;) {
      await syncOnce(at);
      await at.session.hints.next(ROUND_MS);
    }
  };
  void round();
}

async function syncOnce({ session, arrivals }: Office): Promise<void> {
  try {
    const count = await syncInbox(session.desk);
    session.tell({ kind: 'line', line: { kind: 'online' } });
    if (count > 0) tellMailbox({ session, arrivals });
    arrivals.schedule();
  } catch (error) {
    session.tell({ kind: 'line', line: { kind: 'offline', code: codeOf(error) } });
  }
}

export function tellMailbox({ session, arrivals }: Pick<Office, 'session' | 'arrivals'>): void {
  session.tell({ kind: 'mailbox', rows: mailboxRows(session.account, arrivals) });
}

function slotView(slot: AccountSlot): SlotView {
  const isPasskey = slot.kind === 'prf';
  return {
    slotId: slot.slotId,
    kind: slot.kind,
    credentialId: isPasskey ? new Uint8Array(slot.credentialId) : null,
    salt: isPasskey ? new Uint8Array(slot.salt) : null,
  };
}

export function accountView(account: Account): AccountView {
  const { address, mailboxId, device, deviceName } = account.content;
  return {
    address,
    mailboxId,
    deviceId: device.deviceId,
    deviceName,
    member: device.member.label,
    slots: accountSlots(account).map(slotView),
  };
}

export async function changeSlots(account: Account, change: () => Promise<void>): Promise<AccountView> {
  await account.exclusive(change);
  return accountView(account);
}

export { addPasskeySlot, changeAccountPassphrase, removeAccountSlot };
