import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { readMultipart } from '../../../client/gateway/http/multipart.js';
import { type Problem } from '../../../client/gateway/http/problem.js';
import { verifyNotification } from '../../../client/gateway/sdk/verify.js';
import {
  BACK_OFF_MS,
  type Deliverer,
  type PostOutcome,
  startDeliverer,
} from '../../../client/gateway/webhooks/deliverer.js';
import { openEventLog } from '../../../client/gateway/webhooks/event-log.js';
import { type Hook, openHookStore } from '../../../client/gateway/webhooks/hook-store.js';
import { newSecret } from '../../../client/gateway/webhooks/signature.js';
import { type TestFolder, createFolder } from '../../support/folder.js';

describe('webhooks', () => {
  let folder: TestFolder;
  let count = 0;
  before(async () => void (folder = await createFolder()));
  after(() => folder.remove());

  interface Posted {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }

  /** A receiver that answers what the test says, and a clock that the test sets. */
  const setUp = async (answer: (posted: Posted) => PostOutcome) => {
    const path = join(folder.path, String((count += 1)));
    const clock = { nowMs: Date.UTC(2026, 10, 25) };
    const posted: Posted[] = [];
    const open = async () => {
      const events = await openEventLog(join(path, 'events'), () => clock.nowMs);
      const hooks = await openHookStore(join(path, 'hooks'));
      const deliverer = startDeliverer({
        ...{ events, hooks, now: () => clock.nowMs },
        post: (url, headers, body) => {
          posted.push({ url, headers, body });
          return Promise.resolve(answer({ url, headers, body }));
        },
      });
      return { events, hooks, deliverer };
    };
    const first = await open();
    const create = (url: string): Promise<Hook> =>
      first.hooks.create({
        ...{
          keyId: 'k',
          url,
          secret: newSecret(),
          events: ['message.complete'],
          createdAt: '',
          cursor: first.events.last,
        },
      });
    return { ...first, clock, posted, create, open };
  };
  const closeAll = async (deliverer: Deliverer, events: AsyncDisposable): Promise<void> => {
    await deliverer[Symbol.asyncDispose]();
    await events[Symbol.asyncDispose]();
  };

  it('are tried again after each time of the list, no sooner, then given up, with every attempt to be seen', async () => {
    const outcomes: PostOutcome[] = [{ kind: 'answered', status: 500 }, { kind: 'timeout' }, { kind: 'unreachable' }];
    const { deliverer, events, hooks, clock, posted, create } = await setUp(() => outcomes[posted.length % 3]!);
    const { id } = await create('https://pvs.example/');
    await events.append('message.complete', { message: 'm' });
    await deliverer.run();
    const tries = posted.length;
    for (const [at, waitMs] of BACK_OFF_MS.entries()) {
      clock.nowMs += waitMs - 1;
      await deliverer.run();
      expect(posted.length, `try ${at}`).to.equal(tries + at);
      clock.nowMs += 1;
      await deliverer.run();
      expect(posted.length, `try ${at}`).to.equal(tries + at + 1);
    }
    const [delivery] = hooks.get(id)?.deliveries ?? [];
    expect([delivery?.state, delivery?.nextMs, delivery?.attempts.length]).to.deep.equal([
      'failed',
      null,
      BACK_OFF_MS.length + 1,
    ]);
    expect(new Set(delivery?.attempts.map(({ failure }) => failure))).to.deep.equal(
      new Set(['status', 'timeout', 'unreachable']),
    );
    expect(
      delivery?.attempts.filter(({ failure }) => failure === 'status').every(({ status }) => status === 500),
    ).to.equal(true);
    clock.nowMs += 7 * 86_400_000;
    await deliverer.run();
    expect(posted.length).to.equal(tries + BACK_OFF_MS.length);
    await closeAll(deliverer, events);
  });

  it('tell the same event under the same id, each time signed anew, and once more when somebody asks', async () => {
    const { deliverer, events, hooks, clock, posted, create } = await setUp(({ headers }) => ({
      kind: 'answered',
      status: Number(headers['Webhook-Timestamp']) * 1000 < Date.UTC(2026, 10, 25, 1) ? 503 : 204,
    }));
    const { id, secret } = await create('https://pvs.example/');
    await events.append('message.complete', { message: 'm' });
    await deliverer.run();
    clock.nowMs += 3_600_000;
    await deliverer.run();
    const [delivery] = hooks.get(id)?.deliveries ?? [];
    expect([delivery?.state, delivery?.attempts.map(({ status }) => status)]).to.deep.equal(['delivered', [503, 204]]);
    expect(await deliverer.redeliver(id, delivery?.id ?? '')).to.equal(true);
    await deliverer.run();
    expect(await deliverer.redeliver(id, 'evt_000000000000000000000000')).to.equal(false);
    expect(posted.map(({ headers }) => headers['Webhook-Id'])).to.deep.equal([
      delivery?.id,
      delivery?.id,
      delivery?.id,
    ]);
    for (const { headers, body } of posted) {
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      const atMs = Number(headers['Webhook-Timestamp']) * 1000;
      expect((await verifyNotification(secret, lower, body, atMs)).data).to.deep.equal({ message: 'm' });
      const old = await verifyNotification(secret, lower, body, atMs + 301_000).catch(() => 'refused');
      const other = await verifyNotification(newSecret(), lower, body, atMs).catch(() => 'refused');
      const changed = await verifyNotification(secret, lower, body.replace('"m"', '"n"'), atMs).catch(() => 'refused');
      expect([old, other, changed]).to.deep.equal(['refused', 'refused', 'refused']);
    }
    await closeAll(deliverer, events);
  });

  it('go on after a restart, and one that is away keeps no other waiting', async () => {
    let isAway = true;
    const { deliverer, events, clock, posted, create, open } = await setUp(({ url }) =>
      isAway && url.includes('away') ? { kind: 'unreachable' } : { kind: 'answered', status: 200 },
    );
    await create('https://away.example/');
    await create('https://there.example/');
    await events.append('message.complete', { message: 'm' });
    await deliverer.run();
    expect(posted.map(({ url }) => url).sort()).to.deep.equal(['https://away.example/', 'https://there.example/']);
    await closeAll(deliverer, events);
    isAway = false;
    clock.nowMs += BACK_OFF_MS[0]!;
    const again = await open();
    await again.deliverer.run();
    expect(posted.map(({ url }) => url).slice(2)).to.deep.equal(['https://away.example/']);
    await closeAll(again.deliverer, again.events);
  });
});

