import { assert } from 'chai';
import fc from 'fast-check';
import { fromHex, toHex } from '../../../crypto/wire/bytes.js';
import { type WireErrorCode } from '../../../crypto/wire/error.js';
import { mailboxIdFrom, messageIdFrom, parseAddress, registrarIdFrom } from '../../../crypto/wire/ids.js';
import { encodeHeader, parseHeader } from '../../../crypto/wire/message.js';
import { type StateOp, encodeStateBody, parseStateBody } from '../../../crypto/wire/own-state.js';
import { type OwnStateVector, generateOwnStateVectors } from '../../vectors/own-state/generate.js';
import { readVectors } from '../../vectors/vector-files.js';
import { refused } from './refused.js';

describe('own state', () => {
  const vectors = readVectors<OwnStateVector>('own-state');

  it('vectors are what their generator writes', async () => {
    assert.deepEqual(vectors, await generateOwnStateVectors());
  });

  for (const [name, vector] of Object.entries(vectors)) {
    it(`${name}: ${vector.description}`, () => {
      const bytes = fromHex(vector.header);
      if (vector.expect !== 'valid') return refused(() => parseHeader(bytes), vector.expect as WireErrorCode);
      const header = parseHeader(bytes);
      assert.equal(toHex(encodeHeader(header)), vector.header);
      assert(header.body.kind === 'state');
      assert.equal(header.body.op.op, vector.op);
    });
  }

  it('comes back with every operation', () => {
    const mailboxId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(mailboxIdFrom);
    const messageId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(messageIdFrom);
    const target = fc.record({ sender: mailboxId, messageId });
    const text = fc.string({ minLength: 1, maxLength: 100 }).map((one) => one.normalize('NFC'));
    const filled = text.filter((one) => one.length <= 100);
    const pacs = filled.filter((one) => one.length <= 64);
    const head = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const address = fc.constantFrom('a@b.example', 'praxis@hausarzt-sued.example').map(parseAddress);
    const contacts = fc.array(fc.record({ address, mailboxId, seq: fc.nat(), head }), { minLength: 1, maxLength: 64 });
    const registrarId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(registrarIdFrom);
    const ops: fc.Arbitrary<StateOp> = fc.oneof(
      fc.record({ op: fc.constantFrom('claim' as const, 'done' as const), target }),
      fc.record({ op: fc.constant('hand-over' as const), target, to: filled }),
      fc.record({ op: fc.constant('note' as const), target, text: filled }),
      fc.record({ op: fc.constantFrom('verified-contact' as const, 'unverified-contact' as const), mailboxId }),
      fc.record({ op: fc.constant('pinned' as const), contacts }),
      fc.record({ op: fc.constant('accepted-address' as const), address, mailboxId }),
      fc.record({
        op: fc.constant('registrars' as const),
        registrars: fc.uniqueArray(registrarId, { maxLength: 100 }),
      }),
      fc.record({ op: fc.constant('pacs' as const), names: fc.uniqueArray(pacs, { maxLength: 16 }) }),
      fc.record({ op: fc.constant('import' as const), target, pacs }),
      fc
        .record({ op: fc.constant('imported' as const), target, pacs, instances: fc.nat(), more: fc.nat() })
        .map(({ more, ...rest }) => ({ ...rest, total: rest.instances + more })),
    );
    fc.assert(
      fc.property(ops, fc.nat(), (op, timeMs) => {
        const member = { label: 'Empfang', salt: new Uint8Array(16) };
        const body = { kind: 'state' as const, expiresMs: timeMs + 1, member, timeMs, op };
        assert.deepEqual(parseStateBody(encodeStateBody(body)), body);
      }),
    );
  });
});
