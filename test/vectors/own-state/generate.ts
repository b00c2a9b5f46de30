import { toHex } from '../../../crypto/wire/bytes.js';
import { headerFields, letterOf } from '../envelope/writer.js';
import { type Fields, type Plain, bytesOf, cborFields, fields, fixed } from '../second.js';
import { type Vector, type VectorSet, writeVectorsWhenRun } from '../vector-files.js';
import { type World, world } from '../world.js';

/** Headers of messages by which Alice's devices tell each other what was done, docs/spec/envelope.md §4.3. */

export interface OwnStateVector extends Vector {
  /** Hex of H. */
  readonly header: string;
  readonly op?: string;
}

const target: Plain = [fixed('sender', 32), fixed('target', 16)];
const contact = fixed('contact', 32);

const pinned: Plain = ['praxis@hausarzt-sued.example', contact, 3, fixed('head', 32)];

const note = bytesOf('relay.example/log\n42\n…\n');

const OPS: Readonly<Record<string, Fields>> = {
  claim: { 1: 'claim', 2: target },
  'hand-over': { 1: 'hand-over', 2: target, 3: 'Empfang' },
  done: { 1: 'done', 2: target },
  note: { 1: 'note', 2: target, 4: 'Rückruf erledigt' },
  'verified-contact': { 1: 'verified-contact', 5: contact },
  'unverified-contact': { 1: 'unverified-contact', 5: contact },
  pinned: { 1: 'pinned', 6: [pinned] },
  'accepted-address': { 1: 'accepted-address', 5: contact, 7: 'praxis@hausarzt-sued.example' },
  registrars: { 1: 'registrars', 8: [fixed('registrar', 32)] },
  pacs: { 1: 'pacs', 9: ['archiv', 'befundung'] },
  import: { 1: 'import', 2: target, 10: 'archiv' },
  imported: { 1: 'imported', 2: target, 10: 'archiv', 11: 23, 12: 24 },
  'settled-alarm': { 1: 'settled-alarm', 13: note, 14: [42, fixed('root', 32)], 15: 'Alte Kopie eingespielt' },
};

function stateHeader(w: World, op: Plain, bodyChange: Fields = {}, change: Fields = {}): Uint8Array {
  const letter = letterOf(w);
  const body = {
    1: 'state',
    7: letter.createdMs + 1,
    11: [w.a1.member.label, w.a1.member.salt],
    12: letter.createdMs,
    13: op,
    ...bodyChange,
  };
  const own = [[w.alice.mailboxId, 'to', letter.kemKeyId]];
  return cborFields({ ...headerFields(letter), 6: own, 7: fields(body), 8: [], ...change });
}

export async function generateOwnStateVectors(): Promise<VectorSet<OwnStateVector>> {
  const w = await world();
  const letter = letterOf(w);
  const valid = Object.entries(OPS).map(([op, record]): [string, OwnStateVector] => [
    `valid-${op}`,
    { description: op, expect: 'valid', op, header: toHex(stateHeader(w, fields(record))) },
  ]);
  const done = fields(OPS['done'] ?? {});
  const refused = (description: string, header: Uint8Array): OwnStateVector => ({
    description,
    expect: 'shape',
    header: toHex(header),
  });
  const op = (description: string, record: Fields): OwnStateVector => refused(description, stateHeader(w, fields(record)));
  return {
    ...Object.fromEntries(valid),
    'op-unknown': op('An operation nobody knows', { 1: 'shred', 2: target }),
    'op-field-extra': op('A field of another operation', { 1: 'done', 2: target, 5: contact }),
    'op-target-missing': op('A claim of nothing', { 1: 'claim' }),
    'op-target-bare': op('A message id without its sender', { 1: 'claim', 2: fixed('target', 16) }),
    'note-empty': op('A note that says nothing', { 1: 'note', 2: target, 4: '' }),
    'note-long': op('10,001 characters', { 1: 'note', 2: target, 4: 'x'.repeat(10_001) }),
    'pinned-nobody': op('A first contact with nobody', { 1: 'pinned', 6: [] }),
    'pinned-65': op('65 contacts', { 1: 'pinned', 6: Array.from({ length: 65 }, () => pinned) }),
    'pinned-without-head': op('A contact without its head', { 1: 'pinned', 6: [['a@b.example', contact, 3]] }),
    'accepted-nothing': op('A mailbox accepted behind no address', { 1: 'accepted-address', 5: contact }),
    'registrars-twice': op('A registrar named twice', {
      1: 'registrars',
      8: [fixed('registrar', 32), fixed('registrar', 32)],
    }),
    'pacs-twice': op('A PACS named twice', { 1: 'pacs', 9: ['archiv', 'archiv'] }),
    'pacs-17': op('17 PACS', { 1: 'pacs', 9: Array.from({ length: 17 }, (_, i) => `pacs ${i}`) }),
    'pacs-nameless': op('A PACS without a name', { 1: 'pacs', 9: [''] }),
    'import-nowhere': op('Into no PACS', { 1: 'import', 2: target }),
    'import-name-long': op('65 characters', { 1: 'import', 2: target, 10: 'x'.repeat(65) }),
    'imported-more': op('More than there are', { 1: 'imported', 2: target, 10: 'archiv', 11: 25, 12: 24 }),
    'settled-without-note': op('A decision for no checkpoint', { 1: 'settled-alarm', 13: bytesOf(''), 14: [42, fixed('root', 32)], 15: 'x' }),
    'settled-without-reason': op('A decision without a reason', { 1: 'settled-alarm', 13: note, 14: [42, fixed('root', 32)], 15: '' }),
    'settled-without-root': op('A decision against a size', { 1: 'settled-alarm', 13: note, 14: [42], 15: 'x' }),
    'op-list': refused('A list instead of one operation', stateHeader(w, [done])),
    'time-missing': refused('null instead of a time', stateHeader(w, done, { 12: null })),
    'body-field-extra': refused('A text beside it', stateHeader(w, done, { 3: 'text' })),
    'to-other': refused('To another mailbox', stateHeader(w, done, {}, { 6: [[w.bob.mailboxId, 'to', letter.kemKeyId]] })),
    'to-nobody': refused('To nobody', stateHeader(w, done, {}, { 6: [] })),
    'to-more': refused(
      'To another mailbox as well',
      stateHeader(w, done, {}, { 6: [[w.alice.mailboxId, 'to', letter.kemKeyId], [w.bob.mailboxId, 'cc', letter.kemKeyId]] }),
    ),
    'with-payload': refused('With a payload', stateHeader(w, done, {}, { 8: [[fixed('payload id', 32), 'package', null]] })),
  };
}

await writeVectorsWhenRun(import.meta.url, generateOwnStateVectors);