describe('multipart bodies', () => {
  async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
    let at = 0;
    for (let n = 0; at < bytes.length; n++) {
      const size = Math.max(1, sizes[n % Math.max(1, sizes.length)] ?? bytes.length);
      yield await Promise.resolve(bytes.subarray(at, (at += size)));
    }
  }
  const read = async (bytes: Buffer, sizes: readonly number[], boundary: string, maxParts = 100) => {
    const parts: { name: string | undefined; body: Buffer }[] = [];
    for await (const { headers, body } of readMultipart(inPieces(bytes, sizes), boundary, maxParts)) {
      const chunks: Buffer[] = [];
      for await (const chunk of body) chunks.push(chunk);
      parts.push({ name: headers.get('x-name'), body: Buffer.concat(chunks) });
    }
    return parts;
  };
  const boundary = 'b0undary';
  // What looks like a boundary, or the beginning of one, is what goes wrong.
  const piece = fc.constantFrom('--b0undary', '\r\n--b0undar', '\r\n', '--', '\r\n\r\n', 'x', '\0', '--b0undary--');
  const content = fc
    .oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.array(piece).map((all) => Buffer.from(all.join(''), 'latin1')),
    )
    .filter((bytes) => !Buffer.concat([Buffer.from('\r\n'), bytes, Buffer.from('\r\n')]).includes(`\r\n--${boundary}`));
  const encoded = (bodies: readonly Buffer[]): Buffer =>
    Buffer.concat([
      Buffer.from('preamble'),
      ...bodies.flatMap((body, at) => [Buffer.from(`\r\n--${boundary}\r\nX-Name: ${at}\r\n\r\n`), body]),
      Buffer.from(`\r\n--${boundary}--\r\nepilogue`),
    ]);
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

  it('come back as they were, however the network cuts them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(content, { maxLength: 4 }), sizes, async (bodies, cuts) => {
        const parts = await read(encoded(bodies), cuts, boundary);
        expect(parts.map(({ name }) => name)).to.deep.equal(bodies.map((_, at) => String(at)));
        expect(Buffer.concat(parts.map(({ body }) => body)).equals(Buffer.concat(bodies))).to.equal(true);
        expect(parts.map(({ body }) => body.length)).to.deep.equal(bodies.map(({ length }) => length));
      }),
    );
  });

  it('are refused when they end too soon, wherever that is', async () => {
    const whole = encoded([Buffer.from('one'), Buffer.from('two')]);
    const end = whole.lastIndexOf('--\r\nepilogue') + 2;
    for (let at = 0; at < end; at++) {
      const code = await read(whole.subarray(0, at), [7], boundary).then(
        () => 'read',
        (error: Problem) => error.code,
      );
      expect(code, String(at)).to.equal('request-invalid');
    }
    expect((await read(whole.subarray(0, end), [7], boundary)).length).to.equal(2);
  });

  it('have limits for parts and headers', async () => {
    const codeOf = (bytes: Buffer, most?: number): Promise<string> =>
      read(bytes, [4096], boundary, most).then(
        () => 'read',
        (error: Problem) => error.code,
      );
    const two = encoded([Buffer.from('1'), Buffer.from('2')]);
    expect([await codeOf(two, 2), await codeOf(two, 1)]).to.deep.equal(['read', 'too-large']);
    const headers = (length: number): Buffer =>
      Buffer.from(`--${boundary}\r\nX: ${'y'.repeat(length)}\r\n\r\nbody\r\n--${boundary}--`);
    expect([await codeOf(headers(8000)), await codeOf(headers(9000))]).to.deep.equal(['read', 'request-invalid']);
    expect(await codeOf(Buffer.from(`--${boundary}\r\nA: 1\r\na: 2\r\n\r\n\r\n--${boundary}--`))).to.equal(
      'request-invalid',
    );
  });

  it('of any bytes end in parts or a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(piece, fc.string())), sizes, async (pieces, cuts) => {
        const code = await read(Buffer.from(pieces.join('')), cuts, boundary).then(
          () => 'read',
          (error: Problem) => error.code,
        );
        expect(code).to.be.oneOf(['read', 'request-invalid', 'too-large']);
      }),
    );
  });
});
