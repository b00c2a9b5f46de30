import { type Socket, connect } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { encodeCommand, parseCommand } from '../../../client/gateway/dimse/command.js';
import { DimseError } from '../../../client/gateway/dimse/error.js';
import { type Pdu, encodePdu, parsePdu } from '../../../client/gateway/dimse/pdu.js';
import { memoryPacs, scpWith } from '../../support/gateways.js';

const VERIFICATION = '1.2.840.10008.1.1';
const IMPLICIT = '1.2.840.10008.1.2';

function codeOf(action: () => unknown): string {
  try {
    action();
    return 'none';
  } catch (error) {
    if (error instanceof DimseError) return error.code;
    throw error;
  }
}

function reparsed(pdu: Pdu): Pdu {
  const bytes = encodePdu(pdu);
  expect(bytes.readUInt32BE(2)).to.equal(bytes.length - 6);
  return parsePdu(bytes[0] ?? 0, bytes.subarray(6));
}

const request = (calledAe: string, callingAe = 'BILDBOTE'): Pdu => ({
  ...{ kind: 'associate-rq', calledAe, callingAe, maxPduBytes: 16_384, implementationClassUid: '1.2.3' },
  contexts: [{ id: 1, abstractSyntax: VERIFICATION, transferSyntaxes: [IMPLICIT] }],
});

describe('the PDUs of the upper layer', () => {
  const uid = fc.stringMatching(/^[1-9][0-9]{0,5}(\.[1-9][0-9]{0,5}){1,5}$/);
  const title = fc.stringMatching(/^[A-Z0-9]{1,16}$/);
  const ids = fc.uniqueArray(
    fc.integer({ min: 0, max: 127 }).map((n) => 2 * n + 1),
    { minLength: 1, maxLength: 8 },
  );

  it('are read as they were written', () => {
    const associate = fc.record({
      ...{ kind: fc.constant('associate-rq' as const), calledAe: title, callingAe: title, implementationClassUid: uid },
      maxPduBytes: fc.nat(),
      contexts: ids.chain((all) =>
        fc.tuple(
          ...all.map((id) =>
            fc.record({
              id: fc.constant(id),
              abstractSyntax: uid,
              transferSyntaxes: fc.array(uid, { minLength: 1, maxLength: 4 }),
            }),
          ),
        ),
      ),
    });
    const data = fc.record({
      kind: fc.constant('data' as const),
      pdvs: fc.array(
        fc.record({
          contextId: fc.integer({ min: 1, max: 255 }),
          ...{ isCommand: fc.boolean(), isLast: fc.boolean(), data: fc.uint8Array({ maxLength: 64 }) },
        }),
        { minLength: 1, maxLength: 8 },
      ),
    });
    fc.assert(
      fc.property(fc.oneof(associate, data), (pdu) => {
        const again = reparsed(pdu);
        const plain = (value: Pdu): unknown =>
          value.kind === 'data' ? value.pdvs.map((pdv) => ({ ...pdv, data: [...pdv.data] })) : value;
        expect(plain(again)).to.deep.equal(plain(pdu));
      }),
    );
  });

  it('are refused with a code, whatever the bytes are, and never otherwise', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 300 }), (type, body) => {
        codeOf(() => parsePdu(type, body));
        codeOf(() => parseCommand(body));
      }),
    );
  });

  it('are refused, or mean something else, when one byte of an association is altered or the end is cut off', () => {
    const bytes = encodePdu(request('PACS'));
    fc.assert(
      fc.property(fc.nat(bytes.length - 7), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const body = Uint8Array.from(bytes.subarray(6));
        body[at] = (body[at] ?? 0) ^ flip;
        codeOf(() => parsePdu(1, body));
        expect(codeOf(() => parsePdu(1, bytes.subarray(6, 6 + at)))).to.equal('pdu-item');
      }),
    );
  });

  it('name the rule that is broken', () => {
    expect(codeOf(() => parsePdu(0, new Uint8Array(4)))).to.equal('pdu-type');
    expect(codeOf(() => parsePdu(4, new Uint8Array(0)))).to.equal('pdv');
    expect(codeOf(() => parsePdu(4, Uint8Array.of(0, 0, 0, 1, 1)))).to.equal('pdu-length');
    expect(codeOf(() => parsePdu(4, Uint8Array.of(0, 0, 0, 9, 1, 3)))).to.equal('pdu-length');
    expect(codeOf(() => parsePdu(5, new Uint8Array(5)))).to.equal('pdu-length');
    const pdv = Uint8Array.of(0, 0, 0, 2, 1, 3);
    expect(codeOf(() => parsePdu(4, Buffer.concat(Array.from({ length: 64 }, () => pdv))))).to.equal('none');
    expect(codeOf(() => parsePdu(4, Buffer.concat(Array.from({ length: 65 }, () => pdv))))).to.equal('pdv');
  });

  it('carry commands that are read as they were written', () => {
    const command = {
      field: 1,
      messageId: 7,
      priority: 0,
      hasDataSet: true,
      sopClassUid: '1.2.3',
      sopInstanceUid: '1.2.3.45',
    };
    expect(parseCommand(encodeCommand(command))).to.deep.include({
      ...{ field: 1, messageId: 7, hasDataSet: true },
      sopInstanceUid: '1.2.3.45',
    });
  });
});

