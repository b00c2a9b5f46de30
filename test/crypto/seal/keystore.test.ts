import { assert } from 'chai';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex, utf8 } from '../../../crypto/wire/bytes.js';
import { sha256 } from '../../../crypto/wire/hash.js';
import { padded } from '../../../crypto/wire/payload.js';
import { SealError, type SealErrorCode } from '../../../crypto/seal/error.js';
import {
  type KeystoreCredential,
  MAX_KEYSTORE_CONTENT_BYTES,
  addSlot,
  changePassphrase,
  createKeystore,
  keystoreDigest,
  keystoreSubkey,
  openKeystore,
  parseKeystoreHeader,
  readKeystore,
  removeSlot,
  resealKeystore,
} from '../../../crypto/seal/keystore.js';
import { KDF_BOUNDS, ready } from '../../../crypto/seal/suite.js';
import { readVectors } from '../../vectors/vector-files.js';
import {
  type KeystoreVector,
  type VectorCredential,
  generateKeystoreVectors,
} from '../../vectors/keystore/generate.js';
import { assertRefused } from './refusals.js';

/** The cheapest cost the bounds allow, for tests only. */
const KDF = { opsLimit: KDF_BOUNDS.minOps, memBytes: KDF_BOUNDS.minMemBytes };
const CONTENT = utf8('device keys');
const PASSPHRASE = 'drei Wirbel';
const DIGEST_BYTES = 32;
const SALT = new Uint8Array(32).fill(1);

const passphrase = (text: string): KeystoreCredential => ({ kind: 'passphrase', passphrase: text });
const prf = { kind: 'prf', credentialId: utf8('key 1'), secret: new Uint8Array(32).fill(2) } as const;

function withDigest(body: Uint8Array): Uint8Array {
  return concatBytes(body, sha256(body));
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return out;
}

function codeOf(action: () => unknown): SealErrorCode | 'accepted' {
  try {
    action();
    return 'accepted';
  } catch (error) {
    if (error instanceof SealError) return error.code;
    throw error;
  }
}

