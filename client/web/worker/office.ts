import { type Account, openAccount } from '../../core/account/account.js';
import { enrol } from '../../core/account/enrol.js';
import {
  type AccountSlot,
  accountSlots,
  addPasskeySlot,
  changeAccountPassphrase,
  lockedSlots,
  removeAccountSlot,
} from '../../core/account/slots.js';
import { joinMailbox } from '../../core/devices/join.js';
import { recoverMailbox } from '../../core/devices/recover.js';
import { parseCarriedSecret } from '../../core/devices/rendezvous.js';
import { announceDevice } from '../../core/devices/roster.js';
import { watchOwnMailbox } from '../../core/directory/own-watch.js';
import { CoreError } from '../../core/error.js';
import { parseAddress } from '../../core/ids.js';
import { receivedLetters } from '../../core/receive/inbox.js';
import { platformRetry } from '../../core/relay/retry.js';
import { syncInbox } from '../../core/receive/sync.js';
import { type AccountStore } from '../../core/ports.js';
import { type EnrolInput, type JoinInput, type RecoverInput } from '../desk/api.js';
import { type Call } from '../desk/rpc.js';
import { type AccountView, type DeskEvent, type SlotView, type Standing } from '../desk/view.js';
import { accountDatabase } from '../ports/account-database.js';
import { takeAccountLock } from '../ports/account-lock.js';
import { type WebDatabase, deleteDatabase, openDatabase } from '../ports/database.js';
import { WebError } from '../ports/error.js';
import { removeAllContainers } from '../ports/sealed-container.js';
import { alarmView } from './alarm-view.js';
import { type Arrivals, createArrivals } from './arrivals.js';
import { codeOf } from './codes.js';
import { mailboxRows } from './rows.js';
import { type Collections, createCollections } from './collecting.js';
import { type Sendings, createSendings } from './sending.js';
import { type Session, openSession, ownRelay, relayOf } from './session.js';

/** An unlocked account with everything that works on it. */
export interface Office {
  readonly session: Session;
  readonly arrivals: Arrivals;
  readonly collections: Collections;
  readonly sendings: Sendings;
}

/** Where the worker stands: nothing opened yet, or an office at work. It is locked by ending the worker. */
export interface Door {
  standing(): Promise<Standing>;
  enrol(input: EnrolInput): Promise<{ readonly account: AccountView; readonly recoveryWords: readonly string[] }>;
  /** A further device of a mailbox, or one that begins it anew: both from a secret that a person has carried here. */
  join(input: JoinInput, call: Call): Promise<AccountView>;
  recover(input: RecoverInput): ReturnType<Door['enrol']>;
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
    join: (input, call) => joinIn(hall, input, call),
    recover: (input) => recoverIn(hall, input),
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

/** A link leads to the relay that served this page, or nowhere (attack A25). */
function carriedTo(purpose: 'pair' | 'recover', secret: string) {
  const { origin } = self.location;
  const carried = parseCarriedSecret(secret, { purpose, origin });
  if (carried.origin !== origin) throw new CoreError('pairing-unknown', 'a link of another relay');
  return carried;
}

async function joinIn(hall: Hall, input: JoinInput, { signal, report }: Call): Promise<AccountView> {
  const { database, store } = await open(hall);
  const { passphrase, deviceName, member: memberLabel } = input;
  const account = await joinMailbox({
    ...carriedTo('pair', input.secret),
    relay: ownRelay(),
    connect: relayOf,
    store,
    passphrase,
    deviceName,
    memberLabel,
    waiting: { pause: platformRetry(0).sleep, now: () => Date.now(), signal },
    onCheck: (check) => report({ check }),
  });
  const office = await begin(hall, account, database);
  await syncOnce(office);
  // The device is in; that the others learn its name late harms nobody.
  await announceDevice(office.session.desk).catch(ignoreRefused);
  work(office);
  return accountView(account);
}

function ignoreRefused(error: unknown): void {
  if (!(error instanceof CoreError)) throw error;
}

async function recoverIn(hall: Hall, input: RecoverInput): ReturnType<Door['enrol']> {
  const { database, store } = await open(hall);
  const { passphrase, deviceName, member: memberLabel } = input;
  const recovered = await recoverMailbox({
    ...carriedTo('recover', input.secret),
    relay: ownRelay(),
    store,
    passphrase,
    address: parseAddress(input.address),
    deviceName,
    memberLabel,
    nowMs: Date.now(),
  });
  hall.forgetWords = () => recovered.forgetWords();
  await begin(hall, recovered.account, database);
  return { account: accountView(recovered.account), recoveryWords: recovered.recoveryWords };
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
  const collections = createCollections(session);
  const sendings = createSendings(session, collections);
  hall.office = { session, arrivals: createArrivals(session), collections, sendings };
  return hall.office;
}

/** Rounds until the worker ends: at each hint, and now and then without one. */
function work(at: Office): void {
  tellMailbox(at);
  void at.sendings.takeUp();
  const round = async (): Promise<never> => {
    for (;;) {
      await syncOnce(at);
      await at.session.hints.next(ROUND_MS);
    }
  };
  void round();
}

async function syncOnce({ session, arrivals, sendings }: Office): Promise<void> {
  const { account, desk } = session;
  const before = new Set(receivedLetters(account).map(({ key }) => key));
  try {
    const count = await syncInbox(desk);
    await watchOwnMailbox(desk);
    session.tell({ kind: 'line', line: { kind: 'online' } });
    if (count > 0) tellMailbox({ session, arrivals });
    tellNews(session, before);
    arrivals.schedule();
    sendings.goOn();
  } catch (error) {
    session.tell({ kind: 'line', line: { kind: 'offline', code: codeOf(error) } });
  }
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
