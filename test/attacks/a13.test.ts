import { assert } from 'chai';
import { receivedLetters } from '../../client/core/receive/inbox.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { type ChainState } from '../../crypto/wire/chain.js';
import { databases } from '../support/database.js';
import { type TestDesk, enrolDesk } from '../support/practice-desk.js';
import { type Actor, type TestRelay, base64Url, startTestRelay } from '../support/relay.js';
import { type Letter } from '../vectors/envelope/writer.js';
import { type Plain, bytesOf, cbor, cborFields, fields, join } from '../vectors/second.js';
import { forgedLetter, postForged } from './forged.js';

/** "Johnny, you are fired": mail clients chose among several, nested and empty signatures, and chose wrongly. */
describe('A13: several, nested or empty signatures, unknown critical fields', function () {
  this.timeout(60_000);
  const DAY_MS = 86_400_000;
  let t: TestRelay;
  let [alice, bob]: [TestDesk, TestDesk] = [] as never;
  let chain: ChainState;

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    t = await startTestRelay(kind);
    alice = await enrolDesk(t, 'alice@nord.example');
    bob = await enrolDesk(t, 'bob@sued.example');
    chain = (await alice.directory.refresh(bob.account.content.mailboxId)).state;
  });
  after(async () => {
    await Promise.all([alice, bob].map((desk) => desk.close()));
    await t.close();
  });

  describe('in a message', () => {
    type Forge = (letter: Letter, signature: Uint8Array) => Partial<Letter>;
    const inner = (change: Readonly<Record<number, Plain>>): Partial<Letter> => ({ innerChange: change });
    const header = (letter: Letter, change: Readonly<Record<number, Plain>>): Partial<Letter> => ({
      headerChange: { ...letter.headerChange, ...change },
    });

    const FORGERIES: Readonly<Record<string, Forge>> = {
      'an empty signature': () => inner({ 3: new Uint8Array(0) }),
      'no signature': () => inner({ 3: null }),
      'two signatures': (_, signature) => inner({ 3: [signature, signature] }),
      'a good and a bad signature': (_, signature) => inner({ 3: [signature, new Uint8Array(3373)] }),
      'a signature in a second field': (_, signature) => inner({ 5: signature }),
      'a signature with bytes after it': (_, signature) => inner({ 3: join(signature, Uint8Array.of(0)) }),
      'a nested message with its signature': (_, signature) =>
        inner({ 1: cborFields({ 1: bytesOf('H'), 3: signature }) }),
      'the header as a map': () => inner({ 1: fields({ 1: 'msg' }) }),
      'the header signed alone': () => ({ signed: (h) => h }),
      'header and part signed twice over': () => ({ signed: (h, p) => cbor([h, p, h, p]) }),
      'a signature for another use': () => ({ label: 'receipt' }),
      'a critical extension nobody knows': (letter) => header(letter, { 11: [7] }),
      'a critical extension by name': (letter) => header(letter, { 11: ['seal-to-all'] }),
      'critical extensions as null': (letter) => header(letter, { 11: null }),
      'a field nobody knows': (letter) => header(letter, { 12: 'From: Alice' }),
      'the reserved original': (letter) => header(letter, { 10: [bytesOf('H'), bytesOf('P'), bytesOf('s')] }),
      'a kind nobody knows': (letter) => ({ bodyChange: { ...letter.bodyChange, 1: 'order' } }),
    };

    it('all of them are in quarantine, one by one, and the good one after them is there', async () => {
      const options = { from: alice, to: chain, expiresMs: Date.now() + 30 * DAY_MS };
      for (const forge of Object.values(FORGERIES)) {
        const letter = await forgedLetter(options);
        const change = forge(letter, alice.account.key.sign('msg', cbor([bytesOf('H'), bytesOf('P')])));
        await postForged(options, { ...letter, ...change });
      }
      await postForged(options, await forgedLetter(options));
      await syncInbox(bob);
      const codes = [...bob.account.state.quarantine.values()].map(({ code }) => code);
      assert.deepEqual(
        Object.keys(FORGERIES).map((what, i) => [what, codes[i]]),
        Object.keys(FORGERIES).map((what) => [what, 'open-failed']),
      );
      assert.lengthOf(codes, Object.keys(FORGERIES).length);
      assert.deepEqual(
        receivedLetters(bob.account).map(({ from, body }) => [from, body.text]),
        [[alice.address, 'Befund folgt.']],
        'the very same letter without a forgery opens',
      );
    });
  });

  describe('at the relay', () => {
    let eve: Actor;
    before(async () => {
      eve = await t.enrol('eve@west.example');
    });

    const post = async (statement: Uint8Array) =>
      (
        await eve.ask('POST', `/api/mailboxes/${eve.mailboxId}/statements`, {
          json: { statements: [base64Url(statement)] },
        })
      ).code;

    it('statements with several, nested or empty signatures do not extend a chain', async () => {
      const good = eve.mailbox.epoch();
      const { b, signature } = partsOf(good);
      const forgeries: Readonly<Record<string, Plain>> = {
        empty: [b, new Uint8Array(0)],
        missing: [b],
        null: [b, null],
        twice: [b, signature, signature],
        list: [b, [signature]],
        nested: [cbor([b, signature]), signature],
        zeros: [b, new Uint8Array(3373)],
        'half an Ed25519': [b, signature.subarray(0, 64)],
      };
      for (const [name, value] of Object.entries(forgeries)) {
        assert.equal(await post(cbor(value)), 'statement-invalid', name);
      }
      assert.equal(await post(join(good, Uint8Array.of(0))), 'statement-invalid', 'bytes after it');
      assert.isNull(await post(eve.mailbox.commit(good)), 'the good one is taken');
    });

    it('nor do they sign anybody in', async () => {
      const sign = async (signature: unknown) => {
        const json = { mailboxId: eve.mailboxId, deviceId: eve.deviceId };
        const { nonce } = (await t.ask('POST', '/api/sessions/challenges', { json })).json as { nonce: string };
        const made = eve.mailbox.auth(t.relay.origin, Buffer.from(nonce, 'base64url'));
        const claimed =
          typeof signature === 'function' ? (signature as (s: Uint8Array) => unknown)(made.signature) : signature;
        return t.ask('POST', '/api/sessions', { json: { auth: base64Url(made.auth), signature: claimed } });
      };
      const good = (signature: Uint8Array) => base64Url(signature);
      for (const wrong of ['', null, [], (s: Uint8Array) => [good(s)], (s: Uint8Array) => good(join(s, s))]) {
        assert.equal((await sign(wrong)).code, 'request-invalid');
      }
      assert.equal((await sign(base64Url(new Uint8Array(3373)))).code, 'challenge-refused');
      assert.equal((await sign(good)).status, 201);
    });
  });
});

/** `[b, signature]` of a statement, by their lengths: the signature is the last 3,373 bytes. */
function partsOf(statement: Uint8Array): { b: Uint8Array; signature: Uint8Array } {
  const signature = statement.subarray(-3373);
  const body = statement.subarray(1, -3373 - 3);
  const lengthBytes = { 0x58: 1, 0x59: 2, 0x5a: 4 }[body[0] ?? 0] ?? 0;
  return { b: body.subarray(1 + lengthBytes), signature };
}
