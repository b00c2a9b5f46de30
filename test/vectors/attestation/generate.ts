import { toBase64Url, toHex } from '../../../crypto/wire/bytes.js';
import { type Fields, type Plain, type Signer, bytesOf, cbor, cborFields, fields, fixed, join, signerOf, tagged } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import { DAY_MS, type Draft, START_MS, type World, statementAfter, world } from '../world.js';

/** A registrar's word about Alice's mailbox, and everything that must not count as one, docs/spec/names.md §2 and §3. */

export interface AttestationVector extends Vector {
  /** base64url of CBOR [attestation, registrar's key, signature]. */
  readonly record?: string;
  readonly registrarId?: string;
  /** The attestation's own bytes, hex. */
  readonly signed?: string;
  /** In a failure of the chain: these statements after the first three of chain/valid; the last one is refused. */
  readonly statements?: readonly string[];
}

export const registrar: Signer = signerOf(fixed('registrar', 32));

export function attestationFields({ alice }: World): Fields {
  return {
    1: alice.mailboxId,
    2: alice.address,
    3: 'Radiologie Nord',
    4: '24103 Kiel',
    5: 'Hafenstraße 1',
    6: 'Radiologie',
    7: [
      ['bsnr', '012345678'],
      ['telematik-id', '1-2012345678'],
    ],
    8: START_MS,
    9: START_MS,
    10: START_MS + 365 * DAY_MS,
  };
}

export function recordOf(signed: Uint8Array, key: Signer = registrar, label = 'attest'): Plain[] {
  return [signed, key.publicKey, key.sign(label, signed)];
}

function recordFailures(w: World): VectorSet<AttestationVector> {
  const right = attestationFields(w);
  const signed = cborFields(right);
  const refused = (description: string, record: Uint8Array, expect = 'shape'): AttestationVector => ({
    description,
    expect,
    record: toBase64Url(record),
  });
  const changed = (description: string, change: Fields, expect?: string): AttestationVector =>
    refused(description, cbor(recordOf(cborFields({ ...right, ...change }))), expect);
  const [, key, signature] = recordOf(signed) as Uint8Array[];
  return {
    'name-empty': changed('No name', { 3: '' }),
    'name-blank-edges': changed('A blank before the name', { 3: ' Radiologie Nord' }),
    'name-turned': changed('A character that turns the text', { 3: 'Radiologie \u202eNord' }),
    'name-invisible': changed('A character without width', { 3: 'Radiologie\u200bNord' }),
    'name-decomposed': changed('Not in NFC', { 3: 'Radiologie Su\u0308d' }, 'not-canonical'),
    'name-long': changed('201 characters', { 3: 'x'.repeat(201) }),
    'place-missing': changed('null instead of a place', { 4: null }),
    'identifier-unknown': changed('A scheme nobody knows', { 7: [['iban', '1']] }),
    'identifier-malformed': changed('A BSNR of eight digits', { 7: [['bsnr', '12345678']] }),
    'identifier-twice': changed('An identifier twice', { 7: [['bsnr', '012345678'], ['bsnr', '012345678']] }),
    'identifiers-many': changed('Nine identifiers', { 7: Array.from({ length: 9 }, (_, i) => ['lanr', `00000000${i}`]) }, 'limits'),
    'address-capital': changed('An address in capitals', { 2: 'Befund@radiologie-nord.example' }, 'address'),
    'valid-backwards': changed('It ends before it begins', { 10: START_MS }),
    'valid-too-long': changed('1,096 days and a millisecond', { 10: START_MS + 1096 * DAY_MS + 1 }),
    'field-extra': changed('An eleventh field', { 11: null }),
    'signed-by-other': refused('Signed by another key than the one named', cbor([signed, key ?? null, recordOf(signed, w.eve.key)[2] ?? null]), 'signature'),
    'signed-as-message': refused('Signed as a message', cbor(recordOf(signed, registrar, 'msg')), 'signature'),
    'signature-empty': refused('An empty signature', cbor([signed, key ?? null, bytesOf('')])),
    'signature-twice': refused('Two signatures', cbor([signed, key ?? null, signature ?? null, signature ?? null])),
    'signed-nested': refused('A record in the place of the attestation', cbor([cbor(recordOf(signed)), key ?? null, signature ?? null])),
    extended: refused('One byte more', join(cbor(recordOf(signed)), Uint8Array.of(0)), 'length'),
  };
}

export function attestDraft(w: World, change: Fields = {}, key: Signer = registrar): Draft {
  const signed = cborFields({ ...attestationFields(w), ...change });
  const [bytes, publicKey, signature] = recordOf(signed, key);
  const body = fields({ 1: bytes ?? null, 2: publicKey ?? null, 3: signature ?? null });
  return { kind: 'attest', signer: w.alice.identity, body };
}

function chainFailures(w: World): VectorSet<AttestationVector> {
  const first = w.aliceChain.slice(0, 3);
  const next = (description: string, expect: string, ...drafts: Draft[]): AttestationVector => {
    const statements: Uint8Array[] = [];
    for (const draft of drafts) statements.push(statementAfter([...first, ...statements], w.alice, draft));
    return { description, expect, statements: statements.map(toBase64Url) };
  };
  const right = attestDraft(w);
  const forged = fields({ ...Object.fromEntries(right.body as ReadonlyMap<number, Plain>), 3: w.eve.key.sign('attest', bytesOf('x')) });
  const many = Array.from({ length: 9 }, (_, i) => attestDraft(w, {}, signerOf(fixed(`registrar ${i}`, 32))));
  return {
    'chain-by-device': next('A device appends it', 'signature', { ...right, signer: w.a1.key }),
    'chain-by-registrar': next('The registrar appends it', 'signature', { ...right, signer: registrar }),
    'chain-other-mailbox': next("About Bob's mailbox", 'chain', attestDraft(w, { 1: w.bob.mailboxId })),
    'chain-other-address': next('Beside another address', 'chain', attestDraft(w, { 2: w.bob.address })),
    'chain-forged': next("The registrar's signature is Eve's", 'signature', { ...right, body: forged }),
    'chain-again': next('The same word again', 'chain', right, right),
    'chain-older': next('An older word of the same registrar', 'chain', right, attestDraft(w, { 8: START_MS - 1 })),
    'chain-many': next('A ninth registrar', 'limits', ...many),
  };
}

export async function generateAttestationVectors(): Promise<VectorSet<AttestationVector>> {
  const w = await world();
  const signed = cborFields(attestationFields(w));
  return {
    valid: {
      description: "A registrar vouches for Alice's practice",
      expect: 'valid',
      record: toBase64Url(cbor(recordOf(signed))),
      registrarId: toHex(tagged('registrar', registrar.publicKey)),
      signed: toHex(signed),
      statements: [toBase64Url(statementAfter(w.aliceChain.slice(0, 3), w.alice, attestDraft(w)))],
    },
    ...recordFailures(w),
    ...chainFailures(w),
  };
}

await writeVectorsWhenRun(import.meta.url, generateAttestationVectors);
