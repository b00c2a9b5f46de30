import { concatBytes, utf8 } from '../../../crypto/wire/bytes.js';
import { dictionaryVr } from '../../../client/core/dicom/dictionary-vr.js';
import { tableRows, type TableRow } from '../../../client/core/deidentification/rules.js';
import { type Field, field } from './data-set.js';
import { digits, type Random, token, word } from './random.js';

/** Columns of the score; see docs/spec/deidentification.md §8. */
export type Column =
  | 'top level'
  | 'nested'
  | 'private'
  | 'container'
  | 'documents'
  | 'echo'
  | 'charset'
  | 'actions'
  | 'UIDs'
  | 'dates'
  | 'markers'
  | 'pixels kept'
  | 'valid'
  | 'retained';

/** A value that was put somewhere. `stays`: the chosen options keep it, and it must be there afterwards. */
export interface Plant {
  readonly column: Column;
  readonly where: string;
  readonly value: string;
  readonly expect: 'gone' | 'stays';
}

/** Attributes that the object itself needs with values of its own. */
const OWN = new Set([
  0x00080005, 0x00080016, 0x00080018, 0x0020000d, 0x0020000e, 0x00100010, 0x00100020, 0x00100030, 0x00420011,
  0x00080050, 0x00080080, 0x00080090, 0x00080020, 0x00120063, 0x00080012,
]);

/** Rows of the table that hold a value which can be found again, as fields, with what must become of each under the options. */
export function plantRows(
  rows: readonly TableRow[],
  options: ReadonlySet<string>,
  random: Random,
  column: Column,
): { fields: Field[]; plants: Plant[] } {
  const fields: Field[] = [];
  const plants: Plant[] = [];
  for (const row of rows) {
    if (row.tag === null || OWN.has(row.tag) || row.tag >>> 16 < 8 || row.tag === 0xfffcfffc) continue;
    const vr = dictionaryVr(row.tag) ?? row.vr;
    if (vr === 'SQ') {
      const value = word(random, 12);
      fields.push(field(row.tag, 'SQ', [[field(0x00080104, 'LO', value), field(0x00104000, 'LT', value)]]));
      if (row.basic === 'X' && Object.keys(row.options).length === 0)
        plants.push({ column, where: row.name, value, expect: 'gone' });
      continue;
    }
    const value = token(vr, random);
    if (value === null) continue;
    fields.push(field(row.tag, vr, vr === 'OB' || vr === 'UN' ? utf8(value) : value));
    if (vr === 'AS') continue;
    const keeps = Object.entries(row.options).some(([key, code]) => options.has(key) && code === 'K');
    const moves = options.has('retainLongModifiedDates') && row.options.retainLongModifiedDates === 'C';
    const staysTime = moves && vr === 'TM';
    const stays = (keeps && !(moves && vr !== 'TM')) || staysTime;
    plants.push({
      column: stays ? 'retained' : column,
      where: row.name,
      value: vr === 'PN' ? (value.split('^')[0] ?? '') : value,
      expect: stays ? 'stays' : 'gone',
    });
  }
  return { fields, plants };
}

/** All rows in `parts` portions, so that a run of that many files has planted every one. */
export function portion(index: number, parts: number): TableRow[] {
  return tableRows().filter((_, at) => at % parts === index % parts);
}

/** Sequences that stay, to hide something in at depths 1 to 4. */
const NESTING = [0x00081115, 0x00540016, 0x00082228, 0x00089215, 0x0040a370, 0x52009229, 0x00081140, 0x00082112];

export function nested(fields: readonly Field[], depth: number, random: Random): Field {
  let inner: readonly Field[] = fields;
  let result: Field | null = null;
  for (let level = 0; level < depth; level++) {
    const tag = random.pick(NESTING);
    // Twice the same item: every occurrence must be found.
    result = field(tag, 'SQ', random.chance(0.3) ? [inner, inner] : [inner]);
    inner = [result];
  }
  return result ?? fail();
}

function fail(): never {
  throw new RangeError('depth must be at least 1');
}

