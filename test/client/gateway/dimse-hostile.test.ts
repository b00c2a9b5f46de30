import { type Socket, connect } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { type DataSetSink } from '../../../client/gateway/dimse/acceptor.js';
import { COMMAND, encodeCommand } from '../../../client/gateway/dimse/command.js';
import { encodePdu } from '../../../client/gateway/dimse/pdu.js';
import { echo } from '../../../client/gateway/pacs/store.js';
import { type Scp } from '../../../client/gateway/intake/scp.js';
import { scpWith } from '../../support/gateways.js';
import { type Said, scriptedPacs } from '../../support/scripted-pacs.js';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const COMMITMENT = '1.2.840.10008.1.20.1';
const IMPLICIT = '1.2.840.10008.1.2';

/** An association as a modality would speak it: its two instances, a report, and its end. */
const PIECES: readonly Buffer[] = [
  encodePdu({
    ...{
      kind: 'associate-rq',
      calledAe: 'PACS',
      callingAe: 'BILDBOTE',
      maxPduBytes: 16_384,
      implementationClassUid: '1.2.3',
    },
    contexts: [CT, COMMITMENT].map((abstractSyntax, at) => ({
      id: 2 * at + 1,
      abstractSyntax,
      transferSyntaxes: [IMPLICIT],
    })),
    roles: [{ sopClassUid: COMMITMENT, scu: false, scp: true }],
  }),
  ...[1, 2].flatMap((messageId) => [
    data(
      1,
      true,
      true,
      encodeCommand({
        field: COMMAND.storeRq,
        messageId,
        priority: 0,
        hasDataSet: true,
        sopClassUid: CT,
        sopInstanceUid: `1.2.${messageId}`,
      }),
    ),
    data(1, false, false, Buffer.alloc(300, messageId)),
    data(1, false, true, Buffer.alloc(200, messageId)),
  ]),
  data(
    3,
    true,
    true,
    encodeCommand({
      field: COMMAND.eventReportRq,
      messageId: 3,
      hasDataSet: true,
      eventType: 1,
      sopClassUid: COMMITMENT,
      sopInstanceUid: '1.2',
    }),
  ),
  data(3, false, true, Buffer.alloc(100)),
  encodePdu({ kind: 'release-rq' }),
];

function data(contextId: number, isCommand: boolean, isLast: boolean, bytes: Uint8Array): Buffer {
  return encodePdu({ kind: 'data', pdvs: [{ contextId, isCommand, isLast, data: bytes }] });
}

/** What was begun, and how it ended. */
function watchedIntake() {
  const seen = { open: 0, sinks: 0, ended: 0, abandoned: 0, bytes: 0 };
  const intake = {
    opened: () => {
      seen.open += 1;
      return () => void (seen.open -= 1);
    },
    sink: (): DataSetSink => {
      seen.sinks += 1;
      return {
        write: (bytes) => Promise.resolve(void (seen.bytes += bytes.length)),
        end: () => Promise.resolve(0 * (seen.ended += 1)),
        abandon: () => Promise.resolve(void (seen.abandoned += 1)),
      };
    },
  };
  return { seen, intake };
}

/** Says everything, and hears until the other side has closed; `end` says that nothing more will come. */
function speak(port: number, bytes: Uint8Array, ending: 'end' | 'stay' = 'end'): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket: Socket = connect({ host: '127.0.0.1', port }, () => {
      socket.write(bytes);
      if (ending === 'end') socket.end();
    });
    socket.on('data', (chunk) => void chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(chunks)));
  });
}

const address = ({ port }: Pick<Scp, 'port'>) => {
  return { host: '127.0.0.1', port, aeTitle: 'PACS', callingAeTitle: 'BILDBOTE', timeout: 5000 };
};

type Change =
  | { readonly kind: 'flip'; readonly at: number; readonly byte: number; readonly by: number }
  | { readonly kind: 'cut'; readonly at: number; readonly byte: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'double'; readonly at: number }
  | { readonly kind: 'drop'; readonly at: number };

