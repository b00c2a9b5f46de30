import { assert } from 'chai';
import { fromBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { mailboxIdFrom } from '../../../crypto/wire/ids.js';
import {
  type AddDeviceBody,
  MAX_STATEMENT_BYTES,
  deviceProofInput,
  encodeSignedPart,
  encodeStatement,
  mailboxIdOf,
  parseStatement,
  statementHash,
} from '../../../crypto/wire/statement.js';
import { type StatementVector, generateStatementVectors } from '../../vectors/statement/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { type World, world } from '../../vectors/world.js';
import { altered, refusalOf, refused } from './refused.js';

describe('statement', () => {
  let w: World;

  before(async () => {
    w = await world();
  });

  const deviceAt = (index: number): AddDeviceBody => {
    const { body } = parseStatement(w.aliceChain[index] ?? new Uint8Array(0));
    return body.kind === 'add-device' ? body : assert.fail('not a device');
  };

  it('of every kind is written again as it was read', () => {
    const kinds = new Set<string>();
    for (const bytes of [...w.aliceChain, ...w.bobChain]) {
      const statement = parseStatement(bytes);
      kinds.add(statement.body.kind);
      const signed = encodeSignedPart(statement);
      assert.equal(toHex(signed), toHex(statement.signed));
      assert.equal(toHex(encodeStatement(signed, statement.signature)), toHex(bytes));
    }
    assert.deepEqual([...kinds].sort(), ['add-device', 'epoch', 'genesis', 'revoke-device']);
  });

  it('of a genesis makes the mailbox id', () => {
    const genesis = parseStatement(w.alice.genesis);
    assert.isNull(genesis.mailboxId);
    assert.equal(mailboxIdOf(genesis.signed), toHex(w.alice.mailboxId));
  });

  it('that is longer than 262,144 bytes is not looked at', () => {
    refused(() => parseStatement(new Uint8Array(MAX_STATEMENT_BYTES + 1)), 'limits');
  });

  it('changed in any sampled byte fails, or is another canonical statement', () => {
    const bytes = w.aliceChain[2] ?? new Uint8Array(0);
    for (let at = 0; at < bytes.length; at += at < 200 ? 1 : 97) {
      const changed = altered(bytes, at);
      if (refusalOf(() => parseStatement(changed)) !== null) continue;
      const { signature, ...statement } = parseStatement(changed);
      assert.equal(toHex(encodeStatement(encodeSignedPart(statement), signature)), toHex(changed));
      assert.notEqual(toHex(statementHash(changed)), toHex(statementHash(bytes)));
    }
  });

  it('asks a device for a proof over mailbox, id, member and both keys', () => {
    const [own, other] = [deviceAt(1), deviceAt(3)];
    const { deviceId, memberTag, sigKey, kemKey } = other;
    const changes = [{}, { deviceId }, { memberTag }, { sigKey }, { kemKey }];
    const mailboxId = mailboxIdFrom(w.alice.mailboxId);
    const inputs = changes.map((change) => toHex(deviceProofInput(mailboxId, { ...own, ...change })));
    inputs.push(toHex(deviceProofInput(mailboxIdFrom(w.bob.mailboxId), own)));
    assert.equal(new Set(inputs).size, 6);
  });

  describe('vectors', () => {
    const vectors = readVectors<StatementVector>('statement');

    it('are what their generator writes', async () => {
      assert.deepEqual(vectors, await generateStatementVectors());
    });

    for (const [name, vector] of Object.entries(vectors)) {
      it(`${name}: ${vector.description}`, () => {
        const bytes = fromBase64Url(vector.statement);
        if (vector.expect !== 'valid') {
          refused(() => parseStatement(bytes), vector.expect as WireErrorCode);
          return;
        }
        const { body, seq, prev, timeMs, mailboxId } = parseStatement(bytes);
        assert.deepEqual(
          { kind: body.kind, seq, prev: toHex(prev), timeMs, mailboxId: String(mailboxId) },
          { kind: vector.kind, seq: vector.seq, prev: vector.prev, timeMs: vector.timeMs, mailboxId: vector.mailboxId },
        );
        assert.equal(toHex(statementHash(bytes)), vector.hash);
      });
    }
  });
});
