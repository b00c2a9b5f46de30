import { type Mutant, mutant } from './mutant.js';

/** Defences of `crypto/` around messages, chains, keystores and the log. */
const CHAIN = 'crypto/wire/chain.ts';
const OPEN = 'crypto/seal/open-message.ts';
const MESSAGE = 'crypto/seal/message.ts';

const MESSAGES: readonly Mutant[] = [
  mutant(
    'A39',
    'the commitment of an envelope is compared before it is decrypted',
    MESSAGE,
    [
      'if (!equalBytes(receiver.export(COMMITMENT_LABEL, 32), frame.commitment)) {',
      'if (frame.commitment.length === 0) {',
    ],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I8',
    'the key of an envelope is chosen by its id',
    OPEN,
    ['reader.epochs.find((candidate) => kemKeyHintOf(candidate.kemKeyId) === frame.kemKeyHint)', 'reader.epochs[0]'],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I9 A27',
    'P names this mailbox and this epoch',
    OPEN,
    [
      'if (part.mailboxId !== reader.mailboxId || part.kemKeyId !== epoch.kemKeyId) {',
      'if (part.mailboxId === null) {',
    ],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I10',
    'every payload has its secret',
    MESSAGE,
    ['if (!isConsistent || !hasKeys || secrets.size', 'if (!isConsistent || secrets.size'],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I10',
    'no secret without its payload',
    MESSAGE,
    ['|| !hasKeys || secrets.size !== header.payloads.length) {', '|| !hasKeys) {'],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I9',
    'the role in P is the one in the list that everybody sees',
    MESSAGE,
    ['if (!isConsistent || !hasKeys', 'if (!hasKeys'],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I11',
    'our view of the sender contains the very state he signed under',
    OPEN,
    ['if (!isKnown || device === null) {', 'if (device === null) {'],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'A2',
    'a message is signed by the device it names',
    OPEN,
    ["  verifySignature('msg', device.sigKey, input, inner.signature);\n", ''],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'A38',
    'a message of a device that was revoked meanwhile is not believed',
    OPEN,
    ['if (!isDeviceValid(state, header.sender.deviceId)) {', 'if (state.seq === -1) {'],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'A27',
    'a message that is too old to be remembered is refused',
    OPEN,
    [
      "if (nowMs - header.createdMs > MAX_MESSAGE_AGE_MS) throw new SealError('too-old', 'the message is too old');",
      '',
    ],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I19',
    'every failed opening has one code',
    OPEN,
    ["throw new SealError('open-failed', 'the envelope does not open', { cause });", 'throw cause;'],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I20',
    'the padding of a message is as it must be',
    MESSAGE,
    [
      'if (end > plain.length || plain.length !== padded(end) || !isZero(plain.subarray(end))) {',
      'if (end > plain.length) {',
    ],
    'crypto/seal/message.test.ts',
  ),
  mutant(
    'I20 A17',
    'sizes are padded',
    'crypto/wire/payload.ts',
    ['return Math.ceil(length / low) * low;', 'return length + 0 * low;'],
    'crypto/wire/payload.test.ts',
  ),
  mutant(
    'A11',
    'the member that a message names is the one of its device',
    'crypto/wire/member.ts',
    ['if (!equalBytes(memberTag(member), tag))', 'if (tag.length === 0)'],
    'crypto/wire/receipt.test.ts',
  ),
];

const CHAINS: readonly Mutant[] = [
  mutant(
    'I13 A34',
    'nothing is sealed to an epoch that has ended',
    'crypto/seal/epoch.ts',
    ['if (epoch === null || nowMs >= epoch.notAfterMs ||', 'if (epoch === null ||'],
    'crypto/seal/epoch.test.ts',
  ),
  mutant(
    'I13',
    'a revocation ends the epoch',
    CHAIN,
    [
      'new Map(next.devices).set(body.deviceId, revoked), epoch: null };',
      'new Map(next.devices).set(body.deviceId, revoked) };',
    ],
    'crypto/wire/chain.test.ts',
  ),
  mutant(
    'I14 A38',
    'a revoked device is in force no more',
    CHAIN,
    ['return device.revokedSeq === null || device.revokedSeq > seq;', 'return true;'],
    'crypto/wire/chain.test.ts',
  ),
  mutant(
    'I14',
    'an epoch is boxed to exactly the devices in force',
    CHAIN,
    [
      '  const valid = devicesInForce(next);\n  if (valid.length !== body.boxes.size || !valid.every(({ deviceId }) => body.boxes.has(deviceId))) {',
      '  if (body.n < 0) {',
    ],
    'crypto/wire/chain.test.ts',
  ),
  mutant(
    'I15',
    'the seed of an epoch makes the key of the chain',
    'crypto/seal/epoch.ts',
    ['if (!equalBytes(kemKeyPair(seed).publicKey, epoch.kemKey)) {', 'if (seed.length === 0) {'],
    'crypto/seal/epoch.test.ts',
  ),
  mutant(
    'I7',
    'a box is for one holder of one epoch of one mailbox',
    'crypto/seal/epoch.ts',
    ['writeUint64(n), name);', 'writeUint64(n));'],
    'crypto/seal/epoch.test.ts',
  ),
  mutant(
    'A11',
    'devices are added and ended by the identity key alone',
    CHAIN,
    ["  verifySignature('mailbox', state.identityKey, statement.signed, statement.signature);\n", ''],
    'crypto/wire/chain.test.ts',
  ),
  mutant(
    'A38',
    'an epoch is started by a device in force',
    CHAIN,
    ['if (signer === undefined || !isDeviceValid(next, body.signer))', 'if (signer === undefined)'],
    'crypto/wire/chain.test.ts',
  ),
  mutant(
    'A1',
    'a chain brings each public key once',
    CHAIN,
    ["if (keyDigests.has(digest)) throw new WireError('chain', 'a public key comes twice');", ''],
    'crypto/wire/chain.test.ts',
  ),
  mutant(
    'A1',
    'a device proves that it has the key it brings',
    CHAIN,
    ["  verifySignature('device-pop', sigKey, deviceProofInput(next.mailboxId, body), body.proof);\n", ''],
    'crypto/wire/chain.test.ts',
  ),
  mutant(
    'I12',
    'a statement continues the one before it',
    CHAIN,
    [
      'if (statement.seq !== state.seq + 1 || !equalBytes(statement.prev, headOf(state))) {',
      'if (statement.seq !== state.seq + 1) {',
    ],
    'crypto/wire/chain.test.ts',
  ),
  mutant(
    'A33',
    'an unknown kind of statement ends the reading',
    'crypto/wire/statement.ts',
    [
      "throw new WireError('shape', 'unknown kind of statement');",
      "return { kind: 'revoke-device', deviceId: '' as DeviceId, reason: '' };",
    ],
    'crypto/wire/chain.test.ts',
  ),
];

