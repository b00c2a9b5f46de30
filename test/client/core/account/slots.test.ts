import { expect } from 'chai';
import { type Account, createAccount, openAccount } from '../../../../client/core/account/account.js';
import { confirmPassphrase } from '../../../../client/core/account/confirm-passphrase.js';
import {
  createBlockSealer,
  BLOCK_PLAIN_BYTES,
  BLOCK_SEALED_BYTES,
} from '../../../../client/core/account/sealed-blocks.js';
import {
  accountSlots,
  addPasskeySlot,
  changeAccountPassphrase,
  lockedSlots,
  removeAccountSlot,
} from '../../../../client/core/account/slots.js';
import { type AccountStore, type RecordLog } from '../../../../client/core/ports.js';
import { createDeviceSecrets, randomSecret } from '../../../../crypto/seal/device-keys.js';
import { ready } from '../../../../crypto/seal/suite.js';
import { parseAddress, parseMailboxId } from '../../../../crypto/wire/ids.js';

const PASSPHRASE = 'eine lange Passphrase';
const CHEAP = { opsLimit: 2, memBytes: 64 * 1024 * 1024 };
const PASSKEY = {
  credentialId: new Uint8Array([1, 2, 3]),
  salt: new Uint8Array(32).fill(4),
  secret: new Uint8Array(32).fill(5),
};

function memoryStore(): AccountStore {
  let keystore: Uint8Array | null = null;
  const logs = new Map<string, Uint8Array[]>();
  const logOf = (name: string): RecordLog => {
    const records = logs.get(name) ?? [];
    logs.set(name, records);
    return {
      async *read() {
        for (const record of records) yield await Promise.resolve(record);
      },
      append: (record) => Promise.resolve(void records.push(record)),
      close: () => Promise.resolve(),
    };
  };
  return {
    keystore: {
      load: () => Promise.resolve(keystore),
      save: (bytes) => Promise.resolve(void (keystore = bytes)),
      remove: () => Promise.resolve(),
    },
    log: (name) => Promise.resolve(logOf(name)),
    removeLog: (name) => Promise.resolve(void logs.delete(name)),
    listLogs: () => Promise.resolve([...logs.keys()]),
  };
}

async function create(store: AccountStore): Promise<Account> {
  await ready();
  const content = {
    mailboxId: parseMailboxId('ab'.repeat(32)),
    address: parseAddress('praxis@test.example'),
    origin: 'http://127.0.0.1:8080',
    deviceName: 'Test',
    device: createDeviceSecrets('Dr. Test'),
    identitySeed: randomSecret(),
    epochs: [],
  };
  return createAccount(store, PASSPHRASE, content, CHEAP);
}

async function codeOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => 'nothing thrown',
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe('the ways into an account', function () {
  this.timeout(60_000);

  it('are a passphrase and passkeys beside it; another secret or another passkey is refused', async () => {
    const store = memoryStore();
    expect(await lockedSlots(store)).to.equal(null);
    const account = await create(store);
    await addPasskeySlot(account, PASSKEY);
    expect(await codeOf(addPasskeySlot(account, PASSKEY))).to.equal('slot-taken');
    await account[Symbol.asyncDispose]();

    expect((await lockedSlots(store))?.map(({ kind }) => kind).sort()).to.deep.equal(['passphrase', 'prf']);
    const { credentialId, secret } = PASSKEY;
    const opened = await openAccount(store, { kind: 'prf', credentialId, secret });
    expect(opened.content.deviceName).to.equal('Test');
    await opened[Symbol.asyncDispose]();
    const wrong = { kind: 'prf', credentialId, secret: new Uint8Array(32) } as const;
    expect(await codeOf(openAccount(store, wrong))).to.equal('passphrase-wrong');
    const unknown = { kind: 'prf', credentialId: new Uint8Array([9]), secret } as const;
    expect(await codeOf(openAccount(store, unknown))).to.equal('slot-unknown');
  });

  it('are asked for once more before what cannot be undone: the passphrase in force, and nothing else', async () => {
    await using account = await create(memoryStore());
    await confirmPassphrase(account, PASSPHRASE);
    expect(await codeOf(confirmPassphrase(account, 'falsch'))).to.equal('passphrase-wrong');
    expect(accountSlots(account)).to.have.length(1);
  });

  it('lose a passkey, but never the last passphrase', async () => {
    const store = memoryStore();
    await using account = await create(store);
    await addPasskeySlot(account, PASSKEY);
    const [passphrase, passkey] = accountSlots(account).sort((a) => (a.kind === 'passphrase' ? -1 : 1));
    expect(await codeOf(removeAccountSlot(account, passphrase?.slotId ?? ''))).to.equal('slot-required');
    await removeAccountSlot(account, passkey?.slotId ?? '');
    expect(accountSlots(account)).to.have.length(1);
  });

  it('take a new passphrase only with the old one', async () => {
    const store = memoryStore();
    const account = await create(store);
    expect(await codeOf(changeAccountPassphrase(account, 'falsch', 'ganz neue Worte', CHEAP))).to.equal(
      'passphrase-wrong',
    );
    await changeAccountPassphrase(account, PASSPHRASE, 'ganz neue Worte', CHEAP);
    await account[Symbol.asyncDispose]();
    expect(await codeOf(openAccount(store, PASSPHRASE))).to.equal('passphrase-wrong');
    await (await openAccount(store, 'ganz neue Worte'))[Symbol.asyncDispose]();
  });

  it('let one action at a time through, and a failed one does not block the next', async () => {
    await using account = await create(memoryStore());
    const order: string[] = [];
    const slow = account.exclusive(async () => {
      order.push('first begins');
      await new Promise((resolve) => setImmediate(resolve));
      order.push('first ends');
      throw new Error('failed');
    });
    const next = account.exclusive(() => Promise.resolve(order.push('second')));
    await slow.catch(() => undefined);
    await next;
    expect(order).to.deep.equal(['first begins', 'first ends', 'second']);
  });
});

describe('blocks at rest', function () {
  this.timeout(60_000);

  it('open at their place in their container, and nowhere else', async () => {
    await using account = await create(memoryStore());
    const sealer = await createBlockSealer(account);
    for (const length of [0, 1, BLOCK_PLAIN_BYTES]) {
      const plain = new Uint8Array(length).fill(7);
      const sealed = await sealer.seal('abc', 3, plain);
      expect(sealed.length).to.equal(length + BLOCK_SEALED_BYTES - BLOCK_PLAIN_BYTES);
      expect(await sealer.open('abc', 3, sealed)).to.deep.equal(plain);
      expect(await codeOf(sealer.open('abc', 4, sealed))).to.equal('staging-lost');
      expect(await codeOf(sealer.open('abd', 3, sealed))).to.equal('staging-lost');
      const altered = sealed.slice();
      altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
      expect(await codeOf(sealer.open('abc', 3, altered))).to.equal('staging-lost');
    }
    expect(await codeOf(sealer.seal('abc', 0, new Uint8Array(BLOCK_PLAIN_BYTES + 1)))).to.equal('limits');
  });

  it('never look the same twice, and open with no other account', async () => {
    await using account = await create(memoryStore());
    await using other = await create(memoryStore());
    const [sealer, stranger] = [await createBlockSealer(account), await createBlockSealer(other)];
    const plain = new Uint8Array(100);
    const [first, second] = [await sealer.seal('a', 0, plain), await sealer.seal('a', 0, plain)];
    expect(first).to.not.deep.equal(second);
    expect(await codeOf(stranger.open('a', 0, first))).to.equal('staging-lost');
  });
});
