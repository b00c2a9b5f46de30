import { deflateRawSync } from 'node:zlib';
import { concatBytes, utf8 } from '../../../crypto/wire/bytes.js';
import { encodeText } from '../../../client/core/dicom/charset-encode.js';
import { encodeFields, type Field, field, part10, SYNTAXES, type Style } from './data-set.js';
import { nested, type Plant, plantContainer, plantPrivate, plantRows, plantUnlisted, portion } from './plants.js';
import { createRandom, date, digits, type Random, word } from './random.js';

/** A file full of canaries, and what is known about it. */
export interface CanaryCase {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly options: readonly string[];
  readonly plants: readonly Plant[];
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly patientId: string;
  readonly studyDate: string;
  /** The native pixels as they must come out, or null. */
  readonly pixels: Uint8Array | null;
}

interface Person {
  readonly family: string;
  readonly given: string;
  readonly id: string;
  readonly birthDate: string;
  readonly accession: string;
  readonly physician: string;
  readonly institution: string;
}

/** Alphabets that names are written in, with the declared set; the same letters are searched in every coding afterwards. */
const SCRIPTS: readonly { readonly sets: string; readonly letters: string; readonly declared: boolean }[] = [
  { sets: '', letters: 'BCDFGHKLMNPRSTVWZ', declared: true },
  { sets: 'ISO_IR 100', letters: 'äöüßéèçñøåÄÖÜ', declared: true },
  { sets: 'ISO_IR 144', letters: 'абвгдежзиклмнопрстуфхцчшщ', declared: true },
  { sets: 'ISO_IR 126', letters: 'αβγδεζηθικλμνξοπρστυφχψω', declared: true },
  { sets: 'ISO_IR 166', letters: 'กขคงจชซญดตถทนบปผพมยรลวสห', declared: true },
  { sets: 'ISO_IR 192', letters: '日月山川田中木林森海空雨雪花鳥風', declared: true },
  { sets: '\\ISO 2022 IR 87', letters: '日月山川田中木林森海空雨雪花鳥風', declared: true },
  { sets: '\\ISO 2022 IR 149', letters: '가나다라마바사아자차카타파하김이박최', declared: true },
  { sets: 'GB18030', letters: '王李张刘陈杨赵黄周吴徐孙胡朱高林', declared: true },
  { sets: 'ISO_IR 144', letters: 'абвгдежзиклмнопрстуфхцчшщ', declared: false },
  { sets: 'ISO_IR 192', letters: 'äöüßéèçñøå', declared: false },
];

function scriptWord(letters: string, random: Random): string {
  const list = [...letters];
  const length = list.length < 18 && (letters.codePointAt(0) ?? 0) > 0x3000 ? 3 : 8;
  return Array.from({ length }, () => random.pick(list)).join('');
}