const KEYSTORE_AND_LOG: readonly Mutant[] = [
  mutant(
    'I18',
    'the cost of a passphrase has bounds',
    'crypto/seal/suite.ts',
    ['if (!opsOk || !memOk) throw', 'if (!opsOk && !memOk) throw'],
    'crypto/seal/suite.test.ts',
    'crypto/seal/keystore.test.ts',
  ),
  mutant(
    'I8',
    'of several slots none is tried',
    'crypto/seal/keystore-slot.ts',
    ['if (slot === undefined || others.length > 0) {', 'if (slot === undefined) {'],
    'crypto/seal/keystore.test.ts',
  ),
  mutant(
    'A39',
    'the commitment of a slot is compared before it is opened',
    'crypto/seal/keystore-slot.ts',
    ['if (!equalBytes(commitment, slot.commitment))', 'if (slot.commitment.length === 0)'],
    'crypto/seal/keystore.test.ts',
  ),
  mutant(
    'I12',
    'an older keystore is refused',
    'crypto/seal/keystore.ts',
    ['if (file.version < minVersion) throw', 'if (file.version < 0) throw'],
    'crypto/seal/keystore.test.ts',
  ),
  mutant(
    'I22 A9',
    'a proof of inclusion leads to the root',
    'crypto/wire/merkle.ts',
    ['if (rest.length !== 0 || !equalBytes(computed, root))', 'if (rest.length !== 0)'],
    'crypto/wire/merkle.test.ts',
  ),
  mutant(
    'I12 A37',
    'a proof of consistency leads from the old root',
    'crypto/wire/merkle.ts',
    [
      'if (rest.length !== 0 || !equalBytes(old, fromRoot) || !equalBytes(whole, toRoot)) {',
      'if (rest.length !== 0 || !equalBytes(whole, toRoot)) {',
    ],
    'crypto/wire/merkle.test.ts',
  ),
  mutant(
    'I22',
    'the leaf of a segment says where it stands',
    'crypto/wire/payload.ts',
    ['writeUint64(index), writeUint32(length), digest)', 'writeUint32(length), digest)'],
    'crypto/wire/payload.test.ts',
  ),
  mutant(
    'A10',
    'a proof of the map leads to its root',
    'crypto/log/map.ts',
    ['if (rest.length > 0 || !equalBytes(node, root))', 'if (rest.length > 0)'],
    'crypto/log/vectors.test.ts',
  ),
  mutant(
    'A10',
    'a checkpoint is signed by the log',
    'crypto/log/checkpoint.ts',
    [
      "if (own === undefined) throw new LogError('note-unsigned', 'not signed by the log');",
      'if (own === undefined) return { ...parseCheckpoint(note.text), signature: new Uint8Array(64), cosignatures: [], note: bytes };',
    ],
    'crypto/log/vectors.test.ts',
  ),
  mutant(
    'A10',
    'a known key whose signature fails sinks the note',
    'crypto/log/cosignature.ts',
    [
      '  verifyPlainEd25519(key.publicKey, cosignatureInput(timeSeconds, text), line.signature.subarray(TIME_BYTES));\n',
      '',
    ],
    'crypto/log/vectors.test.ts',
  ),
  mutant(
    'A13',
    'the text of a note ends at its last blank line',
    'crypto/log/note.ts',
    ["whole.lastIndexOf('\\n\\n')", "whole.indexOf('\\n\\n')"],
    'crypto/log/vectors.test.ts',
  ),
];

export const MAILBOXES: readonly Mutant[] = [MESSAGES, CHAINS, KEYSTORE_AND_LOG].flat();
