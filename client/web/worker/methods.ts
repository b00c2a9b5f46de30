import { originOf } from '../../core/receive/origin.js';
import { type DeskApi } from '../desk/api.js';
import { type InstanceApi } from '../desk/picture.js';
import { type Method, Moved, serve } from '../desk/rpc.js';
import { WebError } from '../ports/error.js';
import { instanceMethods, instanceSource } from './instance-source.js';
import { codeOf } from './codes.js';
import { accountView } from './account-view.js';
import { type Door } from './door.js';
import { tellMailbox } from './office.js';
import type { LaterMethods } from './later-methods.js';
import { letterOf, letterView } from './rows.js';
import { ownRelay } from './session.js';

/** The worker's side of `DeskApi`: each method a few lines over what does the work. */
export function createMethods(door: Door): Omit<DeskApi, keyof LaterMethods> {
  return {
    standing: () => door.standing(),
    lookupInvitation: async ({ token }) => {
      const { address, practiceName, expiresAt } = await (await ownRelay()).lookupInvitation(token.split('.')[0] ?? '');
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
    account: () => Promise.resolve(accountView(door.office().session.account)),
    ...readingMethods(door),
  };
}

/** Each waits for the script that it is in. @throws WebError `not-here` for a name that nobody has */
export function laterMethod(door: Door): (name: string) => Method {
  let made: Promise<LaterMethods> | null = null;
  const load = () => (made ??= import('./later-methods.js').then(({ laterMethods }) => laterMethods(door)));
  return (name) => async (input, call) => {
    const all = await load();
    if (!Object.hasOwn(all, name)) throw new WebError('not-here', 'no such method');
    return (all[name as keyof LaterMethods] as Method)(input, call);
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
      const origin = await originOf(session.desk, letter.stored.header.payloads);
      return letterView(session.account, letter, key, arrivals, { here: arrivals.hereOf(letter), origin });
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
