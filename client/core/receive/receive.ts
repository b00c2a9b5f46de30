import { equalBytes } from '../../../crypto/wire/bytes.js';
import { type PayloadId } from '../../../crypto/wire/ids.js';
import { type HeaderPayload } from '../../../crypto/wire/message.js';
import { type ReceiptPayload } from '../../../crypto/wire/receipt.js';
import { type Extent, type TallyBody } from '../../../crypto/wire/tally.js';
import { type Secret } from '../../../crypto/seal/secret.js';
import { CoreError } from '../error.js';
import { type KnownIds, type Plan, planCounts } from '../package/plan.js';
import { type Desk } from '../desk.js';
import { type UnpackCheckpoint } from './checkpoint.js';
import { type Confirmation, confirm } from './confirm.js';
import { downloadPackage, fetchPayloadOpener } from './download.js';
import { type Letter } from './inbox.js';
import { packagesOf } from './own-packages.js';
import { type PackageSink } from './package-sink.js';
import { type KnownSource, type LocalFile, knownIdsOf, sourcesOf, takeKnownFiles } from './known-files.js';
import { payloadSigner } from './payload-signer.js';
import { watchTallies } from './tally-watch.js';
import { type UnpackResult, type Unpacker, createUnpacker } from './unpack.js';

/** The pipeline of receiving: download → open → unpack → deliver → confirm (docs/walkthrough.md). */

/** Where a message's files go, and how far they have come. */
export interface MessageSink extends PackageSink {
  /** What an earlier run saved for this payload, null to begin anew. */
  resume(): Promise<{ readonly checkpoint: UnpackCheckpoint; readonly planRecord: Uint8Array | null } | null>;
  /** Everything staged so far is durable before the checkpoint is. */
  save(checkpoint: UnpackCheckpoint): Promise<void>;
  /** All files are published and durable: only now may anybody call the message complete. */
  complete(plan: Plan): Promise<void>;
  /** Removes everything staged that no digest has vouched for. */
  discard(): Promise<void>;
  /** Lets go of what is open, however it ended. */
  release(): Promise<void>;
}

export interface ReceiveProgress {
  /** Plaintext of the package that has been verified and staged; `totalBytes` null while the sender has not finished. */
  readonly bytes: number;
  readonly totalBytes: number | null;
}

export interface ReceiveOptions {
  readonly openSink: (payload: HeaderPayload) => Promise<MessageSink>;
  /** Settles when it is worth asking for a newer tally. @throws CoreError `payload-incomplete` to give up */
  readonly waitForMore: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ReceiveProgress) => void) | undefined;
  /** Finds files of earlier messages that this device still has; without it all of them come from the relay. */
  readonly localFile?: LocalFile | undefined;
  /** What the sender is told; `delivered and opened` unless given. */
  readonly confirmation?: Confirmation | undefined;
}

export interface Received {
  readonly instances: number;
  /** Original bytes of all files. */
  readonly bytes: number;
  readonly wireBytes: number;
}

/** A checkpoint is saved after this much plaintext: an interruption costs no more. */
const SAVE_EVERY_BYTES = 8 * 1024 * 1024;

/**
 * Fetches everything a message carries into sinks, verifies it, says so to the sender (delivered, opened) and to the relay.
 * @throws CoreError `message-held`, `payload-damaged`, `payload-incomplete`, `payload-aborted`, `package-…`; then nothing unverified is left
 */
export async function receiveMessage(desk: Desk, letter: Letter, options: ReceiveOptions): Promise<Received> {
  if (letter.isHeld) throw new CoreError('message-held', 'this mailbox has not agreed to get the message');
  let total: Received = { instances: 0, bytes: 0, wireBytes: 0 };
  const payloads: ReceiptPayload[] = [];
  const note = ({ payloadId }: HeaderPayload, { segments, root }: TallyBody): void =>
    void payloads.push({ payloadId, segments, root, isFinal: true });
  const sources = await openSources(desk, letter);
  for (const payload of packagesOf(letter)) {
    const { received, tally } = await receivePayload(desk, letter, keyed(letter, payload), sources, options);
    total = addReceived(total, received);
    note(payload, tally);
  }
  for (const { payload, verified } of sources.values()) note(payload, verified.tally);
  const { key, stored } = letter;
  const { messageId, sender } = stored.header;
  if (!desk.account.state.completed.has(key)) {
    const { instances } = total;
    await desk.account.record({ kind: 'completed', messageId, sender: sender.mailboxId, instances, payloads });
  }
  await confirm(desk, letter, payloads, total.instances, options.confirmation);
  return total;
}

function addReceived(a: Received, b: Received): Received {
  return { instances: a.instances + b.instances, bytes: a.bytes + b.bytes, wireBytes: a.wireBytes + b.wireBytes };
}

