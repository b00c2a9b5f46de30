import { type Mutant, mutant, titled } from './mutant.js';

/** Defences of the verifying half of `client/core`, and of the shells where an attack ends there. */
const DOWNLOAD = 'client/core/receive/download.ts';
const WATCH = 'client/core/receive/tally-watch.ts';
const RECEIVE = 'client/core/receive/receive.ts';
const SYNC = 'client/core/receive/sync.ts';
const STAGING = 'client/core/receive/staging.ts';
const VIEW = 'client/core/directory/pinned-view.ts';
const ALTERED = 'attacks/a08-a09-altered-payload.test.ts';
/** A co-recipient has the key: what he seals opens, and only the signature tells. */
const INVARIANTS = 'client/core/receive/invariants.test.ts';
const FORGED = 'client/core/receive/forged-package.test.ts';

const RECEIVING: readonly Mutant[] = [
  mutant(
    'I1 I22',
    'a segment has the digest that the sender has signed',
    DOWNLOAD,
    ['if (!equalBytes(computed, digest(index)))', 'if (computed.length === 0)'],
    INVARIANTS,
  ),
  mutant(
    'I1 I22 A9',
    'digests from the relay make the root that the sender has signed',
    WATCH,
    ['if (!equalBytes(next.root(), tally.root))', 'if (tally.root.length === 0)'],
    INVARIANTS,
  ),
  mutant(
    'I5',
    'the relay’s number and count of a tally are the signed ones',
    WATCH,
    ['if (tally.seq !== answer.seq || tally.segments !== answer.segments) {', 'if (tally.seq < 0) {'],
    ALTERED,
  ),
  mutant(
    'I16',
    'a tally follows the one seen before',
    WATCH,
    ['      assertTallyFollows(current.tally, tally);\n', ''],
    INVARIANTS,
  ),
  mutant(
    'I2',
    'the count and the total of a final tally belong together',
    WATCH,
    ['if (totalBytes < 1 || segmentCountOf(totalBytes, header.segmentBytes) !== segments) {', 'if (totalBytes < 0) {'],
    INVARIANTS,
  ),
  mutant(
    'I17',
    'a payload has a largest number of segments',
    WATCH,
    ["if (segments > MAX_SEGMENTS) throw new CoreError('payload-damaged', 'more segments than a payload has');", ''],
    INVARIANTS,
  ),
  mutant(
    'I2',
    'the package has the length of the final tally',
    RECEIVE,
    ['    totalBytes === tally.totalBytes &&\n', ''],
    ALTERED,
  ),
  mutant(
    'I2 A9',
    'the package has the manifest of the final tally',
    RECEIVE,
    ['    equalBytes(named.sha256, newestManifest.sha256);', '    named.sha256.length === 32;'],
    ALTERED,
  ),
  mutant(
    'I2',
    'only a final tally ends a payload',
    DOWNLOAD,
    ["if (verified.tally.status === 'final') return verified.tally;", 'return verified.tally;'],
    INVARIANTS,
  ),
  mutant(
    'I1 A9',
    'the header of a payload is the one that the sender has signed',
    DOWNLOAD,
    [
      "if (parsed.payloadId !== payloadId) throw new CoreError('payload-damaged', 'the header of another payload');",
      '',
    ],
    INVARIANTS,
  ),
  mutant(
    'I1 A19',
    'a file has the SHA-256 of its digest part',
    STAGING,
    ['if (!equalBytes(entry.sha256, pending.hash.digest())) {', 'if (entry.sha256.length === 0) {'],
    FORGED,
    'client/core/receive/unpack.test.ts',
  ),
  mutant(
    'I2 A19',
    'a digest part is about exactly the files before it',
    STAGING,
    ['if (entries.length !== staging.pending.length) {', 'if (entries.length > 10_000) {'],
    FORGED,
  ),
  mutant(
    'A19',
    'records come in the order of the plan',
    STAGING,
    ['|| header.fileId !== file.fileId ||', '||'],
    FORGED,
  ),
  mutant(
    'I4',
    'the journal of a device is sealed',
    'client/core/account/sealed-log.ts',
    ['log.append(sealRecord(key, name, index, plain))', 'log.append(plain)'],
    'client/core/account/account.test.ts',
  ),
  mutant(
    'I3 A9',
    'a part that was sealed again is what was journaled, or the source has changed',
    'client/core/send/upload.ts',
    [
      'if (known !== undefined && !equalBytes(known.plainDigest, plainDigest)) {',
      'if (known !== undefined && plainDigest.length === 0) {',
    ],
    INVARIANTS,
  ),
  mutant(
    'I16',
    'a tally is journaled before it is sent',
    'client/core/send/upload.ts',
    ['  await journal.recordTally({ seq, segments, root, status, wire });\n', ''],
    INVARIANTS,
  ),
];

