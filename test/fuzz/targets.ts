import { archiveItems } from '../../client/core/archive/archive.js';
import { createBudget } from '../../client/core/archive/limits.js';
import { readZipDirectory } from '../../client/core/archive/zip-directory.js';
import { parseUnitHead } from '../../client/core/coding/unit.js';
import { readDirectory } from '../../client/core/dicom/directory.js';
import { readHeader } from '../../client/core/dicom/header.js';
import { scanSource } from '../../client/core/dicom/scan.js';
import { parseDigestPart } from '../../client/core/package/digest-part.js';
import { encodePlan, parsePlan } from '../../client/core/package/plan-codec.js';
import { parseFileHeader, parseRecordPrefix } from '../../client/core/package/record.js';
import { parseTrailer } from '../../client/core/package/trailer.js';
import { parseCommand } from '../../client/gateway/dimse/command.js';
import { encodePdu, parsePdu } from '../../client/gateway/dimse/pdu.js';
import { readList } from '../../client/web/guard/list.js';
import { parseNote } from '../../crypto/log/note.js';
import { parseCheckpoint } from '../../crypto/log/checkpoint.js';
import { parseEntry } from '../../crypto/log/entry.js';
import { verifyMapProof } from '../../crypto/log/map.js';
import { parsePolicy } from '../../crypto/log/policy.js';
import { readVerifiedTestimony } from '../../crypto/log/testimony.js';
import { parseEntryBundle, splitTile } from '../../crypto/log/tile.js';
import { parseKeystore } from '../../crypto/seal/keystore-format.js';
import { openSignedAttestation } from '../../crypto/wire/attestation.js';
import { encodeAuth, parseAuth } from '../../crypto/wire/auth.js';
import { fromBase64Url, fromHex, utf8 } from '../../crypto/wire/bytes.js';
import { encodeCbor, parseCbor } from '../../crypto/wire/cbor.js';
import { verifyChain } from '../../crypto/wire/chain.js';
import { parseEnvelope } from '../../crypto/wire/envelope.js';
import { verifyConsistency, verifyInclusion } from '../../crypto/wire/merkle.js';
import { encodeRecipientPart, parseHeader, parseRecipientPart } from '../../crypto/wire/message.js';
import {
  encodePairingOffer,
  parsePairingOffer,
  parsePairingRequest,
  parseSecretLink,
} from '../../crypto/wire/pairing.js';
import { parsePartDigests, parsePayloadHeader, parseSegmentFrame } from '../../crypto/wire/payload.js';
import { readVerifiedReceipt } from '../../crypto/wire/receipt.js';
import { parseStatement } from '../../crypto/wire/statement.js';
import { verifyTallyRecord } from '../../crypto/wire/tally.js';
import { deviceIdFrom, kemKeyIdFrom, mailboxIdFrom, parseAddress, payloadIdFrom } from '../../crypto/wire/ids.js';
import { instanceBytes } from '../support/collecting.js';
import { file } from '../support/dicom-bytes.js';
import { directoryBytes } from '../support/directory-bytes.js';
import { isoBytes } from '../support/iso-bytes.js';
import { memorySource } from '../support/memory-source.js';
import { smallExample } from '../support/package-examples.js';
import { zipBytes } from '../support/zip-bytes.js';
import { readVectors } from '../vectors/vector-files.js';

