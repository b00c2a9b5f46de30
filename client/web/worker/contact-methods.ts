import { acceptAddressChange, findAddressChange } from '../../core/contacts/address-change.js';
import {
  findContact,
  listContacts,
  safetyNumberWith,
  unverifyContact,
  verifyContact,
} from '../../core/contacts/contacts.js';
import { entryName, practiceName } from '../../core/directory/practice-name.js';
import { CoreError } from '../../core/error.js';
import { type Address, type MailboxId, parseAddress } from '../../core/ids.js';
import { addressOf, sentLetters } from '../../core/receive/inbox.js';
import { type DeskApi, type FoundRows } from '../desk/api.js';
import { type ContactView, type DirectoryRow, type MarkView, type SafetyView } from '../desk/view.js';
import { type Favourites, openFavourites } from './favourites.js';
import { markView } from './mark-view.js';
import { type Door, type Office } from './door.js';

type ContactMethods =
  | 'searchDirectory'
  | 'suggestions'
  | 'setFavourite'
  | 'contacts'
  | 'permit'
  | 'setContactPolicy'
  | 'safety'
  | 'verifyContact'
  | 'unverifyContact';

/** Whom this mailbox writes with: looking for them, permitting them, making sure of them. */
export function contactMethods(door: Door): Pick<DeskApi, ContactMethods> {
  const office = (): Office => door.office();
  let opened: Promise<Favourites> | null = null;
  const favourites = () => (opened ??= openFavourites(office().session.account));
  return {
    searchDirectory: async ({ query }) => search(office(), await favourites(), query),
    suggestions: async () => suggestions(office(), await favourites()),
    setFavourite: async ({ address, isFavourite }) => {
      await (await favourites()).set(address, isFavourite);
      return null;
    },
    contacts: () => contacts(office()),
    permit: async ({ mailboxId, permission }) => {
      await office().session.desk.relay.setContact(mailboxId as MailboxId, permission);
      await door.sync();
      return null;
    },
    setContactPolicy: async ({ policy }) => {
      await office().session.desk.relay.setContactPolicy(policy);
      return null;
    },
    safety: ({ address }) => safety(office(), parseAddress(address)),
    verifyContact: async ({ address, number }) => {
      await makeSure(office(), parseAddress(address), number);
      await door.sync();
      return safety(office(), parseAddress(address));
    },
    unverifyContact: async ({ address }) => {
      const { desk } = office().session;
      await unverifyContact(desk, await findContact(desk, parseAddress(address)));
      await door.sync();
      return safety(office(), parseAddress(address));
    },
  };
}

async function search({ session }: Office, favourites: Favourites, query: string): Promise<FoundRows> {
  const { account, relay, clock } = session.desk;
  const { entries, next } = await relay.searchDirectory(query, null);
  const rows = entries.map((entry) => {
    const { name, isVerified } = entryName(account, entry, clock.now());
    session.namesSeen.set(entry.address, name);
    return rowOf(account, favourites, entry.address, { name, isVerified });
  });
  return { rows, isMore: next !== null };
}

type Account = Office['session']['account'];

function rowOf(
  { state }: Account,
  favourites: Favourites,
  address: string,
  { name, isVerified }: { readonly name: string; readonly isVerified: boolean },
): DirectoryRow {
  const pinned = state.pinnedAddresses.get(address as Address);
  return {
    address,
    practiceName: name,
    isNameVerified: isVerified,
    isKnown: pinned !== undefined,
    isInPerson: pinned !== undefined && state.own.verifiedContacts.has(pinned),
    isFavourite: favourites.has(address),
  };
}

const MOST_SUGGESTIONS = 12;

/** Favourites first, then whom was written to last. Nothing is asked of the relay. */
function suggestions({ session }: Office, favourites: Favourites): DirectoryRow[] {
  const { account } = session;
  const recent = sentLetters(account)
    .toReversed()
    .flatMap(({ stored }) => stored.header.recipients)
    .filter(({ mailboxId }) => mailboxId !== account.content.mailboxId)
    .flatMap(({ mailboxId }) => addressOf(account, mailboxId) ?? []);
  return [...new Set([...favourites.list(), ...recent])].slice(0, MOST_SUGGESTIONS).map((address) => {
    const name = nameOf(session, address);
    return rowOf(account, favourites, address, name ?? { name: '', isVerified: false });
  });
}

/** What registrars call whoever stands behind an address; null when this device has not met him or nobody vouches. */
export function nameOf({ account, desk }: Office['session'], address: string) {
  const mailboxId = account.state.pinnedAddresses.get(address as Address);
  return mailboxId === undefined ? null : practiceName(account, mailboxId, desk.clock.now());
}

async function contacts({ session }: Office) {
  const { account, desk } = session;
  const { policy, contacts: decided } = await listContacts(desk);
  const permissions = new Map(decided.map(({ mailboxId, permission }) => [mailboxId, permission]));
  const met = [...account.state.pins.keys()].filter((mailboxId) => mailboxId !== account.content.mailboxId);
  return {
    policy,
    contacts: [...new Set([...met, ...permissions.keys()])].map((mailboxId): ContactView => {
      const name = practiceName(account, mailboxId, desk.clock.now());
      return {
        mailboxId,
        address: addressOf(account, mailboxId),
        practiceName: name?.name ?? null,
        isNameVerified: name?.isVerified ?? false,
        permission: permissions.get(mailboxId) ?? null,
        inPerson: inPersonOf(account, mailboxId),
        isFormer: account.state.formerMailboxes.has(mailboxId),
      };
    }),
  };
}

function inPersonOf(account: Account, mailboxId: MailboxId): MarkView | null {
  const mark = account.state.own.verifiedContacts.get(mailboxId);
  return mark === undefined ? null : markView(account, mark);
}

/** Where another mailbox stands behind the address than before, it is the new one's number, beside the former one's. */
async function safety({ session }: Office, address: Address): Promise<SafetyView> {
  const { account, desk } = session;
  const change = await changeOf(session, address);
  const mailboxId = change?.now ?? (await findContact(desk, address));
  return {
    address,
    text: safetyNumberWith(account, mailboxId).text,
    inPerson: inPersonOf(account, mailboxId),
    change: change === null ? null : { formerText: safetyNumberWith(account, change.before).text },
  };
}

async function changeOf({ desk }: Office['session'], address: Address) {
  try {
    return await findAddressChange(desk, address);
  } catch (error) {
    if (error instanceof CoreError && error.code === 'address-unchanged') return null;
    throw error;
  }
}

/** A person has heard the number: for a contact as it is, or for the one that has taken its address. */
async function makeSure({ session }: Office, address: Address, number: string): Promise<void> {
  const { desk } = session;
  const change = await changeOf(session, address);
  if (change !== null) await acceptAddressChange(desk, change, number);
  await verifyContact(desk, await findContact(desk, address), number);
}