const MAILBOX: readonly Mutant[] = [
  mutant(
    'A2',
    'what the relay shows in clear is what was signed',
    SYNC,
    ['if (!isSame) throw', 'if (delivery.seq < 0) throw'],
    'attacks/a02.test.ts',
  ),
  mutant(
    'A4',
    'one message that does not open does not end the others',
    SYNC,
    ['if (error instanceof SealError || error instanceof WireError) return error.code;', ''],
    'attacks/a04-malformed-envelopes.test.ts',
  ),
  mutant(
    'A27',
    'a known message under another number is a replay',
    SYNC,
    ["  throw new SealError('replay', 'the message has been delivered before');", '  return;'],
    'attacks/a27.test.ts',
  ),
  mutant(
    'A27',
    'deliveries never go back',
    SYNC,
    ["if (delivery.seq <= account.state.cursor) throw new CoreError('relay-answer', 'deliveries go back');", ''],
    'attacks/a27.test.ts',
  ),
  mutant(
    'I12 A38',
    'a chain continues the one that was pinned',
    VIEW,
    ['if (known && (head === undefined || !equalBytes(head, known.head))) {', 'if (known && known.seq < 0) {'],
    'attacks/a38-revoked-device.test.ts',
    'attacks/a11-added-device.test.ts',
  ),
  mutant(
    'A10',
    'a chain is the one that the log names',
    VIEW,
    ["return value.seq < state.seq ? 'log-behind' : 'same';", "return 'same';"],
    'attacks/a11-added-device.test.ts',
  ),
  mutant(
    'A10 A11',
    'a head that contradicts the log stops everything',
    VIEW,
    ["if (head === undefined || !equalBytes(head, value.head)) return 'contradiction';", ''],
    'attacks/a10-false-key.test.ts',
  ),
  mutant(
    'A10',
    'the newest map root is in the checkpoint',
    'client/core/directory/log-proof.ts',
    ['    verifyInclusion(entryHash(answer.mapRoot), size - 1, size, answer.inclusion, root);\n', ''],
    'attacks/a10-false-key.test.ts',
  ),
  mutant(
    'A10',
    'the address is in the map',
    'client/core/directory/log-proof.ts',
    ['    verifyMapProof(entry.root, index, value, { bitmap, siblings });\n', ''],
    'attacks/a10-false-key.test.ts',
  ),
  mutant(
    'I12 A37',
    'what was seen of the log is the beginning of what is shown',
    'client/core/directory/log-watch.ts',
    ['  if (!isConsistent(last, checkpoint, proof)) await alarm(account, last.note, checkpoint.note);\n', ''],
    'attacks/a37-split-view.test.ts',
  ),
  mutant(
    'A37',
    'what a sender has seen of the log is compared',
    SYNC,
    ['    if (opened.header.checkpoint !== null) await desk.directory.compareGossip(opened.header.checkpoint);\n', ''],
    'attacks/a37-split-view.test.ts',
  ),
  mutant(
    'A10 A37',
    'enough witnesses have signed',
    'client/core/directory/log-watch.ts',
    ['const isEnough = !isPinned || isQuorum(', 'const isEnough = true || isQuorum('],
    'attacks/a37-split-view.test.ts',
  ),
  mutant(
    'A37',
    'a checkpoint is at most a day old',
    'client/core/directory/log-watch.ts',
    ["const problem = !isNew(proof.timeMs) ? 'checkpoint-stale' : isEnough", 'const problem = isEnough'],
    'attacks/a37-split-view.test.ts',
  ),
  mutant(
    'A34',
    'who cannot be sealed to stops the message',
    'client/core/directory/recipient.ts',
    ['  assertUsable(state, nowMs);\n', ''],
    'attacks/a34.test.ts',
  ),
];

