import { join } from 'node:path';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { createAccount, openAccount, type Account } from '../../../../client/core/account/account.js';
import { type AccountContent } from '../../../../client/core/account/content.js';
import { createDeviceSecrets, randomSecret } from '../../../../crypto/seal/device-keys.js';
import { ready } from '../../../../crypto/seal/suite.js';
import { parseAddress, parseMailboxId, parseMessageId } from '../../../../crypto/wire/ids.js';
import { loadOutgoing } from '../../../../client/core/send/outbox.js';
import { openRecordFile } from '../../../../client/node/record-file.js';
import { type AccountStore } from '../../../../client/core/ports.js';
import { withFolder } from '../../../support/folder.js';

const PASSPHRASE = 'eine lange Passphrase';
const CHEAP = { opsLimit: 2, memBytes: 64 * 1024 * 1024 };

/** A store in a folder, without lock and without a thread of its own. */
function storeIn(folder: string): AccountStore {
  const path = join(folder, 'keystore');
  return {
    keystore: {
      load: () => readFile(path).catch(() => null),
      save: (bytes) => writeFile(path, bytes),
      remove: () => Promise.resolve(),
    },
    log: (name) => openRecordFile(join(folder, `${name}.log`)),
    removeLog: () => Promise.resolve(),
    listLogs: () => Promise.resolve([]),
  };
}

/** Whoever opens a log closes it, also when what stands in it is refused: a handle that nobody closes is one less for the next. */
function countingLogs(store: AccountStore): { readonly store: AccountStore; readonly openLogs: () => number } {
  let open = 0;
  const log: AccountStore['log'] = async (name) => {
    const opened = await store.log(name);
    open++;
    return {
      ...opened,
      close: async () => {
        open--;
        await opened.close();
      },
    };
  };
  return { store: { ...store, log }, openLogs: () => open };
}

async function content(): Promise<AccountContent> {
  await ready();
  return {
    mailboxId: parseMailboxId('ab'.repeat(32)),
    address: parseAddress('praxis@test.example'),
    origin: 'http://127.0.0.1:8080',
    deviceName: 'Test',
    device: createDeviceSecrets('Dr. Test'),
    identitySeed: randomSecret(),
    epochs: [],
  };
}

async function codeOf(action: Promise<unknown>): Promise<unknown> {
  try {
    await action;
    return 'nothing thrown';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

const lock = (account: Account): Promise<void> => Promise.resolve(account[Symbol.asyncDispose]());

describe('an account', function () {
  this.timeout(60_000);

  it('remembers keys and events across locking, in one order', () =>
    withFolder(async (folder) => {
      const made = await content();
      const account = await createAccount(storeIn(folder), PASSPHRASE, made, CHEAP);
      await account.record({ kind: 'cursor', seq: 3 }, { kind: 'cursor', seq: 7 });
      await lock(account);
      const again = await openAccount(storeIn(folder), PASSPHRASE);
      expect(again.state.cursor).to.equal(7);
      expect(again.content.address).to.equal(made.address);
      expect([...again.content.device.sigSeed]).to.deep.equal([...made.device.sigSeed]);
      await lock(again);
    }));

  it('is not opened by another passphrase, and not made twice', () =>
    withFolder(async (folder) => {
      const made = await content();
      await lock(await createAccount(storeIn(folder), PASSPHRASE, made, CHEAP));
      expect(await codeOf(openAccount(storeIn(folder), 'another one'))).to.equal('passphrase-wrong');
      expect(await codeOf(createAccount(storeIn(folder), PASSPHRASE, made, CHEAP))).to.equal('account-exists');
      expect(await codeOf(openAccount(storeIn(join(folder, 'nowhere')), PASSPHRASE))).to.equal('account-missing');
    }));

  it('notices an older keystore that was put back', () =>
    withFolder(async (folder) => {
      const account = await createAccount(storeIn(folder), PASSPHRASE, await content(), CHEAP);
      await cp(join(folder, 'keystore'), join(folder, 'old'));
      await account.saveContent({ ...account.content, deviceName: 'Renamed' });
      await lock(account);
      const renamed = await openAccount(storeIn(folder), PASSPHRASE);
      expect(renamed.content.deviceName).to.equal('Renamed');
      await lock(renamed);
      await cp(join(folder, 'old'), join(folder, 'keystore'));
      expect(await codeOf(openAccount(storeIn(folder), PASSPHRASE))).to.equal('keystore-version');
    }));

  it('refuses a journal whose records were exchanged, altered, or come from another account', () =>
    withFolder(async (folder) => {
      const account = await createAccount(storeIn(folder), PASSPHRASE, await content(), CHEAP);
      for (const seq of [1, 2, 3]) await account.record({ kind: 'cursor', seq });
      await lock(account);
      const path = join(folder, 'state.log');
      const log = await openRecordFile(path);
      const records: Uint8Array[] = [];
      for await (const record of log.read()) records.push(record);
      await log.close();
      const rewrite = async (changed: readonly (Uint8Array | undefined)[]): Promise<unknown> => {
        await writeFile(path, '');
        const fresh = await openRecordFile(path);
        for (const record of changed) if (record !== undefined) await fresh.append(record);
        await fresh.close();
        const { store, openLogs } = countingLogs(storeIn(folder));
        const code = await codeOf(openAccount(store, PASSPHRASE).then(lock));
        expect(openLogs(), 'logs left open').to.equal(0);
        return code;
      };
      const altered = Uint8Array.from(records[1] ?? []);
      altered[30] = (altered[30] ?? 0) ^ 1;
      expect(await rewrite([records[1], records[0], records[2]])).to.equal('journal-damaged');
      expect(await rewrite([records[0], altered, records[2]])).to.equal('journal-damaged');
      expect(await rewrite([records[0], records[2]])).to.equal('journal-damaged');
      expect(await rewrite(records)).to.equal('nothing thrown');
    }));

  it('leaves no log open that holds no message', () =>
    withFolder(async (folder) => {
      const { store, openLogs } = countingLogs(storeIn(folder));
      const account = await createAccount(store, PASSPHRASE, await content(), CHEAP);
      expect(await codeOf(loadOutgoing(account, parseMessageId('cd'.repeat(16))))).to.equal('message-unknown');
      expect(openLogs(), 'the journal alone').to.equal(1);
      await lock(account);
      expect(openLogs()).to.equal(0);
    }));

  it('does not write what it could not read again', () =>
    withFolder(async (folder) => {
      const account = await createAccount(storeIn(folder), PASSPHRASE, await content(), CHEAP);
      const name = 'x'.repeat(101);
      expect(await codeOf(account.saveContent({ ...account.content, deviceName: name }))).to.equal('shape');
      expect(account.content.deviceName).to.equal('Test');
      await lock(account);
    }));
});
