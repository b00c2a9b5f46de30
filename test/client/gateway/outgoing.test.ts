import { cpSync, existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Desk } from '../../../client/core/desk.js';
import { CoreError } from '../../../client/core/error.js';
import { type Relay } from '../../../client/core/relay/relay.js';
import { parseAddress } from '../../../client/core/ids.js';
import { receivedLetters } from '../../../client/core/receive/inbox.js';
import { syncInbox } from '../../../client/core/receive/sync.js';
import { openIncoming } from '../../../client/gateway/incoming/incoming.js';
import { type Job, type JobRequest } from '../../../client/gateway/outgoing/job.js';
import { openJobStore } from '../../../client/gateway/outgoing/job-store.js';
import { type Outgoing, openOutgoing } from '../../../client/gateway/outgoing/outgoing.js';
import { databases } from '../../support/database.js';
import { type TestFolder, createFolder } from '../../support/folder.js';
import { silent } from '../../support/gateways.js';
import { type TestDesk, enrolDesk } from '../../support/practice-desk.js';
import { type TestRelay, startTestRelay } from '../../support/relay.js';

const BOB = parseAddress('bob@sued.example');
const DAY_MS = 86_400_000;
const MEBIBYTE = 1024 * 1024;

function requestFor(subject: string, change: Partial<JobRequest> = {}): JobRequest {
  return {
    ...{ source: { kind: 'api', client: 'pvs' }, idempotency: null, to: [BOB], cc: [], bcc: [], subject },
    ...{ text: subject, replyTo: null, forwards: null, urgency: null, expiresInMs: 30 * DAY_MS },
    ...{ deidentification: null, mixedPatients: 'refuse', unreadable: 'refuse', ...change },
  };
}

/** The relay's calls, each of them with somebody who is asked before and told afterwards. */
function watched(relay: Relay, before: (name: string) => void, after: (name: string) => void): Partial<Relay> {
  const calls = Object.entries(relay).flatMap(([name, call]: [string, unknown]) => {
    if (typeof call !== 'function' || name === 'listParts') return [];
    const around = async (...args: unknown[]): Promise<unknown> => {
      before(name);
      const result: unknown = await (call as (...given: unknown[]) => unknown).apply(relay, args);
      // A call that only reads leaves nothing that the next one's beginning does not show.
      if (name.startsWith('p')) after(name);
      return result;
    };
    return [[name, around] as const];
  });
  return Object.fromEntries(calls);
}