describe('keystore: the sealed file of a device', function () {
  // Each opening with a passphrase costs what the bounds demand.
  this.timeout(30_000);
  let bytes: Uint8Array;
  let masterKey: Uint8Array;
  /** The same keystore with a second slot that costs nothing to open. */
  let withKey: Uint8Array;
  let prfSlotId: string;

  before(async () => {
    await ready();
    ({ bytes, masterKey } = createKeystore(PASSPHRASE, CONTENT, KDF));
    ({ bytes: withKey, slotId: prfSlotId } = addSlot(bytes, masterKey, { ...prf, salt: SALT }));
  });

  it('opens with its passphrase', () => {
    const opened = openKeystore(bytes, passphrase(PASSPHRASE));
    assert.deepEqual(opened.content, CONTENT);
    assert.equal(opened.version, 1);
    assert.deepEqual(opened.masterKey, masterKey);
  });

  it('opens with the passphrase in another Unicode spelling', () => {
    const composed = createKeystore('Schlüssel ①', CONTENT, KDF);
    assert.deepEqual(openKeystore(composed.bytes, passphrase('Schlu\u0308ssel 1')).content, CONTENT);
  });

  it('does not open with another passphrase', () => {
    for (const other of ['drei wirbel', `${PASSPHRASE} `]) {
      assertRefused(() => openKeystore(bytes, passphrase(other)), 'passphrase-wrong');
    }
  });

  it('opens with a security key as well, each found by its credential', () => {
    assert.deepEqual(openKeystore(withKey, prf).masterKey, masterKey);
    assert.deepEqual(openKeystore(withKey, passphrase(PASSPHRASE)).masterKey, masterKey);
    const wrong = { ...prf, secret: new Uint8Array(32) };
    assertRefused(() => openKeystore(withKey, wrong), 'passphrase-wrong');
    assertRefused(() => openKeystore(withKey, { ...prf, credentialId: utf8('key 2') }), 'slot-unknown');
    assertRefused(() => openKeystore(bytes, prf), 'slot-unknown');
    assertRefused(() => openKeystore(withKey, { ...prf, secret: new Uint8Array(31) }), 'key-invalid');
  });

  it('returns any content and grows its version by one at each write', () => {
    let current = withKey;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 9000 }), (content) => {
        const before = readKeystore(current, masterKey).version;
        current = resealKeystore(current, masterKey, content);
        const opened = openKeystore(current, prf, { minVersion: before + 1 });
        assert.equal(opened.version, before + 1);
        assert.equal(toHex(opened.content), toHex(content));
        assert.equal(parseKeystoreHeader(current).version, before + 1);
      }),
      { numRuns: 30, seed: 10 },
    );
  });

  it('shows only the padded length of its content', () => {
    const length = (content: number) => resealKeystore(bytes, masterKey, new Uint8Array(content)).length;
    assert.equal(length(0), length(4092));
    for (const content of [4092, 4093, 5000, 100_000]) {
      assert.equal(length(content) - length(0), padded(content + 4) - 4096);
    }
  });

  it('draws a new nonce at each write', () => {
    const [first, second] = [resealKeystore(bytes, masterKey, CONTENT), resealKeystore(bytes, masterKey, CONTENT)];
    assert.notDeepEqual(first, second);
    assert.notDeepEqual(keystoreDigest(first), keystoreDigest(second));
  });

  it('refuses an older version than one seen before', () => {
    const newer = resealKeystore(withKey, masterKey, CONTENT);
    const { version } = parseKeystoreHeader(newer);
    assert.equal(openKeystore(newer, prf, { minVersion: version }).version, version);
    assertRefused(() => openKeystore(withKey, prf, { minVersion: version }), 'keystore-version');
    assertRefused(() => readKeystore(withKey, masterKey, { minVersion: version }), 'keystore-version');
  });

  it('names a damaged file as damaged, never the passphrase as wrong', () => {
    for (let bit = 0; bit < withKey.length * 8; bit += bit < 800 * 8 ? 3 : 101) {
      const code = codeOf(() => parseKeystoreHeader(flipped(withKey, bit)));
      assert.equal(code, bit < 64 ? 'keystore-format' : 'keystore-damaged', `bit ${bit}`);
    }
    for (const length of [0, 7]) assertRefused(() => parseKeystoreHeader(bytes.slice(0, length)), 'keystore-format');
    for (const length of [8, 11, 12, 40, 1000, bytes.length - 1]) {
      assertRefused(() => parseKeystoreHeader(bytes.slice(0, length)), 'keystore-damaged');
      assertRefused(() => parseKeystoreHeader(withDigest(bytes.slice(0, Math.min(length, 200)))), 'keystore-damaged');
    }
  });

  it('authenticates every bit under the master key, also when the digest was made to fit', () => {
    const body = withKey.slice(0, -DIGEST_BYTES);
    const allowed = ['keystore-damaged', 'keystore-format', 'kdf-bounds'];
    for (let bit = 0; bit < body.length * 8; bit += bit < 800 * 8 ? 1 : 61) {
      const forged = withDigest(flipped(body, bit));
      assert.include(
        allowed,
        codeOf(() => readKeystore(forged, masterKey)),
        `bit ${bit}`,
      );
    }
  });

  it('opens by no slot once a bit of the header was forged', () => {
    const body = withKey.slice(0, -DIGEST_BYTES);
    const headerBits = (body.length - 4096 - 16 - 24) * 8;
    for (let bit = 0; bit < headerBits; bit++) {
      const code = codeOf(() => openKeystore(withDigest(flipped(body, bit)), prf));
      assert.notEqual(code, 'accepted', `bit ${bit}`);
    }
  });

  it('is neither read nor written with another master key', () => {
    const other = new Uint8Array(32).fill(9);
    assertRefused(() => readKeystore(bytes, other), 'keystore-damaged');
    assertRefused(() => resealKeystore(bytes, other, CONTENT), 'keystore-damaged');
    assertRefused(() => removeSlot(withKey, other, prfSlotId), 'keystore-damaged');
    assertRefused(() => addSlot(bytes, other, { ...prf, salt: SALT }), 'keystore-damaged');
    assertRefused(() => readKeystore(bytes, other.subarray(1)), 'key-invalid');
  });

  it('loses a slot for good when it is removed', () => {
    const removed = removeSlot(withKey, masterKey, prfSlotId);
    assert.deepEqual(
      parseKeystoreHeader(removed).slots.map(({ kind }) => kind),
      ['passphrase'],
    );
    assertRefused(() => openKeystore(removed, prf), 'slot-unknown');
    assertRefused(() => removeSlot(removed, masterKey, prfSlotId), 'slot-unknown');
  });

  it('always keeps a passphrase', () => {
    const [only] = parseKeystoreHeader(withKey).slots;
    assert(only?.kind === 'passphrase');
    assertRefused(() => removeSlot(withKey, masterKey, only.slotId), 'slot-required');
  });

  it('needs to be told which of two passphrases is meant', () => {
    const added = addSlot(bytes, masterKey, { kind: 'passphrase', passphrase: 'vier Rippen', kdf: KDF });
    assertRefused(() => openKeystore(added.bytes, passphrase('vier Rippen')), 'slot-unknown');
    const named = { kind: 'passphrase', passphrase: 'vier Rippen', slotId: added.slotId } as const;
    assert.deepEqual(openKeystore(added.bytes, named).masterKey, masterKey);
    assertRefused(() => openKeystore(added.bytes, { ...named, passphrase: PASSPHRASE }), 'passphrase-wrong');
  });

  it('changes a passphrase only for someone who knows the old one', () => {
    const old = { kind: 'passphrase', passphrase: PASSPHRASE } as const;
    const changed = changePassphrase(withKey, old, 'vier Rippen', KDF);
    assert.deepEqual(openKeystore(changed, passphrase('vier Rippen')).content, CONTENT);
    assert.deepEqual(openKeystore(changed, prf).content, CONTENT);
    assert.equal(parseKeystoreHeader(changed).version, 3);
    assertRefused(() => openKeystore(changed, passphrase(PASSPHRASE)), 'passphrase-wrong');
    assertRefused(
      () => changePassphrase(withKey, { ...old, passphrase: 'geraten' }, 'vier Rippen', KDF),
      'passphrase-wrong',
    );
  });

  it('refuses costs outside the bounds before it spends them', () => {
    for (const kdf of [
      { ...KDF, opsLimit: 1 },
      { ...KDF, opsLimit: 11 },
      { ...KDF, memBytes: KDF.memBytes / 2 },
      { ...KDF, memBytes: 2 * KDF_BOUNDS.maxMemBytes },
    ]) {
      assertRefused(() => createKeystore(PASSPHRASE, CONTENT, kdf), 'kdf-bounds');
    }
  });

  it('refuses contents, passphrases and slots beyond their limits', () => {
    const large = new Uint8Array(MAX_KEYSTORE_CONTENT_BYTES);
    assert.lengthOf(readKeystore(resealKeystore(bytes, masterKey, large), masterKey).content, large.length);
    assertRefused(() => resealKeystore(bytes, masterKey, new Uint8Array(large.length + 1)), 'limits');
    for (const text of ['', 'x'.repeat(1025)]) {
      assertRefused(() => createKeystore(text, CONTENT, KDF), 'limits');
    }
    assertRefused(() => addSlot(bytes, masterKey, { ...prf, salt: SALT.subarray(1) }), 'key-invalid');
    assertRefused(() => addSlot(bytes, masterKey, { ...prf, salt: SALT, credentialId: utf8('') }), 'key-invalid');
    let full = bytes;
    const nth = (n: number) => ({ ...prf, salt: SALT, credentialId: new Uint8Array(1023).fill(n) });
    for (let n = 1; n < 16; n++) full = addSlot(full, masterKey, nth(n)).bytes;
    assert.lengthOf(parseKeystoreHeader(full).slots, 16);
    assertRefused(() => addSlot(full, masterKey, nth(16)), 'limits');
  });

  it('writes no file that it would not read', () => {
    assertRefused(() => addSlot(withKey, masterKey, { ...prf, salt: SALT }), 'slot-taken');
  });

  it('derives unrelated subkeys for unrelated labels', () => {
    const journal = keystoreSubkey(masterKey, 'journal');
    assert.deepEqual(keystoreSubkey(masterKey, 'journal'), journal);
    assert.notDeepEqual(keystoreSubkey(masterKey, 'journal/2'), journal);
    assert.notDeepEqual(keystoreSubkey(new Uint8Array(32), 'journal'), journal);
    for (const label of ['', 'Journal', 'a b', '/a', 'a'.repeat(65)]) {
      assertRefused(() => keystoreSubkey(masterKey, label), 'limits');
    }
  });

  describe('vectors', () => {
    const vectors = readVectors<KeystoreVector>('keystore');

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateKeystoreVectors());
    });

    const credentialOf = (credential: VectorCredential): KeystoreCredential =>
      credential.kind === 'passphrase'
        ? credential
        : { kind: 'prf', credentialId: fromHex(credential.credentialId), secret: fromHex(credential.secret) };

    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, () => {
        const { minVersion } = vector;
        const open = () => openKeystore(fromHex(vector.bytes), credentialOf(vector.credential), { minVersion });
        if (vector.expect !== 'valid') {
          assertRefused(open, vector.expect as SealErrorCode);
          return;
        }
        const opened = open();
        assert.equal(toHex(opened.content), vector.content);
        assert.equal(toHex(opened.masterKey), vector.masterKey);
        assert.equal(opened.version, vector.version);
      });
    }
  });
});
