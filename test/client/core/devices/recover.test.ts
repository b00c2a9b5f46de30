import { expect } from 'chai';
import { toHex } from '../../../../crypto/wire/bytes.js';
import { isDeviceValid } from '../../../../crypto/wire/chain.js';
import { recoverMailbox } from '../../../../client/core/devices/recover.js';
import { parseCarriedSecret } from '../../../../client/core/devices/rendezvous.js';
import { createVerifierKey, encodeVerifierKey } from '../../../../crypto/log/verifier-key.js';
import { CoreError } from '../../../../client/core/error.js';
import { type Address } from '../../../../client/core/ids.js';
import { type Transport } from '../../../../client/core/ports.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import {
  CHEAP,
  type DeskMaker,
  type MemoryStore,
  PASSPHRASE,
  type TestDesk,
  deskMaker,
  memoryStore,
  sendText,
  subjectsOf,
} from '../../../support/device-desk.js';
import { type TestRelay, startTestRelay } from '../../../support/relay.js';

const [kind] = databases();

describe('recovery of a mailbox', function () {
  this.timeout(120_000);
  let t: TestRelay;
  let make: DeskMaker;
  let nord: TestDesk;
  let sued: Awaited<ReturnType<DeskMaker['practice']>>;
  let meddle: ((inner: Transport) => Transport) | null = null;

  before(async () => {
    if (kind === undefined) throw new Error('no database');
    t = await startTestRelay(kind);
    make = deskMaker(t, t.relay.origin, (inner) => (request) => (meddle === null ? inner : meddle(inner))(request));
    nord = await make.practice('befund@radiologie-nord.example');
  });
  after(async () => {
    make.close();
    await t.close();
  });
  let count = 0;
  beforeEach(async () => {
    sued = await make.practice(`praxis-${++count}@hausarzt-sued.example`);
  });
  afterEach(() => {
    meddle = null;
  });

  function recover(
    words: readonly string[] | string,
    store: MemoryStore,
    address: Address = sued.account.content.address,
  ) {
    const text = typeof words === 'string' ? words : words.join(' ');
    return recoverMailbox({
      ...parseCarriedSecret(text, { purpose: 'recover', origin: t.relay.origin }),
      relay: make.open,
      store,
      passphrase: PASSPHRASE,
      address,
      deviceName: 'Neu',
      memberLabel: 'Dr. A. Meier',
      nowMs: Date.now(),
      kdf: CHEAP,
    });
  }

  it('reads what the relay still holds, goes on, and ends every device of before', async () => {
    await sendText(nord, sued, 'unread');
    const second = await make.pair(sued, { isAdmin: true });
    await sendText(nord, sued, 'after the second');
    const store = memoryStore();
    const { account, recoveryWords, recoveryLink, epochs, forgetWords } = await recover(sued.recoveryWords, store);
    const desk = make.connect(account, store);
    expect(await subjectsOf(desk)).to.deep.equal(['unread', 'after the second']);
    expect(epochs).to.equal(2);
    expect(recoveryWords).to.have.length(24);
    expect(recoveryWords).not.to.deep.equal(sued.recoveryWords);
    await forgetWords();
    expect(await store.listLogs()).to.deep.equal(['state']);
    for (const old of [sued, second]) {
      expect(await codeOf(() => syncInbox(old))).to.match(/^(session-required|challenge-refused|forbidden)$/);
    }
    const { state } = await desk.directory.refresh(account.content.mailboxId);
    expect([...state.devices.keys()].map((id) => isDeviceValid(state, id))).to.deep.equal([false, false, true]);
    await sendText(nord, desk, 'after');
    expect((await subjectsOf(desk)).at(-1)).to.equal('after');
    // The device that was recovered administrates, and the new kit works as the old one did.
    await make.pair(desk, {});
    expect(await codeOf(() => recover(sued.recoveryWords, memoryStore()))).to.equal('recovery-refused');
    const again = await recover(recoveryLink, memoryStore());
    expect(again.account.content.mailboxId).to.equal(account.content.mailboxId);
  });

  it('believes the witnesses that the kit means, by words or link, and no others that the relay names', async () => {
    const kit = [...sued.recoveryWords, ...sued.witnessWords];
    meddle = (inner) => async (request) => {
      const answer = await inner(request);
      if (!request.url.endsWith('/log/policy')) return answer;
      const key = createVerifierKey('witness', 'evil.example/w', new Uint8Array(32).fill(7));
      const stranger = `witness evil ${encodeVerifierKey(key)}
`;
      const text = new TextDecoder().decode(answer.bytes).replace('quorum', `${stranger}quorum`);
      return { ...answer, bytes: new TextEncoder().encode(text) };
    };
    const store = memoryStore();
    expect(await codeOf(() => recover(kit, store))).to.equal('policy-changed');
    expect(store.isEmpty()).to.equal(true);
    meddle = null;
    const other = await make.practice(`anderes-${count}@hausarzt-sued.example`);
    const mixed = [...sued.recoveryWords, ...other.witnessWords];
    expect(await codeOf(() => recover(mixed, store))).to.equal('policy-changed');
    expect(store.isEmpty()).to.equal(true);

    const { account, witnessWords, recoveryLink } = await recover(kit.join('  ').toUpperCase(), store);
    expect(account.content.policy).to.equal(sued.account.content.policy);
    expect(witnessWords).to.have.length(4);
    expect(witnessWords).not.to.deep.equal(sued.witnessWords);
    const again = await recover(recoveryLink, memoryStore());
    expect(again.account.content.policy).to.equal(sued.account.content.policy);
  });

  it('from a kit of before, without witness words, works, and counts nothing as witnessed', async () => {
    const { account, witnessWords, recoveryLink } = await recover(sued.recoveryWords, memoryStore());
    expect(account.content.policy).to.equal(undefined);
    expect(witnessWords).to.deep.equal([]);
    expect((await recover(recoveryLink, memoryStore())).account.content.policy).to.equal(undefined);
  });

  it('other words, or the words of another mailbox, are refused and leave nothing', async () => {
    const store = memoryStore();
    const other = await make.practice('fremd@klinik-west.example');
    expect(await codeOf(() => recover(other.recoveryWords, store))).to.equal('recovery-refused');
    const nowhere = 'nobody@klinik-west.example' as Address;
    expect(await codeOf(() => recover(sued.recoveryWords, store, nowhere))).to.equal('recovery-refused');
    expect(store.isEmpty()).to.equal(true);
    await syncInbox(sued);
  });

  it('whose answer was lost goes on with the same statements and shows the same words', async () => {
    const store = memoryStore();
    meddle = (inner) => async (request) => {
      const answer = await inner(request);
      if (request.url.endsWith('/api/recoveries')) throw new CoreError('relay-interrupted', 'cut');
      return answer;
    };
    expect(await codeOf(() => recover(sued.recoveryWords, store))).to.equal('relay-interrupted');
    meddle = null;
    const { account } = await recover(sued.recoveryWords, store);
    const { state } = await make.connect(account, store).directory.refresh(account.content.mailboxId);
    expect(state.foundedSeq).to.equal(4);
    expect(state.seq).to.equal(5);
  });

  it('begins again when somebody writes into the chain at the same moment', async () => {
    const store = memoryStore();
    let isFirst = true;
    meddle = (inner) => async (request) => {
      if (request.url.endsWith('/api/recoveries') && isFirst) {
        isFirst = false;
        await make.pair(sued, { name: 'Dieb', isAdmin: true });
      }
      return inner(request);
    };
    const { account } = await recover(sued.recoveryWords, store);
    const { state } = await make.connect(account, store).directory.refresh(account.content.mailboxId);
    const valid = [...state.devices.keys()].filter((id) => isDeviceValid(state, id));
    expect(valid).to.deep.equal([account.content.device.deviceId]);
    expect(state.devices.size).to.equal(3);
  });

  it('is not led to a mailbox that only looks the same: the chain must end with the recovery key of these words', async () => {
    const twin = await make.practice('zwilling@hausarzt-sued.example');
    const chain = await twin.relay.statements(twin.account.content.mailboxId, 0);
    meddle = (inner) => async (request) => {
      if (!request.url.endsWith('/api/recoveries/lookup')) return inner(request);
      const statements = chain.map((bytes) => Buffer.from(bytes).toString('base64url'));
      const json = { mailboxId: twin.account.content.mailboxId, statements, last: statements.length };
      return { status: 200, bytes: new Uint8Array(Buffer.from(JSON.stringify(json))) };
    };
    expect(await codeOf(() => recover(sued.recoveryWords, memoryStore()))).to.equal('recovery-refused');
    meddle = null;
    await syncInbox(twin);
  });

  it('takes no keystore that holds an account', async () => {
    expect(await codeOf(() => recover(sued.recoveryWords, sued.store))).to.equal('account-exists');
    expect(toHex(sued.account.key.publicKey)).to.have.length(2 * 1984);
    await syncInbox(sued);
  });
});