describe('the outgoing queue', function () {
  this.timeout(60_000);
  let relay: TestRelay;
  let alice: TestDesk;
  let bob: TestDesk;
  let folder: TestFolder;
  let count = 0;
  const open: Outgoing[] = [];

  before(async () => {
    const [kind] = databases();
    if (kind === undefined) throw new Error('no database');
    relay = await startTestRelay(kind);
    folder = await createFolder();
    alice = await enrolDesk(relay, 'alice@nord.example');
    bob = await enrolDesk(relay, BOB);
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
  });
  after(async () => {
    await alice.close();
    await bob.close();
    await relay.close();
    await folder.remove();
  });

  const newFolder = (): string => join(folder.path, String((count += 1)));
  const openIn = async (path: string, desk: Desk = alice, change: { patienceMs?: number } = {}): Promise<Outgoing> => {
    const limits = { parallel: 2, coding: 'stored' as const, patienceMs: DAY_MS, keepMs: DAY_MS, ...change };
    const outgoing = await openOutgoing({ folder: path, desk, log: silent, ...limits });
    open.push(outgoing);
    return outgoing;
  };
  const accept = async (outgoing: Outgoing, request: JobRequest) => {
    const draft = await outgoing.draft();
    async function* bytes() {
      yield await Promise.resolve(Buffer.from(request.subject));
    }
    await draft.write({ kind: 'attachment', name: 'a.txt', mediaType: 'text/plain' }, bytes(), MEBIBYTE);
    return outgoing.accept(draft, request);
  };
  const until = (outgoing: Outgoing, id: string, is: (job: Job) => boolean): Promise<Job> =>
    new Promise((resolve) => {
      outgoing.events.subscribe((event) => void (event.kind === 'job' && event.job.id === id && look(event.job)));
      const look = (job: Job): void => void (is(job) && resolve(job));
      look(outgoing.get(id));
    });
  const codeOf = async (action: Promise<unknown>): Promise<unknown> => {
    try {
      await action;
      return 'none';
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  };
  const isSent = ({ state }: Job): boolean => state.kind === 'sent';
  const hasFailedOnce = ({ state }: Job): boolean =>
    state.kind === 'failed' || (state.kind === 'sending' && state.failure !== null);
  const subjects = async (): Promise<string[]> => {
    await syncInbox(bob);
    return receivedLetters(bob.account).map(({ body }) => body.subject);
  };
  const received = async (subject: string): Promise<number> =>
    (await subjects()).filter((one) => one === subject).length;
  const offline = (): Desk =>
    alice.through(
      watched(
        alice.relay,
        () => {
          throw new CoreError('relay-unreachable', 'no line');
        },
        () => undefined,
      ),
    );

  it('makes one job of requests with one key, at once, later and after a restart, and refuses another request under it', async () => {
    const path = newFolder();
    const first = await openIn(path, offline());
    const idempotency = { scope: 'pvs', key: 'k1', digest: 'aa' };
    const request = requestFor('one key', { idempotency });
    const both = await Promise.all([accept(first, request), accept(first, request)]);
    expect(both.map(({ kind }) => kind).sort()).to.deep.equal(['accepted', 'repeated']);
    expect(both[0]?.job.id).to.equal(both[1]?.job.id);
    await first[Symbol.asyncDispose]();

    const second = await openIn(path);
    const again = await accept(second, request);
    expect([again.kind, again.job.id]).to.deep.equal(['repeated', both[0]?.job.id]);
    const other = requestFor('another', { idempotency: { ...idempotency, digest: 'bb' } });
    const draft = await second.draft();
    expect(await codeOf(second.accept(draft, other))).to.equal('idempotency-conflict');
    await draft.discard();
    const elsewhere = await accept(second, requestFor('scope', { idempotency: { ...idempotency, scope: 'ris' } }));
    expect(elsewhere.kind).to.equal('accepted');
    second.wake();
    await until(second, again.job.id, isSent);
    await until(second, elsewhere.job.id, isSent);
    expect(await received('one key')).to.equal(1);
    expect(await readdir(join(path, 'drafts'))).to.deep.equal([]);
  });

  it('waits without a line, keeps the files, and sends when it is woken', async () => {
    let isDown = true;
    const line = (): void => {
      if (isDown) throw new CoreError('relay-unreachable', 'no line');
    };
    const outgoing = await openIn(newFolder(), alice.through(watched(alice.relay, line, () => undefined)));
    const { job } = await accept(outgoing, requestFor('patience'));
    const waiting = await until(outgoing, job.id, hasFailedOnce);
    expect(waiting.state).to.deep.include({ kind: 'sending' });
    expect(waiting.state).to.have.nested.property('failure.kind', 'transient');
    expect(waiting.state).to.have.nested.property('failure.code', 'relay-unreachable');
    expect(waiting.files).to.have.length(1);
    expect(outgoing.status().state).to.equal('degraded');
    isDown = false;
    // The attempt that failed is over when its place is free.
    await new Promise(setImmediate);
    outgoing.wake();
    const sent = await until(outgoing, job.id, isSent);
    expect(sent).to.deep.include({ attempts: 2, messageId: waiting.messageId, files: [] });
    expect(await received('patience')).to.equal(1);
  });

  it('fails for good when patience ends, keeps what it had, and is sent once when a person tries again', async () => {
    const path = newFolder();
    const impatient = await openIn(path, offline(), { patienceMs: -1 });
    const { job } = await accept(impatient, requestFor('retried'));
    const failed = await until(impatient, job.id, hasFailedOnce);
    expect(failed.state.kind).to.equal('failed');
    expect(failed.files).to.have.length(1);
    await impatient[Symbol.asyncDispose]();
    const outgoing = await openIn(path);
    expect(outgoing.get(job.id).state.kind).to.equal('failed');
    await outgoing.retry(job.id);
    await until(outgoing, job.id, isSent);
    expect(await codeOf(outgoing.retry(job.id))).to.equal('job-state');
    expect(await codeOf(outgoing.retry('0'.repeat(32)))).to.equal('job-unknown');
    expect(await received('retried')).to.equal(1);
  });

  it('cancels what was never posted, for good, and nothing that was', async () => {
    const path = newFolder();
    const first = await openIn(path, offline());
    const { job } = await accept(first, requestFor('cancelled'));
    await until(first, job.id, hasFailedOnce);
    await new Promise(setImmediate);
    const cancelled = await first.cancel(job.id);
    expect([cancelled.state.kind, cancelled.files]).to.deep.equal(['cancelled', []]);
    expect(existsSync(join(path, 'jobs', job.id, 'documents'))).to.equal(false);
    expect(await codeOf(first.cancel(job.id))).to.equal('job-state');
    expect(await codeOf(first.retry(job.id))).to.equal('job-state');
    await first[Symbol.asyncDispose]();
    const second = await openIn(path);
    const { job: other } = await accept(second, requestFor('not cancelled'));
    await until(second, other.id, isSent);
    expect(second.get(job.id).state.kind).to.equal('cancelled');
    expect(await codeOf(second.cancel(other.id))).to.equal('job-state');
    expect(await received('cancelled')).to.equal(0);
  });

  it('promises with one rename: before it nothing is there after a crash, after it everything', async () => {
    const path = newFolder();
    const first = await openIn(path, offline());
    const { job } = await accept(first, requestFor('renamed'));
    await first[Symbol.asyncDispose]();
    const [jobs, drafts] = [join(path, 'jobs', job.id), join(path, 'drafts', job.id)];

    // Everything was written, and the rename not done.
    const unpromised = newFolder();
    await cp(path, unpromised, { recursive: true });
    await rename(join(unpromised, 'jobs', job.id), join(unpromised, 'drafts', job.id));
    const { jobs: none } = await (await openJobStore(unpromised)).load();
    expect(none).to.deep.equal([]);
    expect(await readdir(join(unpromised, 'drafts'))).to.deep.equal([]);

    // The name is in both folders, as a disk may leave it; and the next state of the job was being written.
    await mkdir(drafts);
    await writeFile(join(jobs, 'job.json.new'), '{"id":');
    const second = await openIn(path);
    second.wake();
    await until(second, job.id, isSent);
    expect(await received('renamed')).to.equal(1);
  });

  it('loses nothing and sends nothing twice, wherever it is killed between the promise and the end', async () => {
    let points = 0;
    for (let killedAt = 1; ; killedAt++) {
      const subject = `killed at ${killedAt}`;
      const [path, survived] = [newFolder(), newFolder()];
      let step = 0;
      let isDead = false;
      let killed = (): void => undefined;
      const dying = new Promise<void>((resolve) => (killed = resolve));
      // What lies on disk at this moment is what the next process finds; this one says no more to anybody.
      const point = (name: string): void => {
        if (isDead) throw new CoreError('relay-unreachable', 'killed');
        // Between two calls that only read, nothing changes on either side.
        if (name !== 'job' && !name.startsWith('p')) return;
        step += 1;
        if (step !== killedAt) return;
        cpSync(path, survived, { recursive: true });
        isDead = true;
        killed();
        throw new CoreError('relay-unreachable', 'killed');
      };
      const first = await openIn(path, alice.through(watched(alice.relay, point, point)));
      first.events.subscribe((event) => void (event.kind === 'job' && !isDead && point('job')));
      const { job } = await accept(first, requestFor(subject));
      await Promise.race([dying, until(first, job.id, isSent)]);
      await first[Symbol.asyncDispose]();
      if (!existsSync(survived)) break;
      points += 1;

      const second = await openIn(survived);
      const sent = await until(second, job.id, isSent);
      await second[Symbol.asyncDispose]();
      expect(sent.files, subject).to.deep.equal([]);
      expect(existsSync(join(survived, 'jobs', job.id, 'documents')), subject).to.equal(false);
    }
    const arrived = (await subjects()).filter((one) => one.startsWith('killed at '));
    expect(arrived.sort()).to.deep.equal(Array.from({ length: points + 1 }, (_, i) => `killed at ${i + 1}`).sort());
    // Accepted, under way, collected, sent; and before and after each word with the relay.
    expect(points).to.be.greaterThan(7);
  });

  it('has a mailbox beside it that is asked again and again, and every round leaves no listener behind', async () => {
    const listeners = new Map<AbortSignal, number>();
    const add = AbortSignal.prototype.addEventListener;
    AbortSignal.prototype.addEventListener = function (this: AbortSignal, ...args: unknown[]): void {
      listeners.set(this, (listeners.get(this) ?? 0) + 1);
      Reflect.apply(add, this, args);
    };
    try {
      const options = { desk: alice, log: silent, folder: newFolder(), pollMs: 1, fetch: 'none' as const };
      const incoming = await openIncoming(options);
      let rounds = 0;
      await new Promise<void>((resolve) => {
        incoming.events.subscribe(({ kind }) => void (kind === 'synced' && ++rounds === 20 && resolve()));
      });
      await incoming[Symbol.asyncDispose]();
    } finally {
      AbortSignal.prototype.addEventListener = add;
    }
    expect(Math.max(0, ...listeners.values())).to.be.lessThan(10);
  });
});