/** What a peer answers to some bytes until it closes, or until `enough` bytes have come. */
function exchange(
  port: number,
  bytes: Uint8Array,
  enough = Number.POSITIVE_INFINITY,
): Promise<{ socket: Socket; answer: Buffer }> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => void socket.write(bytes));
    let answer = Buffer.alloc(0);
    const done = (): void => resolve({ socket, answer });
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= enough) done();
    });
    socket.on('error', () => undefined);
    socket.on('close', done);
  });
}

describe('the DICOM port', () => {
  it('goes on serving after peers that break every rule, and keeps nothing of them', async () => {
    await using pacs = await memoryPacs(0);
    const announced = Buffer.alloc(6);
    announced[0] = 0x04;
    announced.writeUInt32BE(0xfffffff0, 2);
    const hostile: Uint8Array[] = [
      announced, // four gigabytes of P-DATA
      Buffer.from([0x01, 0, 0xff, 0xff, 0xff, 0xff]), // an association of as many
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      encodePdu({ kind: 'data', pdvs: [{ contextId: 1, isCommand: true, isLast: true, data: new Uint8Array(8) }] }),
      encodePdu({ kind: 'release-rq' }),
    ];
    for (const bytes of hostile) {
      const { answer } = await exchange(pacs.port, bytes);
      expect(answer[0]).to.equal(0x07);
    }
    const before = process.memoryUsage().arrayBuffers;
    const { answer } = await exchange(pacs.port, Buffer.concat([encodePdu(request('PACS')), announced]));
    expect(answer[0]).to.equal(0x02);
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(32 * 1024 * 1024);
    const good = await exchange(pacs.port, encodePdu(request('PACS')), 6);
    expect(good.answer[0]).to.equal(0x02);
    good.socket.destroy();
    expect(pacs.stored).to.deep.equal([]);
  });

  it('rejects wrong AE titles with the reason of the standard', async () => {
    await using pacs = await memoryPacs(0);
    const called = await exchange(pacs.port, encodePdu(request('ELSE')));
    expect([...called.answer.subarray(0, 10)]).to.deep.equal([3, 0, 0, 0, 0, 4, 0, 1, 1, 7]);
    const calling = await exchange(pacs.port, encodePdu(request('PACS', 'STRANGER')));
    expect([...calling.answer.subarray(0, 10)]).to.deep.equal([3, 0, 0, 0, 0, 4, 0, 1, 1, 3]);
  });

  it('lets go of a peer that sends a PDU byte by byte', async () => {
    const intake = { opened: () => () => undefined, sink: () => expect.fail('nothing was sent') };
    await using scp = await scpWith(0, intake, { idleMs: 200 });
    const socket = connect({ host: '127.0.0.1', port: scp.port });
    socket.on('error', () => undefined);
    const dripping = setInterval(() => socket.write(Buffer.from([0x01])), 50);
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(dripping);
    // It has seen the end of every association when it has ended itself.
    await scp[Symbol.asyncDispose]();
    expect(scp.status().counts['refused']).to.equal(1);
  });

  it('tells a peer that there are too many, and serves the next one when one has gone', async () => {
    const intake = { opened: () => () => undefined, sink: () => expect.fail('nothing was sent') };
    await using scp = await scpWith(0, intake, { maxAssociations: 1 });
    const first = await exchange(scp.port, encodePdu(request('PACS')), 6);
    expect(first.answer[0]).to.equal(0x02);
    const second = await exchange(scp.port, encodePdu(request('PACS')));
    expect([...second.answer.subarray(6, 10)]).to.deep.equal([0, 2, 3, 2]);
    const gone = new Promise((resolve) => first.socket.once('close', resolve));
    first.socket.write(encodePdu({ kind: 'release-rq' }));
    await gone;
    const third = await exchange(scp.port, encodePdu(request('PACS')), 6);
    expect(third.answer[0]).to.equal(0x02);
    third.socket.destroy();
  });
});