const SHELLS: readonly Mutant[] = [
  mutant(
    'A5',
    'a redirect is an answer like any other that was not asked for',
    'client/core/relay/http.ts',
    [
      'if (answer.status >= 200 && answer.status < 300) return answer.bytes;',
      'if (answer.status < 400) return answer.bytes;',
    ],
    'client/node/http-transport.test.ts',
  ),
  mutant(
    'A15',
    'a certificate is checked',
    'client/node/http-transport.ts',
    ["new HttpsAgent({ ...AGENT, minVersion: 'TLSv1.2' })", 'new HttpsAgent({ ...AGENT, rejectUnauthorized: false })'],
    'attacks/a15-tls.test.ts',
  ),
  mutant(
    'A18',
    'a preamble is cleared on media',
    'client/core/media/part10-copy.ts',
    [
      '  const from = magicAt ?? 0;',
      '  if (magicAt !== null) return { head: new Uint8Array(0), from: 0, size: source.size };\n  const from = 0;',
    ],
    'attacks/a18-preambles.test.ts',
  ),
  mutant(
    'A20',
    'a name with .. in an archive is not used',
    'client/core/archive/entry-name.ts',
    ["part === '..' || DEVICE", 'DEVICE'],
    'attacks/a20-names-and-paths.test.ts',
  ),
  mutant(
    'A20',
    'a UID is a name only when it cannot be anything else',
    'client/node/file-names.ts',
    ['return isPlain ? uid :', 'return isPlain || uid.length < 65 ? uid :'],
    'client/node/file-names.test.ts',
  ),
  mutant(
    'A21',
    'an archive has a budget',
    'client/core/archive/limits.ts',
    ['if (budget.entries < 1 || bytes > budget.bytes) return false;', ''],
    'attacks/a21-bombs.test.ts',
  ),
  mutant(
    'A22',
    'sequences nest at most so deep',
    'client/core/dicom/header.ts',
    ["if (depth >= MAX_DEPTH) refuse('too-deep');", ''],
    'client/core/dicom/header.test.ts',
  ),
  mutant(
    'A23',
    'pixels are as long as their dimensions say',
    'client/core/dicom/pixel-length.ts',
    ["  if (length < expected) refuse('pixel-length');", ''],
    'attacks/a23-dimensions.test.ts',
  ),
  mutant(
    'A25',
    'an invitation of another machine without TLS is refused',
    'client/core/account/enrol.ts',
    ["if (url.protocol !== 'https:' && !isLocal) throw", "if (url.protocol === 'x:' && !isLocal) throw"],
    'client/core/devices/pairing.test.ts',
  ),
  mutant(
    'A30',
    'a file of the page has the digest of the list',
    'client/web/guard/keeper.ts',
    [
      'if (!response.ok || (await sha256(bytes)) !== list.files.get(path)) return null;',
      'if (!response.ok) return null;',
    ],
    'client/web/guard/keeper.test.ts',
  ),
  mutant(
    'A36',
    'the finished bytes are searched for what was taken out',
    'client/core/deidentification/residual.ts',
    ['      search(bytes, tables, found);\n      return found.size > 0;', '      return found.size > 0;'],
    'client/core/deidentification/text.test.ts',
    'client/core/deidentification/hidden.test.ts',
    'client/core/deidentification/rewrite.test.ts',
  ),
];

const GATEWAY: readonly Mutant[] = [
  titled(
    'A40',
    mutant(
      'A40',
      'the gateway answers to its own names only',
      'client/gateway/http/guard.ts',
      ["if (!hosts().has(host)) return next(new Problem('host-refused'));", ''],
      'client/gateway/api.test.ts',
    ),
  ),
  titled(
    'A40',
    mutant(
      'A40',
      'the gateway answers to no page of another origin',
      'client/gateway/http/guard.ts',
      [
        'if (origin !== undefined && !isNamed && origin.toLowerCase() !== `${scheme}://${host}`) {',
        'if (origin === "x") {',
      ],
      'client/gateway/api.test.ts',
    ),
  ),
];

export const CLIENT: readonly Mutant[] = [RECEIVING, MAILBOX, SHELLS, GATEWAY].flat();
