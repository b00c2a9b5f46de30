import { assert } from 'chai';
import { ctStudy } from '../../../../client/cli/demo/phantom.js';
import { platformCoding } from '../../../../client/core/coding/coding.js';
import { type Desk } from '../../../../client/core/desk.js';
import { CoreError } from '../../../../client/core/error.js';
import { parseAddress } from '../../../../client/core/ids.js';
import { type ByteSource } from '../../../../client/core/ports.js';
import { forwardMessage } from '../../../../client/core/receive/forward.js';
import { type Letter, receivedLetters, sentLetters } from '../../../../client/core/receive/inbox.js';
import { type LocalFile } from '../../../../client/core/receive/known-files.js';
import { type Received, receiveMessage } from '../../../../client/core/receive/receive.js';
import { syncInbox } from '../../../../client/core/receive/sync.js';
import { type MessageRequest } from '../../../../client/core/relay/relay.js';
import { collectStudies } from '../../../../client/core/send/collect.js';
import { planPackage } from '../../../../client/core/send/plan-package.js';
import { type Sent, newFileId, sendMessage } from '../../../../client/core/send/send.js';
import { withdrawMessage } from '../../../../client/core/withdraw/withdrawal.js';
import { nodeSha256 } from '../../../../client/node/node-sha256.js';
import { codeOf } from '../../../support/codes.js';
import { databases } from '../../../support/database.js';
import { type MemorySink, memorySink } from '../../../support/memory-sink.js';
import { memorySource, sourceTree } from '../../../support/memory-source.js';
import { type TestDesk, enrolDesk } from '../../../support/practice-desk.js';
import { type TestRelay, startTestRelay } from '../../../support/relay.js';

const DAY_MS = 86_400_000;
const WAIT = { waitForMore: () => Promise.reject(new Error('nothing more comes')) };

/** Of so many slices; one more of a study has the same first ones. */
const slices = [...ctStudy({ slices: 5 })].map(({ bytes }, index) => memorySource(`${index}.dcm`, bytes));
const SLICE_BYTES = slices[0]?.size ?? 0;

function letterTo(...desks: readonly TestDesk[]) {
  const to = desks.map(({ address }) => parseAddress(address));
  const rest = { cc: [], bcc: [], subject: 'CT', text: '', replyTo: null, urgency: null };
  return { to, ...rest, expiresMs: Date.now() + 30 * DAY_MS };
}

async function send(desk: Desk, to: readonly TestDesk[], sources: readonly ByteSource[]): Promise<Sent> {
  const { studies } = await collectStudies({ tree: sourceTree(sources), createSha256: nodeSha256 });
  const located = new Map(sources.map((source) => [source.name, source]));
  const named = sources.map((source) => ({ ...source, locator: source.name }));
  const again = await collectStudies({ tree: sourceTree(named), createSha256: nodeSha256 });
  const reopen = (locator: string): Promise<ByteSource> => Promise.resolve(located.get(locator) ?? assert.fail());
  assert.equal(studies.length, again.studies.length);
  return sendMessage(desk, letterTo(...to), planPackage(again.studies, [], newFileId), { reopen, coding: 'fast' });
}

function coding(desk: Desk): Desk {
  return { ...desk, coding: platformCoding() };
}

interface Got {
  readonly received: Received;
  /** Contents, sorted. */
  readonly contents: readonly string[];
}

async function receive(desk: Desk, letter: Letter, localFile?: LocalFile): Promise<Got> {
  const sinks: MemorySink[] = [];
  const received = await receiveMessage(desk, letter, {
    ...WAIT,
    localFile,
    openSink: () => {
      const sink = memorySink();
      sinks.push(sink);
      const nothing = (): Promise<void> => Promise.resolve();
      const rest = { save: nothing, complete: nothing, discard: nothing, release: nothing };
      return Promise.resolve({ ...sink, ...rest, resume: () => Promise.resolve(null) });
    },
  });
  return { received, contents: contentsOf(sinks.flatMap((sink) => [...sink.published.values()])) };
}

function contentsOf(files: readonly { readonly bytes: Uint8Array }[]): string[] {
  return files.map(({ bytes }) => digestOf(bytes)).sort();
}

function digestOf(bytes: Uint8Array): string {
  const hash = nodeSha256();
  hash.update(bytes);
  return Buffer.from(hash.digest()).toString('hex');
}

async function expected(sources: readonly ByteSource[]): Promise<string[]> {
  const all = await Promise.all(sources.map((source) => source.read(0, source.size)));
  return all.map(digestOf).sort();
}

async function newest(desk: Desk): Promise<Letter> {
  await syncInbox(desk);
  return receivedLetters(desk.account).at(-1) ?? assert.fail('nothing has come');
}