describe('the DICOM port under attack', () => {
  it('takes the conversation that all of these are made from', async () => {
    const { seen, intake } = watchedIntake();
    await using scp = await scpWith(0, intake, { report: () => 0 });
    const heard = await speak(scp.port, Buffer.concat(PIECES));
    expect(heard[0]).to.equal(0x02);
    expect(heard.subarray(-10, -9)[0]).to.equal(0x06);
    expect(seen).to.deep.equal({ open: 0, sinks: 2, ended: 2, abandoned: 0, bytes: 1000 });
  });

  it('ends every association whose bytes are altered, cut, doubled or exchanged, closes what it had begun, and serves the next', async () => {
    const { seen, intake } = watchedIntake();
    await using scp = await scpWith(0, intake, { report: () => 0, idleMs: 300, maxAssociations: 64 });
    const at = fc.nat(PIECES.length - 1);
    const change: fc.Arbitrary<Change> = fc.oneof(
      fc.record({ kind: fc.constant('flip' as const), at, byte: fc.nat(), by: fc.integer({ min: 1, max: 255 }) }),
      fc.record({ kind: fc.constant('cut' as const), at, byte: fc.nat() }),
      fc.record({ kind: fc.constant('insert' as const), at, bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
      fc.record({ kind: fc.constant('double' as const), at }),
      fc.record({ kind: fc.constant('drop' as const), at }),
    );
    const altered = (pieces: readonly Buffer[], one: Change): Buffer[] => {
      const next = pieces.map((piece) => Buffer.from(piece));
      const piece = next[one.at] ?? Buffer.alloc(0);
      if (one.kind === 'drop') next.splice(one.at, 1);
      else if (one.kind === 'double') next.splice(one.at, 0, piece);
      else if (one.kind === 'insert') next.splice(one.at, 0, Buffer.from(one.bytes));
      // Where a piece was dropped before, there may be none in this place.
      else if (one.kind === 'cut' && one.at < next.length)
        next[one.at] = piece.subarray(0, one.byte % Math.max(1, piece.length));
      else if (one.kind === 'flip' && piece.length > 0)
        piece.writeUInt8(piece.readUInt8(one.byte % piece.length) ^ one.by, one.byte % piece.length);
      return next;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        await speak(scp.port, Buffer.concat(changes.reduce<readonly Buffer[]>(altered, PIECES)));
      }),
      { numRuns: 150 },
    );
    await echo(address(scp));
    await scp[Symbol.asyncDispose]();
    expect(seen.open).to.equal(0);
    // Each is over once: answered for, or given up.
    expect(seen.ended + seen.abandoned).to.equal(seen.sinks);
  });

  it('lets go of a peer that stops in the middle of an instance, and of one that drips', async () => {
    const { seen, intake } = watchedIntake();
    await using scp = await scpWith(0, intake, { idleMs: 100 });
    for (const count of [1, 2, 3]) await speak(scp.port, Buffer.concat(PIECES.slice(0, count)), 'stay');
    const whole = Buffer.concat(PIECES.slice(0, 3));
    await speak(scp.port, whole.subarray(0, whole.length - 20), 'stay');
    await scp[Symbol.asyncDispose]();
    expect(scp.status().counts['refused']).to.equal(4);
    expect([seen.open, seen.abandoned, seen.ended]).to.deep.equal([0, 3, 0]);
  });

  it('keeps no more of a PDU than its limit, however much is announced', async () => {
    const { seen, intake } = watchedIntake();
    await using scp = await scpWith(0, intake, { maxPduBytes: 4096 });
    const large = (bytes: number): Buffer => data(1, false, false, Buffer.alloc(bytes));
    const [begin = Buffer.alloc(0), command = Buffer.alloc(0)] = PIECES;
    // 6 bytes of a PDV go before its data.
    await speak(scp.port, Buffer.concat([begin, command, large(4090)]));
    expect(seen.bytes).to.equal(4090);
    const heard = await speak(scp.port, Buffer.concat([begin, command, large(4091)]));
    expect(heard.subarray(-10)[0]).to.equal(0x07);
    expect(seen.bytes).to.equal(4090);
  });
});

describe('a hostile PACS', () => {
  it('is no success for a query, a store or an echo, whatever it says', async () => {
    const status = fc.oneof(
      fc.constantFrom(0xff00, 0xa700, 0xc000, 0x0110, 0xfe00),
      fc.integer({ min: 1, max: 0xffff }),
    );
    const said = fc.record({
      field: fc.constantFrom(...Object.values(COMMAND)),
      status: fc.constantFrom(0, 0xff00, 0xa700),
    });
    await fc.assert(
      fc.asyncProperty(
        said,
        fc.integer({ min: 2, max: 0xffff }),
        status,
        async ({ field, status: any }, other, failure) => {
          const answers: Said[] = [
            { command: { field, status: any, respondedTo: other } },
            { command: { field: COMMAND.echoRsp, status: failure } },
          ];
          for (const answer of answers) {
            await using pacs = await scriptedPacs(() => [answer]);
            const outcome = await echo({ ...pacs.config, timeout: 2000 }).then(
              () => 'success',
              (error: { code: string }) => error.code,
            );
            expect(['pacs-refused', 'association-broken']).to.include(outcome);
          }
        },
      ),
      { numRuns: 15 },
    );
  });
});
