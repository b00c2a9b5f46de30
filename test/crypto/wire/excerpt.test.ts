import { assert } from 'chai';
import fc from 'fast-check';
import { balanceDigest, encodeBalance, parseBalance } from '../../../crypto/wire/balance.js';
import { fromBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import {
  type ChainState,
  deviceAt,
  extendChain,
  headAt,
  headOf,
  isDeviceValid,
  verifyChain,
} from '../../../crypto/wire/chain.js';
import { WireError, type WireErrorCode } from '../../../crypto/wire/error.js';
import { type Excerpt, encodeExcerpt, parseExcerpt, verifyExcerpt } from '../../../crypto/wire/excerpt.js';
import { deviceIdFrom } from '../../../crypto/wire/ids.js';
import { isBalanceDue } from '../../../crypto/seal/statements.js';
import { type ExcerptVector, generateExcerptVectors } from '../../vectors/excerpt/generate.js';
import { type Cast, castOf, renewedChain } from '../../vectors/renewal/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { world } from '../../vectors/world.js';
import { altered, refused } from './refused.js';

describe('a chain without its middle', () => {
  const vectors = readVectors<ExcerptVector>('excerpt');
  const valid = vectors['valid'] ?? assert.fail('no valid vector');
  const bytesOf = (texts: readonly string[]): Uint8Array[] => texts.map((text) => fromBase64Url(text));
  const excerptOf = (vector: ExcerptVector): Excerpt => ({
    spine: bytesOf(vector.spine ?? valid.spine ?? []),
    carried: fromBase64Url(vector.carried ?? valid.carried ?? ''),
    statements: bytesOf(vector.statements ?? valid.statements ?? []),
    inclusion: bytesOf(vector.inclusion ?? valid.inclusion ?? []),
    last: 15,
  });
  const seenIn = ({ seen = valid.seen }: ExcerptVector) =>
    seen === undefined ? assert.fail() : { seq: seen.seq, head: fromBase64Url(seen.head) };
  let cast: Cast;
  /** Thirteen statements and their state. */
  let chain: Uint8Array[];
  let whole: ChainState;

  before(async () => {
    cast = castOf(await world());
    chain = await renewedChain(cast);
    whole = verifyChain(chain);
  });

  it('says what the whole chain says', () => {
    const full = excerptOf(valid).statements.reduce(extendChain, whole);
    const state = verifyExcerpt(excerptOf(valid), seenIn(valid));
    assert.deepEqual([state.mailboxId, state.address, state.seq], [full.mailboxId, full.address, 15]);
    assert.equal(toHex(headOf(state)), toHex(headOf(full)));
    assert.deepEqual([state.identityKey, state.recovery], [full.identityKey, full.recovery]);
    assert.deepEqual(
      [state.epoch, state.lastEpoch, state.epochEnds, state.foundedSeq, state.identitySeqs],
      [full.epoch, full.lastEpoch, full.epochEnds, full.foundedSeq, full.identitySeqs],
    );
    const a4 = deviceIdFrom(cast.a4.deviceId);
    assert.deepEqual(deviceAt(state, a4, 15), deviceAt(full, a4, 15));
    assert.deepEqual([...state.devices.keys()].sort(), [...full.devices.keys()].sort());
    for (const [id, device] of full.devices) {
      const { sigKey, kemKey, keys } = isDeviceValid(full, id) ? device : { sigKey: [], kemKey: [], keys: [] };
      // When a device ended, like its keys, is told by the whole chain alone.
      const said = {
        ...device,
        sigKey: Uint8Array.from(sigKey),
        kemKey: Uint8Array.from(kemKey),
        keys,
        revokedMs: null,
      };
      assert.deepEqual(state.devices.get(id), said);
      assert.equal(isDeviceValid(state, id), isDeviceValid(full, id));
    }
    assert.deepEqual(state.balance, full.balance);
  });

  it('knows heads from the balance on, and of the earlier ones only the one that was proved', () => {
    const state = verifyExcerpt(excerptOf(valid), seenIn(valid));
    const known = Array.from({ length: 17 }, (_, seq) => (headAt(state, seq) === undefined ? '-' : 'x')).join('');
    assert.equal(known, '-----x-------xxx-');
    assert.equal(toHex(headAt(state, 5) ?? assert.fail()), toHex(headAt(whole, 5) ?? assert.fail()));
    const without = verifyExcerpt({ ...excerptOf(valid), inclusion: [] }, null);
    assert.isUndefined(headAt(without, 5));
  });

  it('lets nothing sign that has ended, and no device come back', () => {
    const state = verifyExcerpt(excerptOf(valid), null);
    const [a1, a3] = [cast.w.a1, cast.a3].map(({ deviceId }) => deviceIdFrom(deviceId));
    for (const id of [a1, a3]) {
      for (let seq = 1; seq <= 15; seq++) assert.isNull(deviceAt(state, id ?? assert.fail(), seq));
    }
    assert.equal(state.devices.get(a1 ?? assert.fail())?.revokedReason, 'recovered');
  });

  it('of a chain that has no balance yet is the chain', () => {
    const excerpt: Excerpt = { spine: [], carried: null, statements: chain, inclusion: [], last: 13 };
    assert.deepEqual(verifyExcerpt(excerpt, { seq: 5, head: new Uint8Array(32) }), whole);
    assert.deepEqual(parseExcerpt(encodeExcerpt(excerpt)), excerpt);
  });

  it('is small however long the chain is', () => {
    assert.isBelow(encodeExcerpt(excerptOf(valid)).length, 60_000);
    const { spine, carried, statements } = excerptOf(valid);
    // Two renewals of the identity are 28 KB of it.
    assert.isBelow((spine[0]?.length ?? 0) + (carried?.length ?? 0) + (statements[0]?.length ?? 0), 18_000);
  });

  it('what is carried forward has one spelling', () => {
    const carried = fromBase64Url(valid.carried ?? '');
    assert.equal(toHex(encodeBalance(whole, 13)), toHex(carried));
    assert.equal(parseBalance(carried).seq, 13);
    assert.equal(balanceDigest(carried).length, 32);
  });

  it('is due when the chain has five statements, and after two more each time', () => {
    const states = [verifyChain(chain.slice(0, 1))];
    for (const bytes of chain.slice(1, 6)) states.push(extendChain(states.at(-1) ?? assert.fail(), bytes));
    assert.deepEqual(states.map(isBalanceDue), [false, false, false, false, true, true]);
    const balanced = extendChain(whole, excerptOf(valid).statements[0] ?? assert.fail());
    assert.deepEqual(
      [0, 1, 2, 3].map((more) => isBalanceDue({ ...balanced, seq: balanced.seq + more })),
      [false, false, true, true],
    );
  });

  it('changed in any byte is refused, or is about as much as was shown', () => {
    const bytes = encodeExcerpt(excerptOf(valid));
    const head = toHex(headOf(verifyExcerpt(excerptOf(valid), seenIn(valid))));
    fc.assert(
      fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        try {
          const state = verifyExcerpt(parseExcerpt(altered(bytes, at, mask)), seenIn(valid));
          // The number of statements that the relay says there are is not signed, and nothing rests on it.
          assert.equal(toHex(headOf(state)), head);
          assert.isAtLeast(at, bytes.length - 10);
        } catch (error) {
          assert.instanceOf(error, WireError);
        }
      }),
      { numRuns: 12 },
    );
  });

  it('are what their generator writes', async () => {
    assert.deepEqual(vectors, await generateExcerptVectors());
  });

  for (const [name, vector] of Object.entries(vectors)) {
    if (vector.expect === 'valid') continue;
    it(`${name}: ${vector.description}`, () => {
      refused(() => verifyExcerpt(excerptOf(vector), seenIn(vector)), vector.expect as WireErrorCode);
      const [first] = bytesOf(vector.statements ?? []);
      if (vector.isRefusedAsNext === true) assert.throws(() => extendChain(whole, first ?? assert.fail()), WireError);
    });
  }
});
