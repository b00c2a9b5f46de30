import { assert } from 'chai';
import pg from 'pg';
import { type Socket, io } from 'socket.io-client';
import { databases } from '../support/database.js';
import { createDevice } from '../support/mailbox.js';
import { type Actor, type TestRelay, base64Url, signIn, startTestRelay } from '../support/relay.js';
import { createPayload, messageTo, post, putPart, putTally } from '../support/sealed-payload.js';
import { startRelay } from '../../server/main.js';
import { createFolder } from '../support/folder.js';

/** The next event's arguments. */
function once(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    socket.once(event, (...args: unknown[]) => resolve(args));
  });
}

for (const kind of databases()) {
  describe(`server/hints on ${kind.label}`, function () {
    this.timeout(60_000);
    let t: TestRelay;
    let alice: Actor;
    let bob: Actor;
    let eve: Actor;
    const sockets: Socket[] = [];

    before(async () => {
      t = await startTestRelay(kind);
      alice = await t.enrol('alice@nord.example');
      bob = await t.enrol('bob@sued.example');
      eve = await t.enrol('eve@west.example');
    });
    afterEach(() => {
      for (const socket of sockets.splice(0)) socket.disconnect();
    });
    after(() => t.close());

    const dial = (token: string, transport = 'websocket', url = t.url): Socket => {
      const options = { path: '/api/hints', auth: { token }, transports: [transport], reconnection: false };
      const socket = io(url, { ...options, forceNew: true });
      sockets.push(socket);
      return socket;
    };
    const listen = async (actor: Actor, transport?: string, url?: string): Promise<Socket> => {
      const socket = dial(actor.token, transport, url);
      await once(socket, 'connect');
      return socket;
    };

    for (const transport of ['websocket', 'polling']) {
      it(`says by ${transport} that a delivery came, and nothing of it`, async () => {
        const socket = await listen(bob, transport);
        const hint = once(socket, 'delivery');
        const answer = await post(alice, messageTo([bob.mailboxId]));
        const { deliveries } = answer.json as { deliveries: { mailboxId: string; seq: number }[] };
        assert.deepEqual(
          await hint,
          deliveries.map(({ mailboxId, seq }) => ({ mailboxId, seq })),
        );
      });
    }

    it('says to every party, and to nobody else, that a tally came', async () => {
      const payload = createPayload({ segments: 2 });
      await post(alice, messageTo([bob.mailboxId], { payloads: [payload] }));
      await putPart(alice, payload, 0, 1);
      const [a, b, e] = await Promise.all([listen(alice), listen(bob), listen(eve)]);
      const strange: unknown[] = [];
      e.onAny((...args: unknown[]) => strange.push(args));
      const hints = Promise.all([once(a, 'tally'), once(b, 'tally')]);
      await putTally(alice, payload.payloadId, 4, 1);
      for (const [hint] of await hints) assert.deepEqual(hint, { payloadId: payload.payloadId, seq: 4 });
      // What eve hears next is her own, and nothing came before it.
      const own = once(e, 'delivery');
      await post(alice, messageTo([eve.mailboxId]));
      await own;
      assert.lengthOf(strange, 1);
    });

    it('a message that was refused causes no hint', async () => {
      const socket = await listen(bob);
      const heard: number[] = [];
      socket.on('delivery', ({ seq }: { seq: number }) => heard.push(seq));
      const json = messageTo([bob.mailboxId]);
      json.envelopes.push({ mailboxId: 'ab'.repeat(32), envelope: json.envelopes[0]?.envelope ?? '' });
      assert.equal((await post(alice, json)).code, 'recipient-unknown');
      const answer = await post(alice, messageTo([bob.mailboxId]));
      const seq = (answer.json as { deliveries: { seq: number }[] }).deliveries[0]?.seq;
      while (heard.length === 0) await new Promise(setImmediate);
      assert.deepEqual(heard, [seq]);
    });

    it('nobody without a session gets in', async () => {
      for (const token of ['', 'x', 'A'.repeat(43), 'ä'.repeat(43)]) {
        const [error] = (await once(dial(token), 'connect_error')) as [Error];
        assert.equal(error.message, 'session-required', token);
      }
      const socket = io(t.url, { path: '/api/hints', transports: ['websocket'], reconnection: false, forceNew: true });
      sockets.push(socket);
      const [error] = (await once(socket, 'connect_error')) as [Error];
      assert.equal(error.message, 'session-required');
    });

    it('who speaks is disconnected', async () => {
      const socket = await listen(bob);
      const gone = once(socket, 'disconnect');
      socket.emit('delivery', { mailboxId: eve.mailboxId, seq: 1 });
      await gone;
    });

    it('a revoked device is disconnected at once, the others stay (attack A38)', async () => {
      const lost = createDevice();
      const { mailbox } = bob;
      const append = (statement: Uint8Array) =>
        bob.ask('POST', `/api/mailboxes/${bob.mailboxId}/statements`, { json: { statements: [base64Url(statement)] } });
      await append(mailbox.commit(mailbox.addDevice(lost)));
      const thief = await listen(await signIn(t.url, t.relay.origin, mailbox, lost));
      const owner = await listen(bob);
      const gone = once(thief, 'disconnect');
      assert.equal((await append(mailbox.commit(mailbox.revokeDevice(lost.deviceId)))).status, 201);
      await gone;
      const hint = once(owner, 'delivery');
      await post(alice, messageTo([bob.mailboxId]));
      await hint;
    });

    it('a connection ends with its session', async () => {
      const actor = await signIn(t.url, t.relay.origin, bob.mailbox);
      await t.db('sessions').update({ expires_at: t.db.raw("now() + interval '1 second'") });
      const socket = await listen(actor);
      await once(socket, 'disconnect');
      [alice, bob, eve] = (await Promise.all(
        [alice, bob, eve].map(({ mailbox }) => signIn(t.url, t.relay.origin, mailbox)),
      )) as [Actor, Actor, Actor];
    });

    it('after the database connection broke, clients are sent to look again, and hints go on', async () => {
      const socket = await listen(bob);
      const gone = once(socket, 'disconnect');
      const admin = new pg.Client({ connectionString: t.databaseUrl });
      await admin.connect();
      await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bildbote hints' and datname = current_database()",
      );
      await admin.end();
      await gone;
      const again = await listen(bob);
      const hint = once(again, 'delivery');
      await post(alice, messageTo([bob.mailboxId]));
      await hint;
    });

    it('a second node of the relay hears what the first one did', async () => {
      const folder = await createFolder();
      const node = await startRelay({
        port: 0,
        databaseUrl: t.databaseUrl,
        dataDir: folder.path,
        blobs: `disk:${t.blobsDir}`,
        origin: t.relay.origin,
        logLevel: 'silent',
        rateLimit: 'off',
      });
      try {
        const socket = await listen(bob, 'websocket', node.url);
        const hint = once(socket, 'delivery');
        await post(alice, messageTo([bob.mailboxId]));
        await hint;
      } finally {
        await node.close();
        await folder.remove();
      }
    });
  });
}