/** @param index picks rows, encodings and alphabets, so that consecutive ones cover all */
export function canaryCase(seed: number, index: number, options: readonly string[], parts: number): CanaryCase {
  const random = createRandom(seed * 1000 + index);
  const syntax = SYNTAXES[index % SYNTAXES.length] ?? fail();
  const script = SCRIPTS[index % SCRIPTS.length] ?? fail();
  const chosen = new Set(options);
  const sets = script.sets.split('\\');
  const encode = (text: string): Uint8Array =>
    encodeText(text, sets.length === 1 && sets[0] === '' ? [] : sets) ?? fail();
  const person = personFrom(script.letters, random);
  const top = plantRows(portion(index, parts), chosen, random, 'top level');
  const deep = plantRows(portion(index + 1, parts), chosen, random, 'nested');
  const secret = plantPrivate(chosen, random);
  const unlisted = index % 2 === 0 ? plantUnlisted(random, chosen) : { fields: [], plants: [] };
  const container = plantContainer(random);
  const echo = plantEcho(person, encode, random, chosen);
  const studyDate = date(random);
  const uids = { sop: uid(random), study: uid(random), series: uid(random) };
  const { pixels, expected } = pixelsFor(container.surplus);
  const fields: Field[] = [
    ...(script.declared && script.sets !== '' ? [field(0x00080005, 'CS', script.sets)] : []),
    ...header(person, uids, studyDate, encode),
    ...top.fields,
    nested(deep.fields, 1 + (index % 4), random),
    ...secret.fields,
    ...unlisted.fields,
    ...container.fields,
    ...echo.fields,
    field(0x7fe00010, 'OW', pixels),
  ];
  const style: Style = { encoding: syntax.encoding, open: random.pick([0, 0.5, 1]), unknown: random.pick([0, 0.3]) };
  const dataSet = encodeFields(fields, style, random);
  const body =
    syntax.deflated === true ? new Uint8Array(deflateRawSync(dataSet)) : concatBytes(dataSet, container.trailing);
  const meta = [
    field(0x00020002, 'UI', CT),
    field(0x00020003, 'UI', uids.sop),
    field(0x00020010, 'UI', syntax.uid),
    ...container.meta,
  ];
  return {
    name: `seed ${seed} case ${index} ${syntax.uid} ${script.sets}${script.declared ? '' : ' undeclared'} [${options.join(',')}]`,
    bytes: part10(container.preamble, meta, body, random),
    options,
    plants: withoutChance([
      ...top.plants,
      ...deep.plants,
      ...secret.plants,
      ...unlisted.plants,
      ...container.plants,
      ...echo.plants,
      ...identity(person, uids, chosen),
    ]),
    sopInstanceUid: uids.sop,
    studyInstanceUid: uids.study,
    patientId: person.id,
    studyDate,
    pixels: expected,
  };
}

/** Two dates may be the same by chance: where one of them stays, nobody can tell whether the other is gone. */
function withoutChance(plants: readonly Plant[]): Plant[] {
  const staying = new Set(plants.flatMap(({ expect, value }) => (expect === 'stays' ? [value] : [])));
  return plants.filter(({ expect, value }) => expect === 'stays' || !staying.has(value));
}

const CT = '1.2.840.10008.5.1.4.1.1.2';

function fail(): never {
  throw new RangeError('the canary generator is wrong');
}

function uid(random: Random): string {
  return `1.2.276.0.7230010.${digits(random, 9)}.${digits(random, 10)}`;
}

function personFrom(letters: string, random: Random): Person {
  return {
    family: scriptWord(letters, random),
    given: scriptWord(letters, random),
    id: `${word(random, 2)}${digits(random, 8)}`,
    birthDate: date(random),
    accession: `A${digits(random, 9)}`,
    physician: word(random, 9),
    institution: word(random, 10),
  };
}