export function plantPrivate(options: ReadonlySet<string>, random: Random): { fields: Field[]; plants: Plant[] } {
  const plants: Plant[] = [];
  const hide = (where: string): string => {
    const value = word(random, 12);
    plants.push({ column: 'private', where, value, expect: 'gone' });
    return value;
  };
  const creator = hide('creator');
  const safe = `${digits(random, 4)}.5`;
  if (options.has('retainSafePrivate'))
    plants.push({ column: 'retained', where: 'safe private', value: safe, expect: 'stays' });
  const fields = [
    field(0x00290010, 'LO', creator),
    field(0x00291001, 'LO', hide('explicit')),
    field(0x00291002, 'UN', utf8(hide('UN'))),
    field(0x00291003, 'SQ', [
      [
        field(0x00100010, 'PN', hide('public in private')),
        field(0x00290010, 'LO', 'X'),
        field(0x00291004, 'ST', hide('deep')),
      ],
    ]),
    field(0x00190010, 'LO', 'GEMS_ACQU_01'),
    field(0x00191023, 'DS', safe),
    field(0x00191099, 'LO', hide('not in the list')),
    field(0x00190011, 'LO', 'SOMEBODY ELSE'),
    field(0x00191123, 'LO', hide('listed number, other creator')),
    field(0x00310001, 'LO', hide('without a block')),
  ];
  return { fields, plants };
}

export function plantContainer(random: Random): {
  preamble: Uint8Array;
  meta: Field[];
  trailing: Uint8Array;
  plants: Plant[];
  fields: Field[];
  surplus: string;
} {
  const plants: Plant[] = [];
  const hide = (where: string): string => {
    const value = word(random, 12);
    plants.push({ column: 'container', where, value, expect: 'gone' });
    return value;
  };
  const preamble = new Uint8Array(128);
  preamble.set(utf8(hide('preamble')), 16);
  const meta = [
    field(0x00020016, 'AE', hide('source AE title')),
    field(0x00020017, 'AE', hide('sending AE title')),
    field(0x00020018, 'AE', hide('receiving AE title')),
    field(0x00020013, 'SH', hide('implementation version')),
    field(0x00020100, 'UI', '1.2.3.4'),
    field(0x00020102, 'OB', utf8(hide('private information'))),
  ];
  const overlay = utf8(hide('overlay'));
  const fields = [
    field(0x60000010, 'US', 8),
    field(0x60000011, 'US', 16),
    field(0x60000022, 'LO', hide('overlay description')),
    field(0x60000040, 'CS', 'G'),
    field(0x60000100, 'US', 1),
    field(0x60000102, 'US', 0),
    field(0x60001500, 'LO', hide('overlay label')),
    field(0x60003000, 'OW', concatBytes(overlay, new Uint8Array(4))),
    field(0x50000022, 'LO', hide('curve description')),
    field(0x50003000, 'OW', utf8(hide('curve'))),
    field(0xfffcfffc, 'OB', utf8(hide('trailing padding'))),
    field(0x00880200, 'SQ', [[field(0x00280010, 'US', 2), field(0x7fe00010, 'OW', utf8(hide('icon')))]]),
    field(0x00104444, 'LO', hide('unknown attribute')),
  ];
  return {
    preamble,
    meta,
    plants,
    fields,
    trailing: utf8(`${hide('behind the data set')}..`),
    surplus: hide('behind the pixels'),
  };
}

/** Attributes that Table E.1-1 does not list and that hold words, names, times or UIDs of their own. */
export function plantUnlisted(random: Random, options: ReadonlySet<string>): { fields: Field[]; plants: Plant[] } {
  const tags: readonly (readonly [number, string])[] = [
    [0x00420010, 'ST'],
    [0x00700068, 'LO'],
    [0x00700081, 'LO'],
    [0x00620005, 'LO'],
    [0x00080404, 'DT'],
    [0x00142006, 'PN'],
    [0x00081167, 'UI'],
    [0x00440102, 'UI'],
    [0x00081190, 'UR'],
    [0x00141020, 'DA'],
  ];
  const fields: Field[] = [];
  const plants: Plant[] = [];
  for (const [tag, vr] of tags) {
    const value = token(vr, random) ?? fail();
    fields.push(field(tag, vr, value));
    const keeps =
      vr === 'UI' ? options.has('retainUIDs') : (vr === 'DA' || vr === 'DT') && options.has('retainLongFullDates');
    if (!keeps)
      plants.push({
        column: 'top level',
        where: `unlisted ${tag.toString(16)}`,
        value: value.split('^')[0] ?? '',
        expect: 'gone',
      });
  }
  return { fields, plants };
}