/** A decoder of bytes from outside: it gives a value, or refuses with an error of ours. Anything else is a finding. */
export interface Target {
  readonly name: string;
  readonly seeds: readonly Uint8Array[];
  run(bytes: Uint8Array): unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** A field of all vectors of a folder as bytes: hexadecimal or base64url, as the vector has it. */
function fromVectors(folder: string, field: string, read: (text: string) => Uint8Array = bytesOf): Uint8Array[] {
  return Object.values(readVectors<never>(folder) as Readonly<Record<string, Fields>>).flatMap((vector) => {
    const value = vector[field];
    return typeof value === 'string' ? [read(value)] : [];
  });
}

function bytesOf(text: string): Uint8Array {
  return /^([0-9a-f]{2})*$/.test(text) ? fromHex(text) : fromBase64Url(text);
}

const WHO = { mailboxId: mailboxIdFrom(new Uint8Array(32)), deviceId: deviceIdFrom(new Uint8Array(16)) };

const WIRE: readonly Target[] = [
  {
    name: 'cbor',
    seeds: fromVectors('statement', 'statement').slice(0, 4),
    run: (b) => parseCbor(b, { maxBytes: 2 ** 20 }),
  },
  { name: 'envelope', seeds: fromVectors('envelope', 'envelope').slice(0, 4), run: parseEnvelope },
  { name: 'message header', seeds: fromVectors('own-state', 'header'), run: parseHeader },
  {
    name: 'recipient part',
    seeds: [
      encodeRecipientPart({
        ...WHO,
        kemKeyId: kemKeyIdFrom(new Uint8Array(32)),
        role: 'to',
        chainN: 1,
        chainPrev: new Uint8Array(32),
      }),
    ],
    run: parseRecipientPart,
  },
  { name: 'payload header', seeds: fromVectors('payload-header', 'header'), run: parsePayloadHeader },
  {
    name: 'segment frame',
    seeds: [Uint8Array.of(255, 255, 255, 255, 0, 1, 0, 0)],
    run: (b) => parseSegmentFrame(b.subarray(0, 4), new DataView(padded(b, 8).buffer).getUint32(4), 65_536),
  },
  { name: 'part digests', seeds: [new Uint8Array(64)], run: parsePartDigests },
  {
    name: 'tally record',
    seeds: fromVectors('tally', 'body').map((body) => encodeCbor([body, new Uint8Array(3373)])),
    run: (b) =>
      verifyTallyRecord(b, payloadIdFrom(new Uint8Array(32)), {
        ...WHO,
        sigKey: new Uint8Array(1984),
      }),
  },
  { name: 'statement', seeds: fromVectors('statement', 'statement').slice(0, 12), run: parseStatement },
  { name: 'chain', seeds: fromVectors('statement', 'statement').slice(0, 3), run: (b) => verifyChain([b]) },
  { name: 'receipt', seeds: fromVectors('receipt', 'receipt').slice(0, 4), run: readVerifiedReceipt },
  { name: 'attestation', seeds: fromVectors('attestation', 'record').slice(0, 6), run: openSignedAttestation },
  {
    name: 'auth',
    seeds: [encodeAuth({ ...WHO, origin: 'https://relay.example', nonce: new Uint8Array(32), timeMs: 1 })],
    run: parseAuth,
  },
  {
    name: 'pairing offer',
    seeds: [encodePairingOffer({ ...WHO, address: parseAddress('a@b.example'), expiresMs: 1 })],
    run: parsePairingOffer,
  },
  { name: 'pairing request', seeds: [encodeCbor(new Map([[1, new Uint8Array(32)]]))], run: parsePairingRequest },
  {
    name: 'secret link',
    seeds: [utf8('https://relay.example/pair#abc.def')],
    run: (b) => parseSecretLink(Buffer.from(b).toString('latin1')),
  },
  {
    name: 'merkle proofs',
    seeds: [new Uint8Array(200)],
    run: (b) => {
      const hashes = Array.from({ length: Math.floor(b.length / 32) }, (_, i) => b.subarray(i * 32, i * 32 + 32));
      const [size = 0, index = 0] = [numberAt(b, 0), numberAt(b, 4)];
      attempt(() => verifyInclusion(new Uint8Array(32), index, size, hashes, new Uint8Array(32)));
      verifyConsistency(index, size, new Uint8Array(32), new Uint8Array(32), hashes);
    },
  },
  { name: 'keystore', seeds: fromVectors('keystore', 'bytes').slice(0, 6), run: parseKeystore },
];

const LOG: readonly Target[] = [
  { name: 'note', seeds: fromVectors('log-note', 'note', utf8), run: (b) => parseCheckpoint(parseNote(b).text) },
  { name: 'policy', seeds: fromVectors('log-policy', 'policy', utf8), run: parsePolicy },
  { name: 'log entry', seeds: [new Uint8Array(73), new Uint8Array(49)], run: parseEntry },
  { name: 'entry bundle', seeds: [new Uint8Array(80)], run: parseEntryBundle },
  { name: 'tile', seeds: [new Uint8Array(64)], run: splitTile },
  { name: 'testimony', seeds: fromVectors('testimony', 'testimony').slice(0, 4), run: readVerifiedTestimony },
  {
    name: 'map proof',
    seeds: [new Uint8Array(160)],
    run: (b) => {
      const [index, bitmap] = [padded(b.subarray(0, 32), 32), padded(b.subarray(32, 64), 32)];
      const siblings = Array.from({ length: Math.ceil(Math.max(0, b.length - 64) / 32) }, (_, i) =>
        b.subarray(64 + 32 * i, 96 + 32 * i),
      );
      verifyMapProof(new Uint8Array(32), index, null, { bitmap, siblings });
    },
  },
];

const PACKAGE: readonly Target[] = [
  {
    name: 'record prefix',
    seeds: [new Uint8Array(16), Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 24)],
    run: parseRecordPrefix,
  },
  { name: 'file header', seeds: [encodeCbor(new Map([[2, 0]]))], run: parseFileHeader },
  { name: 'plan', seeds: [encodePlan(smallExample().plan)], run: parsePlan },
  { name: 'digest part', seeds: [encodeCbor(new Map([[1, 1]]))], run: parseDigestPart },
  { name: 'trailer', seeds: [encodeCbor(new Map([[1, 1]]))], run: parseTrailer },
  {
    name: 'coded unit',
    seeds: fromVectors('coding', 'unit').slice(0, 12),
    run: (b) => parseUnitHead(b, Math.max(0, b.length - 20)),
  },
];