interface Keyed {
  readonly payload: HeaderPayload;
  readonly secret: Secret;
}

function keyed({ stored }: Letter, payload: HeaderPayload): Keyed {
  const secret = stored.secrets.get(payload.payloadId);
  if (secret === undefined) throw new CoreError('message-quarantined', 'no secret for a payload');
  return { payload, secret };
}

/** The payloads of earlier messages that the letter refers to, each under its final tally. */
async function openSources(desk: Desk, letter: Letter): Promise<ReadonlyMap<PayloadId, KnownSource>> {
  const sources = new Map<PayloadId, KnownSource>();
  for (const payload of sourcesOf(letter)) {
    const { secret } = keyed(letter, payload);
    const opener = await fetchPayloadOpener(desk.relay, payload.payloadId, secret);
    const signer = await payloadSigner(desk, letter.stored, payload);
    const verified = await watchTallies(desk.relay, secret, opener.header, signer).update();
    // Only what was whole before is referred to (docs/spec/envelope.md §4.4).
    if (verified?.tally.status !== 'final') throw new CoreError('payload-damaged', 'a known payload is not whole');
    sources.set(payload.payloadId, { payload, opener, verified });
  }
  return sources;
}

async function receivePayload(
  desk: Desk,
  letter: Letter,
  { payload, secret }: Keyed,
  sources: ReadonlyMap<PayloadId, KnownSource>,
  options: ReceiveOptions,
): Promise<{ received: Received; tally: TallyBody }> {
  const opener = await fetchPayloadOpener(desk.relay, payload.payloadId, secret);
  const signer = await payloadSigner(desk, letter.stored, payload);
  const watch = watchTallies(desk.relay, secret, opener.header, signer);
  const sink = await options.openSink(payload);
  let wireBytes = 0;
  const { waitForMore, signal, onProgress } = options;
  const onRange = (bytes: number): void => void (wireBytes += bytes);
  try {
    const unpacker = await openUnpacker(desk, sink, knownIdsOf(letter));
    const { offset } = unpacker.checkpoint();
    const download = downloadPackage({ relay: desk.relay, opener, watch, offset, waitForMore, signal, onRange });
    const tally = await pump(download, unpacker, sink, (bytes) =>
      onProgress?.({ bytes, totalBytes: watch.current?.tally.totalBytes ?? null }),
    );
    const result = unpacker.finish();
    assertAgrees(result, tally);
    const { localFile } = options;
    await takeKnownFiles({ desk, letter, plan: result.plan, sink, sources, localFile, signal, onRange });
    await sink.complete(result.plan);
    const { instances, bytes } = planCounts(result.plan);
    return { tally, received: { instances, bytes, wireBytes } };
  } catch (error) {
    if (isDamage(error)) await sink.discard();
    throw error;
  } finally {
    await sink.release();
  }
}

/** What was staged earlier may have been touched since: then from the beginning. */
async function openUnpacker({ createSha256, coding }: Desk, sink: MessageSink, known: KnownIds): Promise<Unpacker> {
  const resume = await sink.resume();
  const input = { sink, createSha256, coding, known };
  if (resume === null) return createUnpacker(input);
  try {
    return await createUnpacker({ ...input, resume });
  } catch (error) {
    if (!(error instanceof CoreError) || error.code !== 'staging-lost') throw error;
    await sink.discard();
    return createUnpacker(input);
  }
}

async function pump(
  download: AsyncGenerator<Uint8Array, TallyBody, undefined>,
  unpacker: Unpacker,
  sink: MessageSink,
  onProgress: (bytes: number) => void,
): Promise<TallyBody> {
  let saved = unpacker.checkpoint().offset;
  for (;;) {
    const step = await download.next();
    if (step.done === true) return step.value;
    await unpacker.push(step.value);
    onProgress(unpacker.offset);
    if (unpacker.offset - saved < SAVE_EVERY_BYTES) continue;
    await sink.save(unpacker.checkpoint());
    saved = unpacker.offset;
  }
}

/** Invariant 2: the package, its manifest and the final tally tell one story. */
function assertAgrees({ totalBytes, newestManifest }: UnpackResult, tally: TallyBody): void {
  const named: Extent | null = tally.newestManifest;
  const isSame =
    totalBytes === tally.totalBytes &&
    named?.offset === newestManifest.offset &&
    named.length === newestManifest.length &&
    equalBytes(named.sha256, newestManifest.sha256);
  if (!isSame) throw new CoreError('payload-damaged', 'package and tally do not agree');
}

function isDamage(error: unknown): boolean {
  if (!(error instanceof CoreError)) return false;
  return (
    ['payload-damaged', 'staging-lost', 'codec-unsupported'].includes(error.code) || error.code.startsWith('package-')
  );
}
