import type { Random } from './random.js';

/** Invented people and what stands on pictures about them. */

const FAMILY =
  'Muster Meier Schmidt Yildiz Kowalski Nguyen Oberhuber Jürgens Weiß Brandt Hofmann O-Brien Lindqvist Petrov'.split(
    ' ',
  );
const GIVEN = 'Erika Max Anna Ayse Jan Linh Josef Marie Tom Katharina Olaf Ida Sven Jo'.split(' ');
const PLACES = [
  'Klinikum Nord',
  'St. Elisabeth',
  'Radiologie am Markt',
  'Praxis Dr. Weber',
  'UNIV-KLINIK',
  'MVZ Mitte',
];
const TECHNICAL = [
  'MI 0.8',
  'TIs 0.2',
  '14 Hz',
  'FR 32',
  'Gain 60%',
  'kV 120',
  'mA 240',
  'W 400 L 40',
  'TR 450',
  'TE 12',
  'SL 5.0',
  'Abdomen',
  'C5-1',
  'Zoom 1.2',
  'ap stehend',
  'Freeze',
  'Depth 12 cm',
  'Exam',
  'OK',
  'Speichern',
];

export function personalText(random: Random): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const [day, month, year] = [two(random.whole(1, 28)), two(random.whole(1, 12)), random.whole(1930, 2026)];
  const [family, given] = [random.pick(FAMILY), random.pick(GIVEN)];
  return random.pick([
    `${family}, ${given}`,
    `${family.toUpperCase()}^${given.toUpperCase()}`,
    `${given} ${family}`,
    `${day}.${month}.${year}`,
    `${year}-${month}-${day}`,
    `${year}${month}${day}`,
    `DOB: ${day}/${month}/${year}`,
    `ID ${random.whole(100_000, 99_999_999)}`,
    `PID: ${random.whole(1000, 99_999)}-${random.whole(10, 99)}`,
    `ACC ${random.whole(100_000, 999_999)}`,
    `Dr. ${family}`,
    random.pick(PLACES),
    `${family} ${day}.${month}.${year} ${random.pick(['M', 'F'])}`,
    String(random.whole(1_000_000, 9_999_999)),
  ]);
}

export function technicalText(random: Random): string {
  return random.pick(TECHNICAL);
}
