import { type LocalPatient } from '../patients/local-patients.js';
import { type GdtCharset, encodeGdt } from './charset.js';
import { gdtDate, gdtSex } from './patient.js';
import { type GdtField, MAX_RECORD_BYTES, encodeRecord } from './record.js';

/** A report that is handed to the practice software as an examination's data (docs/spec/gdt.md §5). */
export interface HandedReport {
  readonly sender: string;
  readonly receiver: string;
  /** Field 8402: what kind of examination the practice software files it as. */
  readonly procedure: string;
  readonly patient: LocalPatient;
  /** `YYYYMMDD` and `HHMMSS`, of the day the message came. */
  readonly date: string;
  readonly time: string;
  /** In this order: who it is from, what it is about, what was written. */
  readonly lines: readonly string[];
  readonly comment: string;
  /** As the practice software can open them. */
  readonly files: readonly { readonly format: string; readonly about: string; readonly path: string }[];
}

/** What a field of text holds in GDT 2.1. */
const LINE = 60;
const CUT = '[gekürzt: der ganze Text steht in der Nachricht]';

/** Record 6310. A text that is longer than a record can be is cut, and says so. @throws RangeError for a path that no line can hold */
export function encodeReport(report: HandedReport, charset: GdtCharset): Uint8Array {
  const { patient, files } = report;
  const [family = '', given = ''] = (patient.name.split('=')[0] ?? '').split('^');
  const head: GdtField[] = [
    ...present('8315', report.receiver),
    ...present('8316', report.sender),
    { id: '9218', value: '02.10' },
    { id: '3000', value: patient.patientId },
    ...[...present('3101', family), ...present('3102', given)],
    ...[...present('3103', gdtDate(patient.birthDate)), ...present('3110', gdtSex(patient.sex))],
    ...[
      ...present('8402', report.procedure),
      ...present('6200', gdtDate(report.date)),
      ...present('6201', report.time),
    ],
  ];
  const tail: GdtField[] = [
    ...wrap(report.comment).map((value) => ({ id: '6227', value })),
    ...files.flatMap(({ format, about, path }, at) => [
      { id: '6302', value: String(at + 1).padStart(6, '0') },
      { id: '6303', value: format },
      { id: '6304', value: wrap(about)[0] ?? '' },
      { id: '6305', value: path },
    ]),
  ];
  const bare = encodeRecord({ type: '6310', fields: [...head, ...tail] }, charset).length;
  const text = fitting(report.lines.flatMap(wrap), MAX_RECORD_BYTES - bare, charset);
  return encodeRecord({ type: '6310', fields: [...head, ...text, ...tail] }, charset);
}

function present(id: string, value: string): GdtField[] {
  return value === '' ? [] : [{ id, value }];
}

/** Length, number and line end of a line. */
const OVERHEAD = 9;

function fitting(lines: readonly string[], room: number, charset: GdtCharset): GdtField[] {
  const sizes = lines.map((value) => encodeGdt(value, charset).length + OVERHEAD);
  const total = sizes.reduce((sum, one) => sum + one, 0);
  if (total <= room) return lines.map(textField);
  let left = room - encodeGdt(CUT, charset).length - OVERHEAD;
  const count = sizes.findIndex((size) => (left -= size) < 0);
  return [...lines.slice(0, count), CUT].map(textField);
}

function textField(value: string): GdtField {
  return { id: '6220', value };
}

/** At blanks where there are some; a blank line stays one, with a blank in it. */
export function wrap(text: string): string[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    const chars = [...line.trimEnd()];
    const wrapped: string[] = [];
    let start = 0;
    while (chars.length - start > LINE) {
      const blank = chars.lastIndexOf(' ', start + LINE);
      const end = blank > start ? blank : start + LINE;
      wrapped.push(chars.slice(start, end).join(''));
      start = blank > start ? end + 1 : end;
    }
    return [...wrapped, start === chars.length ? ' ' : chars.slice(start).join('')];
  });
}