describe('instances that a recipient has already', function () {
  this.timeout(180_000);
  let t: TestRelay;
  let [nord, sued, ost]: [TestDesk, TestDesk, TestDesk] = [] as never;
  const first = slices.slice(0, 3);

  before(async () => {
    const [kind] = databases();
    t = await startTestRelay(kind ?? assert.fail());
    nord = await enrolDesk(t, 'befund@nord.example');
    sued = await enrolDesk(t, 'praxis@sued.example');
    ost = await enrolDesk(t, 'praxis@ost.example');
  });
  after(async () => {
    await Promise.all([nord, sued, ost].map((desk) => desk.close()));
    await t.close();
  });

  it('are sent again as long as he has not confirmed them', async () => {
    const coded = coding(nord);
    assert.equal((await send(coded, [sued], first)).knownFiles, 0);
    assert.equal((await send(coded, [ost], first.slice(0, 1))).knownFiles, 0);
    assert.equal((await send(coded, [ost], first.slice(0, 1))).knownFiles, 0);
    const { contents } = await receive(coding(sued), await newest(sued));
    assert.deepEqual(contents, await expected(first));
    await syncInbox(nord);
  });

  it('are named and not sent; he takes them from the earlier payload at the relay', async () => {
    const sent = await send(nord, [sued], slices.slice(0, 4));
    assert.include(sent, { knownFiles: 3, instances: 4 });
    assert.isBelow(sent.wireBytes, SLICE_BYTES + 300_000);
    const letter = await newest(sued);
    assert.lengthOf(letter.stored.header.payloads, 2);
    const { received, contents } = await receive(coding(sued), letter);
    assert.deepEqual(contents, await expected(slices.slice(0, 4)));
    assert.equal(received.instances, 4);
    await syncInbox(nord);
  });

  it('cost less than a fiftieth of their bytes both ways when he still has them', async () => {
    const sent = await send(nord, [sued], slices.slice(0, 4));
    assert.equal(sent.knownFiles, 4);
    assert.isBelow(sent.wireBytes, sent.bytes / 50);
    const asked: string[] = [];
    const local: LocalFile = async (earlier, { sha256 }) => {
      asked.push(earlier.name);
      const wanted = Buffer.from(sha256).toString('hex');
      for (const source of slices) if (digestOf(await source.read(0, source.size)) === wanted) return source;
      return null;
    };
    const { received, contents } = await receive(coding(sued), await newest(sued), local);
    assert.deepEqual(contents, await expected(slices.slice(0, 4)));
    assert.isBelow(received.wireBytes, received.bytes / 50);
    assert.isNotEmpty(asked);
    const altered = memorySource('other', new Uint8Array(SLICE_BYTES));
    const again = await receive(coding(sued), await newest(sued), () => Promise.resolve(altered));
    assert.deepEqual(again.contents, contents, 'what was changed here comes from the relay');
    await syncInbox(nord);
  });

  it('are sent when another recipient has not got them, when they have changed, and when the sender wants it', async () => {
    assert.equal((await send(nord, [sued, ost], first)).knownFiles, 0);
    const one = first[0] ?? assert.fail();
    const bytes = (await one.read(0, one.size)).slice();
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    assert.equal((await send(nord, [sued], [memorySource('0.dcm', bytes)])).knownFiles, 0);
  });

  it('are refused when they are not what the sender has signed', async () => {
    await send(nord, [sued], first);
    const letter = await newest(sued);
    const [known, ...others] = letter.body.known;
    if (known === undefined) assert.fail('nothing known');
    const lie = (change: Partial<typeof known>): Letter => ({
      ...letter,
      body: { ...letter.body, known: [{ ...known, ...change }, ...others] },
    });
    const desk = coding(sued);
    assert.equal(await codeOf(() => receive(desk, lie({ sha256: new Uint8Array(32) }))), 'payload-damaged');
    assert.equal(await codeOf(() => receive(desk, lie({ fileId: newFileId() }))), 'package-plan');
    assert.deepEqual((await receive(desk, letter)).contents, await expected(first));
  });

  it('go on with a message that is forwarded', async () => {
    const original = await newest(sued);
    assert.isNotEmpty(original.body.known);
    await forwardMessage(sued, original, letterTo(ost), { reopen: () => assert.fail() });
    const { contents } = await receive(coding(ost), await newest(ost));
    assert.deepEqual(contents, await expected(first));
  });

  it('are sent after all when the relay has forgotten them meanwhile', async () => {
    const posts: MessageRequest[] = [];
    const desk = nord.through({
      postMessage: (request) => {
        posts.push(request);
        if (request.reuse.length > 0) return Promise.reject(new CoreError('gone', 'forgotten'));
        return nord.relay.postMessage(request);
      },
    });
    const sent = await send(desk, [sued], first);
    assert.deepEqual(
      posts.map(({ reuse }) => reuse.length > 0),
      [true, false],
    );
    assert.equal(sent.knownFiles, 0);
    assert.deepEqual((await receive(sued, await newest(sued))).contents, await expected(first));
    assert.equal(receivedLetters(sued.account).at(-1)?.stored.missing, 0);
    await syncInbox(nord);
  });

  it('are not looked for in what was taken back, or what the relay holds no more', async () => {
    const gone = nord.through({ payload: () => Promise.reject(new CoreError('gone', 'expired')) });
    assert.equal((await send(gone, [sued], first)).knownFiles, 0);
    for (const letter of sentLetters(nord.account)) await withdrawMessage(nord, letter);
    assert.equal((await send(nord, [sued], first)).knownFiles, 0);
  });
});