const FILES: readonly Target[] = [
  { name: 'DICOM scan', seeds: [file(), instanceBytes(1)], run: (b) => scanSource(memorySource('x', b)) },
  { name: 'DICOM header', seeds: [file(), instanceBytes(2)], run: (b) => readHeader(memorySource('x', b)) },
  {
    name: 'DICOMDIR',
    seeds: [directoryBytes(['A\\B', 'C\\D']), directoryBytes(['A'], { open: true })],
    run: (b) => readDirectory(memorySource('DICOMDIR', b)),
  },
  {
    name: 'zip',
    seeds: [
      zipBytes({ entries: [{ name: 'a.dcm', content: instanceBytes(1) }] }),
      zipBytes({ entries: [{ name: 'b', content: instanceBytes(1), method: 0 }], wide: true }),
    ],
    run: async (b) => {
      await attemptAsync(() => readZipDirectory(memorySource('x.zip', b)));
      await drain(archiveItems(memorySource('x.zip', b), 'zip', createBudget(b.length)));
    },
  },
  {
    name: 'iso',
    seeds: [isoBytes({ D: { 'A.;1': instanceBytes(1) } }, { joliet: true })],
    run: async (b) => {
      await drain(archiveItems(memorySource('x.iso', b), 'iso', createBudget(b.length)));
    },
  },
];

const NETWORK: readonly Target[] = [
  {
    name: 'DIMSE PDU',
    seeds: [
      pduBody({ kind: 'release-rq' }),
      pduBody({ kind: 'data', pdvs: [{ contextId: 1, isCommand: true, isLast: true, data: new Uint8Array(8) }] }),
    ],
    run: (b) => parsePdu(b[0] ?? 0, b.subarray(1)),
  },
  { name: 'DIMSE command', seeds: [new Uint8Array(80)], run: parseCommand },
  {
    name: 'list of the page',
    seeds: [utf8('{"version":"1","files":{"index.html":"' + '0'.repeat(64) + '"}}')],
    run: (b) => readList(Uint8Array.from(b)),
  },
];

export const TARGETS: readonly Target[] = [WIRE, LOG, PACKAGE, FILES, NETWORK].flat();

function pduBody(pdu: Parameters<typeof encodePdu>[0]): Uint8Array {
  const bytes = encodePdu(pdu);
  return Buffer.concat([bytes.subarray(0, 1), bytes.subarray(6)]);
}

function padded(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  out.set(bytes.subarray(0, length));
  return out;
}

function numberAt(bytes: Uint8Array, at: number): number {
  return new DataView(padded(bytes.subarray(at), 4).buffer).getUint32(0) & 0xffff;
}

/** Names of errors that are an answer. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['WireError', 'SealError', 'LogError', 'CoreError', 'NodeError', 'DimseError'],
  ...['ScanRefused', 'PixelRefused', 'ArchiveRefused', 'Refused'],
]);

export function isRefusal(error: unknown): boolean {
  return error instanceof Error && REFUSALS.has(error.name) && ('code' in error || 'reason' in error);
}

function attempt(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

async function attemptAsync(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  let count = 0;
  for await (const _ of items) if ((count += 1) > 100_000) return;
}
