import { type Fields, type Plain, cbor, fixed, kemKeyOf, tagged } from '../second.js';
import { DAY_MS, type World, epochSeed } from '../world.js';
import { type Failure, type Failures, type Letter, PAYLOAD_ID, senderField } from './writer.js';

/** Failures of what is signed: every one of these opens, and must not be believed. */

export function headerFailures(w: World, letter: Letter): Failures {
  const header = (description: string, headerChange: Fields): Failure => [
    description,
    { letter: { ...letter, headerChange } },
  ];
  const body = (description: string, bodyChange: Fields): Failure => [
    description,
    { letter: { ...letter, bodyChange } },
  ];
  const recipient: Plain = [letter.mailboxId, 'to', letter.kemKeyId];
  const payload: Plain = [PAYLOAD_ID, 'package', null];
  return {
    'header-suite-disabled': header('H names suite 0x0002', { 2: 2 }),
    'header-critical-extension': header('A critical extension nobody knows', { 11: ['view-once'] }),
    'header-field-extra': header('A field nobody knows', { 12: null }),
    'header-recipient-twice': header('A recipient twice', { 6: [recipient, recipient] }),
    'header-recipient-bcc': header('A bcc in the list', {
      6: [recipient, [w.alice.mailboxId, 'bcc', letter.kemKeyId]],
    }),
    'header-payload-twice': header('A payload twice', { 8: [payload, payload] }),
    'header-payload-kind': header('A payload of another kind', { 8: [[PAYLOAD_ID, 'film', null]] }),
    'body-kind-unknown': body('A message of another kind', { 1: 'state' }),
    'body-member-of-other': body('The name of another member', { 11: [w.a2.member.label, w.a2.member.salt] }),
    'body-member-renamed': body("The device's salt with another name", { 11: ['Prof. A. Meier', w.a1.member.salt] }),
  };
}

export function partFailures(w: World, letter: Letter): Failures {
  const part = (description: string, partChange: Fields): Failure => [
    description,
    { letter: { ...letter, partChange } },
  ];
  const eveKey = kemKeyOf(fixed('eve/epoch', 32));
  const toAlice = { mailboxId: w.alice.mailboxId, kemKeyId: tagged('kem', kemKeyOf(epochSeed(w.alice, 1))) };
  return {
    // Attack A27: what Alice wrote and signed for somebody else, sealed to Bob by the one who received it.
    'resealed-from-other': part('P names the one to whom Alice wrote', { 1: toAlice.mailboxId, 2: toAlice.kemKeyId }),
    'part-bcc-of-other': [
      'P names another mailbox, as bcc',
      { letter: { ...letter, headerChange: { 6: [] }, partChange: { 1: w.alice.mailboxId, 3: 'bcc' } } },
    ],
    'part-kem-key-of-other': part('P names another epoch', { 2: tagged('kem', eveKey) }),
    'part-role-cc': part('cc in P, to in H', { 3: 'cc' }),
    'part-role-bcc': part('bcc in P, listed in H', { 3: 'bcc' }),
    'part-role-unknown': part('A role nobody knows', { 3: 'from' }),
    'part-chain-from-zero': part('The chain begins with 0', { 4: 0 }),
    'part-field-extra': part('A sixth field', { 6: 0 }),
    'part-unlisted': [
      'to in P, not listed in H',
      { letter: { ...letter, headerChange: { 6: [[w.alice.mailboxId, 'to', toAlice.kemKeyId]] } } },
    ],
    'part-listed-with-other-key': [
      'H lists another epoch than P',
      { letter: { ...letter, headerChange: { 6: [[letter.mailboxId, 'to', toAlice.kemKeyId]] } } },
    ],
  };
}

export function senderFailures(w: World, letter: Letter, right: Fields): Failures {
  const signedBy = (description: string, change: Partial<Letter>): Failure => [
    description,
    { letter: { ...letter, ...change } },
  ];
  const under = (description: string, sender: Plain): Failure => [
    description,
    { letter: { ...letter, sender } },
    'sender-unknown',
  ];
  const revoked = { ...letter, sender: senderField(w, w.a2, 5), key: w.a2.key, member: w.a2.member };
  const [mailboxId = null, deviceId = null, seq = null] = right[5] as readonly Plain[];
  return {
    'signed-by-eve': signedBy("Eve's signature", { key: w.eve.key }),
    'signed-by-identity': signedBy("The identity's signature", { key: w.alice.identity }),
    'signed-by-other-device': signedBy('Another device of the mailbox', { key: w.a2.key }),
    'signed-as-receipt': signedBy('Signed as a receipt', { label: 'receipt' }),
    'signed-without-part': signedBy('P is not under the signature', { signed: (header) => cbor([header]) }),
    'sender-head-differs': under('A head that is not in the chain', [mailboxId, deviceId, seq, w.bob.mailboxId]),
    'sender-seq-differs': under('The head of another statement', [mailboxId, deviceId, 4, headAt(w, 5)]),
    'sender-seq-zero': under('Before the genesis', [mailboxId, deviceId, 0, headAt(w, 1)]),
    'sender-state-beyond': under('A statement the reader has not seen', senderField(w, w.a1, 7)),
    'sender-device-unknown': under('A device that is not in the chain', [mailboxId, w.eve.deviceId, seq, headAt(w, 5)]),
    'sender-device-too-early': under('A device before it was added', senderField(w, w.a2, 3)),
    'sender-device-revoked-then': [
      'A device that was revoked when it signed',
      { letter: { ...revoked, sender: senderField(w, w.a2, 6) }, senderStatements: 7 },
      'sender-unknown',
    ],
    'sender-device-revoked-since': [
      'A device that has been revoked since',
      { letter: revoked, senderStatements: 7 },
      'sender-revoked',
    ],
    'too-old': ['401 days old', { nowMs: letter.createdMs + 401 * DAY_MS }, 'too-old'],
  };
}

function headAt(w: World, seq: number): Plain {
  return (senderField(w, w.a1, seq) as readonly Plain[])[3] ?? null;
}
