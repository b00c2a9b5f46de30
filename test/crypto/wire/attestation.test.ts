import { assert } from 'chai';
import fc from 'fast-check';
import {
  type Attestation,
  encodeAttestation,
  encodeSignedAttestation,
  isInForce,
  isPrintableName,
  openSignedAttestation,
  parseAttestation,
} from '../../../crypto/wire/attestation.js';
import { fromBase64Url, fromHex, toHex } from '../../../crypto/wire/bytes.js';
import { type ChainState, extendChain, verifyChain } from '../../../crypto/wire/chain.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { parseAddress, parseMailboxId } from '../../../crypto/wire/ids.js';
import { encodeSignedPart, encodeStatement, parseStatement } from '../../../crypto/wire/statement.js';
import { signAttestation } from '../../../crypto/seal/attest.js';
import { signingKeyFromSeed } from '../../../crypto/seal/sign.js';
import { signAttest } from '../../../crypto/seal/statements.js';
import { ready } from '../../../crypto/seal/suite.js';
import { type AttestationVector, attestDraft, generateAttestationVectors } from '../../vectors/attestation/generate.js';
import { fixed } from '../../vectors/second.js';
import { readVectors } from '../../vectors/vector-files.js';
import { DAY_MS, START_MS, type World, statementAfter, world } from '../../vectors/world.js';
import { altered, refusalOf, refused } from './refused.js';

describe('attestation', () => {
  const vectors = readVectors<AttestationVector>('attestation');
  const valid = vectors['valid'] ?? assert.fail('no vector');
  const record = fromBase64Url(valid.record ?? '');
  let w: World;
  let state: ChainState;

  before(async () => {
    await ready();
    w = await world();
    state = verifyChain(w.aliceChain.slice(0, 3));
  });

  it('vectors are what their generator writes', async () => {
    assert.deepEqual(vectors, await generateAttestationVectors());
  });

  it('says what was signed, and is written so', () => {
    const said = openSignedAttestation(record);
    assert.equal(said.registrarId, valid.registrarId);
    assert.deepInclude(said.attestation, {
      mailboxId: parseMailboxId(toHex(w.alice.mailboxId)),
      address: parseAddress(w.alice.address),
      name: 'Radiologie Nord',
      place: '24103 Kiel',
      specialty: 'Radiologie',
    });
    assert.equal(toHex(encodeAttestation(said.attestation)), valid.signed);
    assert.equal(toHex(encodeSignedAttestation(said)), toHex(record));
  });

  for (const [name, vector] of Object.entries(vectors)) {
    if (vector.expect === 'valid') continue;
    it(`${name}: ${vector.description}`, () => {
      const code = vector.expect as WireErrorCode;
      if (vector.record !== undefined)
        return refused(() => openSignedAttestation(fromBase64Url(vector.record ?? '')), code);
      const statements = (vector.statements ?? []).map((text) => fromBase64Url(text));
      const before = statements.slice(0, -1).reduce(extendChain, state);
      refused(() => extendChain(before, statements.at(-1) ?? new Uint8Array()), code);
    });
  }

  it('changed in any sampled byte does not verify', () => {
    for (let at = 0; at < record.length; at += at < 260 ? 3 : 397) {
      assert.isNotNull(
        refusalOf(() => openSignedAttestation(altered(record, at))),
        `byte ${at}`,
      );
    }
  });

  it('stands in the chain, brings no public key of the mailbox, and the newest word of a registrar counts', () => {
    const first = extendChain(state, fromBase64Url(valid.statements?.[0] ?? ''));
    assert.deepEqual([...first.attestations.keys()] as string[], [valid.registrarId ?? '']);
    assert.deepEqual(first.newKeys, []);
    assert.equal(first.epoch, state.epoch);
    const chain = [...w.aliceChain.slice(0, 3), fromBase64Url(valid.statements?.[0] ?? '')];
    const newer = statementAfter(chain, w.alice, attestDraft(w, { 3: 'Radiologie Nordwest', 8: START_MS + 1 }));
    const [said] = [...extendChain(first, newer).attestations.values()];
    assert.equal(said?.attestation.name, 'Radiologie Nordwest');
  });

  it('is a statement that is written again as it was read', () => {
    const bytes = fromBase64Url(valid.statements?.[0] ?? '');
    const statement = parseStatement(bytes);
    assert.equal(statement.body.kind, 'attest');
    assert.equal(toHex(encodeStatement(encodeSignedPart(statement), statement.signature)), toHex(bytes));
  });

  it('is in force from its beginning until its end', () => {
    const { attestation } = openSignedAttestation(record);
    const at = [START_MS - 1, START_MS, START_MS + 365 * DAY_MS - 1, START_MS + 365 * DAY_MS];
    assert.deepEqual(
      at.map((ms) => isInForce(attestation, ms)),
      [false, true, true, false],
    );
  });

  it('is signed and taken into a chain by this implementation as well', () => {
    const registrar = signingKeyFromSeed(fixed('registrar', 32));
    const said = signAttestation(parseAttestation(fromHex(valid.signed ?? '')), registrar);
    assert.equal(said.registrarId, valid.registrarId);
    const identity = signingKeyFromSeed(fixed('alice/identity', 32));
    const { state: next } = signAttest(state, identity, said, START_MS);
    assert.equal(next.attestations.size, 1);
    refused(() => signAttest(state, registrar, said, START_MS), 'signature');
    const foreign = signAttestation({ ...said.attestation, address: parseAddress(w.bob.address) }, registrar);
    refused(() => signAttest(state, identity, foreign, START_MS), 'chain');
  });

  it('comes back with everything that may be in it', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).map((one) => one.normalize('NFC'));
    const name = text.filter((one) => isPrintableName(one, 60));
    const attestations = fc.record({
      mailboxId: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => parseMailboxId(toHex(bytes))),
      address: fc.constant(parseAddress('a@b.example')),
      name,
      place: name,
      street: fc.option(name),
      specialty: name,
      identifiers: fc.constantFrom([], [{ scheme: 'lanr' as const, value: '123456789' }]),
      issuedMs: fc.nat(),
      notBeforeMs: fc.nat(),
      notAfterMs: fc.nat({ max: 1000 }),
    });
    fc.assert(
      fc.property(attestations, (one) => {
        const attestation: Attestation = { ...one, notAfterMs: one.notBeforeMs + one.notAfterMs + 1 };
        assert.deepEqual(parseAttestation(encodeAttestation(attestation)), attestation);
      }),
    );
  });

  it('never does anything but parse or refuse, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => refusalOf(() => openSignedAttestation(bytes)) !== null),
    );
  });
});
