import { type DeskApi } from '../desk/api.js';
import { Moved } from '../desk/rpc.js';
import { decodeFrame } from '../image/frame.js';
import { WebError } from '../ports/error.js';
import { instanceSource } from './instance-source.js';
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
import { contactMethods } from './contact-methods.js';
import { deviceMethods } from './device-methods.js';
import { mailboxMethods } from './mailbox-methods.js';
import { sendingMethods } from './sending-methods.js';
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
    join: (input, call) => door.join(input, call),
    recover: (input) => door.recover(input),
    wordsKept: async () => (await door.wordsKept(), null),
    unlock: ({ passphrase }) => door.unlock(passphrase),
    unlockWithPasskey: ({ credentialId, secret }) => door.unlock({ kind: 'prf', credentialId, secret }),
    erase: async () => (await door.erase(), null),
    sync: async () => (await door.sync(), null),
    ...accountMethods(door),
    ...contactMethods(door),
    ...deviceMethods(door),
    ...mailboxMethods(door),
    ...readingMethods(door),
    ...sendingMethods(door),
  };
}

type AccountMethods = 'account' | 'addPasskey' | 'removeSlot' | 'changePassphrase';

function accountMethods(door: Door): Pick<DeskApi, AccountMethods> {
  const account = () => door.office().session.account;
  return {
    account: () => Promise.resolve(accountView(account())),
    addPasskey: (slot) => changeSlots(account(), () => addPasskeySlot(account(), slot)),
    removeSlot: ({ slotId }) => changeSlots(account(), () => removeAccountSlot(account(), slotId)),
    changePassphrase: ({ passphrase, next }) =>
      changeSlots(account(), () => changeAccountPassphrase(account(), passphrase, next)),
  };
}

/** No file to look at is larger: the page holds it in memory. */
const MAX_DOCUMENT_BYTES = 512 * 1024 * 1024;

function readingMethods(door: Door): Pick<DeskApi, 'openLetter' | 'document' | 'frame'> {
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
    frame: async ({ key, fileId, frame }) => {
      const source = instanceSource(door.office().arrivals.storeOf(find(key), fileId), fileId);
      const view = await decodeFrame(source, frame);
      const buffer = view.kind === 'gray' ? view.values.buffer : view.rgba.buffer;
      return new Moved(view, [buffer]);
    },
  };
}