function header(
  person: Person,
  uids: { sop: string; study: string; series: string },
  studyDate: string,
  encode: (text: string) => Uint8Array,
): Field[] {
  return [
    field(0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
    field(0x00080016, 'UI', CT),
    field(0x00080018, 'UI', uids.sop),
    field(0x00080020, 'DA', studyDate),
    field(0x00080050, 'SH', person.accession),
    field(0x00080060, 'CS', 'CT'),
    field(0x00080070, 'LO', 'MAKER OF SCANNERS'),
    field(0x00080080, 'LO', `Klinik ${person.institution}`),
    field(0x00080090, 'PN', `${person.physician}^Dr`),
    field(0x00100010, 'PN', encode(`${person.family}^${person.given}`)),
    // A second one, as broken writers make it: a map would lose the first.
    field(0x00100010, 'PN', encode(`${person.family}^${person.given}`)),
    field(0x00100020, 'LO', person.id),
    field(0x00100030, 'DA', person.birthDate),
    field(0x00180050, 'DS', '2.5'),
    field(0x00180060, 'DS', '120'),
    field(0x0020000d, 'UI', uids.study),
    field(0x0020000e, 'UI', uids.series),
    field(0x00081140, 'SQ', [[field(0x00081150, 'UI', CT), field(0x00081155, 'UI', uids.sop)]]),
    field(0x00200013, 'IS', '7'),
    field(0x00280002, 'US', 1),
    field(0x00280004, 'CS', 'MONOCHROME2'),
    field(0x00280010, 'US', 8),
    field(0x00280011, 'US', 8),
    field(0x00280100, 'US', 16),
    field(0x00280101, 'US', 12),
    field(0x00280102, 'US', 11),
    field(0x00280103, 'US', 0),
  ];
}

/** 12 bits of 16, something in the other four, and something behind. */
function pixelsFor(surplus: string): { pixels: Uint8Array; expected: Uint8Array } {
  const expected = new Uint8Array(128);
  for (let at = 0; at < 64; at++) expected.set([(at * 37) & 255, at & 15], at * 2);
  const dirty = expected.slice();
  for (let at = 1; at < 128; at += 2) dirty[at] = (dirty[at] ?? 0) | (at % 3 === 0 ? 0xa0 : 0);
  return { pixels: concatBytes(dirty, utf8(surplus)), expected };
}

/** The patient's own identifiers where people write them: in attributes that stay. */
function plantEcho(
  person: Person,
  encode: (text: string) => Uint8Array,
  random: Random,
  options: ReadonlySet<string>,
): { fields: Field[]; plants: Plant[] } {
  const { family, given, id, birthDate, accession, physician, institution } = person;
  const [year, month, day] = [birthDate.slice(0, 4), birthDate.slice(4, 6), birthDate.slice(6)];
  const dates = [
    `${day}.${month}.${year}`,
    `${year}-${month}-${day}`,
    `${Number(day)}.${Number(month)}.${year}`,
    birthDate,
    `${day}/${month}/${year}`,
  ];
  const spellings = [
    `${family}, ${given}`,
    `${given} ${family}`,
    `${family}_${given}`,
    `${family}^${given}`,
    family.toUpperCase(),
    `${given}${family}`,
  ];
  const born = random.pick(dates);
  const places: readonly (readonly [number, string, Uint8Array])[] = [
    [0x00181210, 'SH', encode(random.pick([family, given]))],
    [0x00080104, 'LO', encode(`Thorax ${random.pick(spellings)}`)],
    [0x00081090, 'LO', encode(`Scanner ${id}`)],
    [0x00181020, 'LO', encode(`v1 ${accession}`)],
    [0x00180024, 'SH', encode(physician)],
    [0x00281055, 'LO', encode(`${institution} win`)],
    [0x00700081, 'LO', encode(`Kopf ${random.pick(spellings)} geb. ${born}`)],
    [0x00420010, 'ST', encode(`Befund ${random.pick(spellings)} ${born}`)],
    [0x00203401, 'CS', utf8(id)],
    [0x00189005, 'SH', encode(born)],
    // What programs do with text that must not be seen, or does not fit.
    [0x00282000, 'OB', encode(`${family} ${given}      `)],
    [0x00189073, 'FD', utf8(`${id}              `.slice(0, 16))],
    [0x00181016, 'LO', utf8(Buffer.from(`x ${physician} y`).toString('base64'))],
    [0x00181018, 'LO', utf8(Buffer.from(physician).toString('hex'))],
  ];
  const coded = Buffer.from(`x ${physician} y`).toString('base64').slice(4, 12);
  const values = [
    family,
    given,
    id,
    born,
    accession,
    physician,
    Buffer.from(physician).toString('hex'),
    coded,
    ...(options.has('retainInstitutionIdentity') ? [] : [institution]),
  ];
  return {
    fields: places.map(([tag, vr, value]) => field(tag, vr, value)),
    plants: values.map((value) => ({
      column: 'echo' as const,
      where: 'text that stays',
      value,
      expect: 'gone' as const,
    })),
  };
}

function identity(
  person: Person,
  uids: { sop: string; study: string; series: string },
  options: ReadonlySet<string>,
): Plant[] {
  const gone = (column: Plant['column'], where: string, value: string): Plant => ({
    column,
    where,
    value,
    expect: 'gone',
  });
  const keepsInstitution = options.has('retainInstitutionIdentity');
  return [
    gone('charset', 'family name', person.family),
    gone('charset', 'given name', person.given),
    ...(keepsInstitution ? [] : [gone('top level', 'Institution Name', person.institution)]),
    ...Object.values(uids).map((value): Plant => ({
      column: 'UIDs',
      where: 'UID',
      value,
      expect: options.has('retainUIDs') ? 'stays' : 'gone',
    })),
  ];
}
