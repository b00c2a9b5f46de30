import { type Server, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { assert } from 'chai';
import { receivedLetters } from '../../client/core/receive/inbox.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { type TestClient, enrolClient } from '../support/client.js';
import { codeOf } from '../support/codes.js';
import { databases } from '../support/database.js';
import { type LyingRelay, bytesAnswer, startLyingRelay, withJson } from '../support/lying-relay.js';

/** Somebody who wants a client to call: every connection is counted, whatever it says. */
interface Lure {
  readonly port: number;
  readonly connections: () => number;
  close(): Promise<void>;
}

async function openLure(host: string): Promise<Lure | null> {
  let count = 0;
  const server: Server = createServer((socket) => {
    count += 1;
    socket.destroy();
  });
  const listening = await new Promise<boolean>((ready) => {
    server.once('error', () => ready(false));
    server.listen(0, host, () => ready(true));
  });
  if (!listening) return null;
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    close: () => new Promise((done) => server.close(() => done())),
  };
}

describe('attack A5: a foreign host', function () {
  this.timeout(60_000);
  let lying: LyingRelay;
  let [alice, bob]: [TestClient, TestClient] = [] as never;
  let lures: Lure[];
  let places: string[];

  before(async () => {
    const [kind = assert.fail('no database')] = databases();
    lying = await startLyingRelay(kind);
    alice = await enrolClient(lying, 'alice@nord.example');
    bob = await enrolClient(lying, 'bob@sued.example');
    const [v4, v6] = [await openLure('127.0.0.1'), await openLure('::1')];
    lures = [v4, v6].filter((lure) => lure !== null);
    places = [
      ...(v4 === null ? [] : [`http://127.0.0.1:${v4.port}/`, `//localhost:${v4.port}/x`, `HTTP://127.1:${v4.port}`]),
      ...(v6 === null ? [] : [`http://[::1]:${v6.port}/`, `http://[::ffff:127.0.0.1]:${v4?.port ?? 0}/`]),
      'file:///etc/passwd',
      'data:text/plain,x',
    ];
  });
  after(async () => {
    await alice.close();
    await bob.close();
    await lying.close();
    for (const lure of lures) await lure.close();
  });

  const connections = (): number => lures.reduce((sum, lure) => sum + lure.connections(), 0);

  it('gets not one connection by a redirect of any route, whatever its status and spelling', async () => {
    for (const status of [302, 303, 308, 201]) {
      for (const location of places) {
        const end = lying.lie('GET /api/*', () => ({
          ...bytesAnswer(new Uint8Array(0), status),
          headers: { location },
        }));
        assert.equal(await codeOf(() => syncInbox(bob.again())), 'relay-answer', `${status} ${location}`);
        end();
      }
    }
    const end = lying.lie('POST /api/*', () => ({
      ...bytesAnswer(new Uint8Array(0), 307),
      headers: { location: places[0] ?? '' },
    }));
    assert.equal(await codeOf(() => alice.send(bob.address)), 'relay-answer');
    end();
    assert.equal(connections(), 0);
  });

  it('nor by what the relay says of itself, nor by what a message says', async () => {
    lying.lie(
      'GET /api/relay',
      withJson((info: object) => ({ ...info, origin: places[0], blobs: places[0], url: places[0] })),
    );
    const text = places.map((place) => `${place} <img src="${place}"> [x](${place})`).join('\n');
    await alice.send(bob.address, text);
    lying.lie(
      'GET /api/deliveries',
      withJson((page: { deliveries: object[] }) => ({
        ...page,
        deliveries: page.deliveries.map((one) => ({ ...one, envelopeUrl: places[0], href: places[0] })),
      })),
    );
    await syncInbox(bob.again()).catch(() => undefined);
    lying.tellTheTruth();
    await syncInbox(bob.again());
    assert.include(
      receivedLetters(bob.account).map(({ body }) => body.text),
      text,
    );
    assert.equal(connections(), 0);
  });
});
