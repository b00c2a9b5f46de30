import { CoreError } from '../error.js';

/** The edition of the table that the rules come from. */
export const EDITION = 'PS3.15 2026d';

/** Options of PS3.15 §E.3, in the order of the table's columns, then the two that it has no column for. */
export const OPTION_KEYS = [
  'retainSafePrivate',
  'retainUIDs',
  'retainDeviceIdentity',
  'retainInstitutionIdentity',
  'retainPatientCharacteristics',
  'retainLongFullDates',
  'retainLongModifiedDates',
  'cleanDescriptors',
  'cleanStructuredContent',
  'cleanGraphics',
  'cleanPixelData',
  'cleanVisualFeatures',
] as const;

export type OptionKey = (typeof OPTION_KEYS)[number];

/** A profile: the Basic Profile with options, or nothing at all (`treatment`, where the recipient must know the patient). */
export interface Profile {
  readonly name: string;
  /** Of the profile as data: yyyy-mm-dd. */
  readonly date: string;
  readonly kind: 'deidentify' | 'unchanged';
  readonly options: ReadonlySet<OptionKey>;
  /** Encapsulated PDF, CDA, STL: replaced by an empty document unless kept on purpose. */
  readonly documents: 'replace' | 'keep';
  /** Whether what was replaced travels along, encrypted for the sender alone. */
  readonly reversible: boolean;
}

const READY: Readonly<Record<string, readonly OptionKey[] | null>> = {
  basic: [],
  treatment: null,
  'second-opinion': [
    'retainPatientCharacteristics',
    'retainLongModifiedDates',
    'retainDeviceIdentity',
    'cleanDescriptors',
    'cleanStructuredContent',
    'cleanGraphics',
    'cleanPixelData',
  ],
  teaching: [
    'retainPatientCharacteristics',
    'cleanDescriptors',
    'cleanStructuredContent',
    'cleanGraphics',
    'cleanPixelData',
  ],
  research: [
    'retainLongModifiedDates',
    'retainSafePrivate',
    'cleanDescriptors',
    'cleanStructuredContent',
    'cleanPixelData',
  ],
};

const READY_DATE = '2026-11-25';

export const READY_PROFILES: readonly string[] = Object.keys(READY);

/** One that comes with the program. @throws CoreError `profile-invalid` */
export function readyProfile(name: string, more: readonly string[] = []): Profile {
  if (!Object.hasOwn(READY, name)) throw new CoreError('profile-invalid', 'no profile of this name');
  const options = READY[name] ?? null;
  return assertConsistent({
    name,
    date: READY_DATE,
    kind: options === null && more.length === 0 ? 'unchanged' : 'deidentify',
    options: new Set([...(options ?? []), ...more.map(parseOption)]),
    documents: 'replace',
    reversible: false,
  });
}

/** A practice's own profile (docs/spec/deidentification.md §3). @throws CoreError `profile-invalid` */
export function parseProfile(json: string, more: readonly string[] = []): Profile {
  const fields = parseJson(json);
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return invalid('not a profile');
  const { name, date, options, documents = 'replace', reversible = false, ...unknown }: Partial<Fields> = fields;
  if (Object.keys(unknown).length > 0) return invalid('a field that profiles do not have');
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME) return invalid('its name');
  if (typeof date !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(date)) return invalid('its date');
  if (!isTexts(options)) return invalid('its options');
  if (documents !== 'replace' && documents !== 'keep') return invalid('what becomes of documents');
  if (typeof reversible !== 'boolean') return invalid('whether there is a way back');
  const chosen = new Set([...options, ...more].map(parseOption));
  return assertConsistent({ name, date, kind: 'deidentify', options: chosen, documents, reversible });
}

/** By hand: a schema library takes longer to load than a hundred instances take. */
type Fields = Readonly<Record<'name' | 'date' | 'options' | 'documents' | 'reversible', unknown>>;

const MAX_NAME = 40;

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= OPTION_KEYS.length && value.every((one) => typeof one === 'string');
}

function invalid(why: string): never {
  throw new CoreError('profile-invalid', why);
}

/** As `parseProfile` reads it. */
export function encodeProfile({ name, date, options, documents, reversible }: Profile): string {
  return JSON.stringify({ name, date, options: [...options], documents, reversible });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CoreError('profile-invalid', 'not JSON', { cause });
  }
}

function parseOption(text: string): OptionKey {
  const found = OPTION_KEYS.find((key) => key.toLowerCase() === text.trim().toLowerCase());
  if (found === undefined) throw new CoreError('profile-invalid', 'no option of this name');
  return found;
}

/** PS3.15 §E.3.6: dates stay as they are, or are moved; not both. */
function assertConsistent(profile: Profile): Profile {
  if (profile.options.has('retainLongFullDates') && profile.options.has('retainLongModifiedDates')) {
    throw new CoreError('profile-invalid', 'full and modified dates exclude each other');
  }
  return profile;
}
