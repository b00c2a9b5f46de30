import { type Address, parseAddress } from '../../crypto/wire/ids.js';
import { isBalanceDue, signBalance } from '../../crypto/seal/statements.js';
import { databases } from '../support/database.js';
import { deskMaker } from '../support/device-desk.js';
import { mochaHooks } from '../support/hooks.js';
import { createDevice } from '../support/mailbox.js';
import { type Actor, base64Url, startTestRelay } from '../support/relay.js';
import { lookUp, recorder, round } from './look-up.js';

/**
 * `npm run bench:lookup`: what it costs to write for the first time to a mailbox with a past: three devices, an epoch a
 * week, and a balance when one is due (and how much the whole chain would be). Prints a JSON object a length.
 * Limits of the project: 50 KB, 50 ms of the client's CPU.
 */

const LENGTHS = [3, 12, 60, 120, 240];
const DEVICES = 3;
const POSTED = 30;
const RUNS = 9;

const kind = databases().at(-1);
if (kind === undefined) throw new Error('no database');
const relay = await startTestRelay(kind);
const wire = recorder();
let isWithout = false;
const desks = deskMaker(relay, relay.relay.origin, (inner) => {
  const recorded = wire.wrap(inner);
  // A client of a relay without excerpts reads whole chains.
  const none = { status: 404, headers: {}, bytes: new TextEncoder().encode('{"code":"not-found"}') };
  return (request) => (isWithout && request.url.includes('/excerpt') ? Promise.resolve(none) : recorded(request));
});
const asker = await desks.practice('asker@bench.example');
const waiter = await desks.practice('waiter@bench.example');
for (const desk of [asker, waiter]) await desk.directory.refresh(desk.account.content.mailboxId);

for (const length of LENGTHS) {
  const actor = await withPast(length);
  const address = parseAddress(actor.address);
  const { state } = actor.mailbox;
  await untilLogged(actor);
  await asker.directory.refresh(asker.account.content.mailboxId);
  isWithout = false;
  const excerpt = await measured(address);
  isWithout = true;
  const whole = await measured(address);
  const report = {
    statements: state.seq,
    devices: DEVICES,
    sinceBalance: state.seq - (state.balance?.seq ?? 0),
    excerpt,
    whole,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

desks.close();
await relay.close();
await mochaHooks.afterAll.call({ timeout: () => undefined } as unknown as Mocha.Context);

/** Bytes as the relay sends them, and the median of the client's work. */
async function measured(address: Address) {
  const runs = [];
  for (let i = 0; i < (isWithout ? 3 : RUNS); i++) runs.push(await lookUp(wire, asker, address));
  const times = runs.map(({ cpuMs }) => cpuMs).sort((a, b) => a - b);
  return { bytes: runs[0]?.bytes, cpuMs: round(times[Math.floor(times.length / 2)] ?? 0) };
}

async function withPast(length: number): Promise<Actor> {
  const actor = await relay.enrol(`past-${length}@bench.example`);
  const { mailbox } = actor;
  let posted = mailbox.statements.length;
  const post = async (): Promise<void> => {
    const statements = mailbox.statements.slice(posted).map(base64Url);
    if (statements.length === 0) return;
    const { status, code } = await actor.ask('POST', `/api/mailboxes/${actor.mailboxId}/statements`, {
      json: { statements },
    });
    if (status !== 201) throw new Error(`refused: ${status} ${code ?? ''}`);
    posted = mailbox.statements.length;
  };
  for (let i = 1; i < DEVICES && length > 3; i++) mailbox.commit(mailbox.addDevice(createDevice()));
  while (mailbox.state.seq < length) {
    const nowMs = Date.now();
    if (isBalanceDue(mailbox.state)) mailbox.commit(signBalance(mailbox.state, mailbox.identity, nowMs).bytes);
    else mailbox.commit(mailbox.epoch());
    if (mailbox.statements.length - posted >= POSTED) await post();
  }
  await post();
  return actor;
}

/** By somebody else than the one who is measured: he must not know the mailbox before. */
async function untilLogged({ mailboxId }: Actor): Promise<void> {
  for (;;) {
    const { agreement } = await waiter.directory.examine(mailboxId);
    if (agreement === 'same') return;
    await new Promise((next) => setTimeout(next, 200));
  }
}
