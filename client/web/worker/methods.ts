import { type DeskApi } from '../desk/api.js';
import { Moved, serve } from '../desk/rpc.js';
import { type DeviceView, type DirectoryRow } from '../desk/view.js';
import { type InstanceApi } from '../desk/picture.js';
import { WebError } from '../ports/error.js';
import { instanceMethods, instanceSource } from './instance-source.js';
import { codeOf } from './codes.js';
import {
  type Door,
  accountView,
  addPasskeySlot,
  changeAccountPassphrase,
  changeSlots,
  removeAccountSlot,
  tellMailbox,
} from './office.js';
import { letterOf, letterView } from './rows.js';
import { ownRelay } from './session.js';

/** The worker's side of `DeskApi`: each method a few lines over what does the work. */
export function createMethods(door: Door): DeskApi {
  return {
    standing: () => door.standing(),
    lookupInvitation: async ({ token }) => {
      const { address, practiceName, expiresAt } = await ownRelay().lookupInvitation(token.split('.')[0] ?? '');
      return { address, practiceName, expiresMs: expiresAt };
    },
    enrol: (input) => door.enrol(input),
    wordsKept: async () => (await door.wordsKept(), null),
    unlock: ({ passphrase }) => door.unlock(passphrase),
    unlockWithPasskey: ({ credentialId, secret }) => door.unlock({ kind: 'prf', credentialId, secret }),
    erase: async () => (await door.erase(), null),
    sync: async () => (await door.sync(), null),
    ...accountMethods(door),
    ...readingMethods(door),
    ...sendingMethods(door),
  };
}

type AccountMethods = 'account' | 'addPasskey' | 'removeSlot' | 'changePassphrase' | 'devices' | 'searchDirectory';

function accountMethods(door: Door): Pick<DeskApi, AccountMethods> {
  const account = () => door.office().session.account;
  return {
    account: () => Promise.resolve(accountView(account())),
    addPasskey: (slot) => changeSlots(account(), () => addPasskeySlot(account(), slot)),
    removeSlot: ({ slotId }) => changeSlots(account(), () => removeAccountSlot(account(), slotId)),
    changePassphrase: ({ passphrase, next }) =>
      changeSlots(account(), () => changeAccountPassphrase(account(), passphrase, next)),
    devices: async (): Promise<DeviceView[]> => {
      const { mailboxId, device } = account().content;
      const { state } = await door.office().session.desk.directory.refresh(mailboxId);
      return [...state.devices.values()].map(({ deviceId, revokedSeq }) => ({
        deviceId,
        isThis: deviceId === device.deviceId,
        isRevoked: revokedSeq !== null,
      }));
    },
    searchDirectory: async ({ query }): Promise<DirectoryRow[]> => {
      const { entries } = await door.office().session.desk.relay.searchDirectory(query, null);
      const { pinnedAddresses } = account().state;
      return entries.map(({ address, practiceName }) => ({
        address,
        practiceName,
        isKnown: pinnedAddresses.has(address),
      }));
    },
  };
}

/** No file to look at is larger: the page holds it in memory. */
const MAX_DOCUMENT_BYTES = 512 * 1024 * 1024;

function readingMethods(door: Door): Pick<DeskApi, 'openLetter' | 'document' | 'pictures'> {
  const find = (key: string) => {
    const letter = letterOf(door.office().session.account, key);
    if (letter === null) throw new WebError('not-here', 'no such message');
    return letter;
  };
  return {
    openLetter: async ({ key }) => {
      const { arrivals, session } = door.office();
      const letter = find(key);
      await arrivals.look(letter);
      tellMailbox({ session, arrivals });
      return letterView(session.account, letter, key, arrivals, arrivals.hereOf(letter));
    },
    document: async ({ key, fileId }) => {
      const source = instanceSource(door.office().arrivals.storeOf(find(key), fileId), fileId);
      if (source.size > MAX_DOCUMENT_BYTES) throw new WebError('storage-full', 'too large to look at');
      const bytes = new Uint8Array(await source.read(0, source.size));
      return new Moved(bytes, [bytes.buffer]);
    },
    pictures: ({ key, port }) => {
      const letter = find(key);
      const storeOf = (fileId: string) => door.office().arrivals.storeOf(letter, fileId);
      serve<InstanceApi>(port, instanceMethods(storeOf), codeOf);
      port.start();
      return Promise.resolve(null);
    },
  };
}

type SendingMethods = 'collect' | 'dropCollection' | 'send' | 'stopSending' | 'resumeSending' | 'handlesOf';

function sendingMethods(door: Door): Pick<DeskApi, SendingMethods> {
  const sendings = () => door.office().sendings();
  return {
    collect: async ({ chosen }, { signal, report }) => (await sendings()).collect(chosen, signal, report),
    dropCollection: async ({ id }) => ((await sendings()).drop(id), null),
    send: async (input) => ({ messageId: await (await sendings()).send(input) }),
    stopSending: async ({ messageId }) => ((await sendings()).stop(messageId), null),
    resumeSending: async ({ messageId, chosen }) => (await (await sendings()).resume(messageId, chosen), null),
    handlesOf: async ({ messageId }) => (await sendings()).handlesOf(messageId),
  };
}
