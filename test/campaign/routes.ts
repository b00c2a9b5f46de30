import fc from 'fast-check';
import { databases } from '../support/database.js';
import { mochaHooks } from '../support/hooks.js';
import { startTestRelay } from '../support/relay.js';
import { type Document, requestOf, send } from '../support/route-fuzz.js';
import { createPayload, messageTo, post } from '../support/sealed-payload.js';

/** `npm run campaign:routes -- [RUNS] [SEED]`: the test's fuzz run, as long as one likes. */

const [runs = 20_000, seed = Date.now() % 2 ** 31] = process.argv.slice(2).map(Number);
const [kind] = databases();
if (kind === undefined) throw new Error('no database');
const t = await startTestRelay(kind);
const [alice, bob] = [await t.enrol('alice@nord.example'), await t.enrol('bob@sued.example')];
const payload = createPayload({ segments: 1 });
const message = messageTo([bob.mailboxId], { payloads: [payload] });
await post(alice, message);
const document = (await t.ask('GET', '/api/openapi.json')).json as Document;
const known = [
  alice.mailboxId,
  bob.mailboxId,
  bob.deviceId,
  payload.payloadId,
  message.messageId,
  '1',
  '0',
  bob.address,
];
const secrets = [alice.token, t.dataDir, new URL(t.databaseUrl).password];
const statuses = new Map<number, number>();
const result = await fc.check(
  fc.asyncProperty(requestOf(document, known), fc.boolean(), async (request, isSignedIn) => {
    const status = await send(isSignedIn ? alice.ask : t.ask, request, secrets);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }),
  { numRuns: runs, seed },
);
process.stdout.write(`${runs} requests, seed ${seed}: ${JSON.stringify(Object.fromEntries(statuses))}\n`);
if (result.failed) process.stdout.write(`${fc.defaultReportMessage(result) ?? ''}\n`);
process.exitCode = result.failed ? 1 : 0;
await t.close();
await mochaHooks.afterAll.call({ timeout: () => undefined } as unknown as Mocha.Context);
