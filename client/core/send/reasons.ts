import type { ArchiveRefusal } from '../archive/refusal.js';
import type { ScanRefusal, ScanWarning } from '../dicom/scan.js';

/** Why a file, an entry of an archive or a reference is not sent as an instance. */
export type OtherReason =
  | ScanRefusal
  | ArchiveRefusal
  | 'directory' // a DICOMDIR: the medium's index
  | 'directory-damaged' // a DICOMDIR that cannot be read; the files beside it decide anyway
  | 'reference-missing' // a DICOMDIR names a file that is not there
  | 'reference-unsafe'; // a DICOMDIR names a file outside of its medium

type Text = { readonly en: string; readonly de: string };

/**
 * One sentence for the person at the front desk: what it is, and what to do. Data, not interface: every shell shows the same
 * words.
 */
const REASONS: Readonly<Record<OtherReason | 'duplicate', Text>> = {
  'not-dicom': { en: 'not a DICOM file', de: 'keine DICOM-Datei' },
  'no-uids': {
    en: 'a DICOM file without valid identifiers of study, series and image: have it exported again',
    de: 'DICOM-Datei ohne gültige Kennungen von Untersuchung, Serie und Bild: neu exportieren lassen',
  },
  truncated: {
    en: 'incomplete: the file breaks off. Copy it again from its source',
    de: 'unvollständig: die Datei bricht ab. Noch einmal von der Quelle kopieren',
  },
  malformed: {
    en: 'damaged: does not follow the rules of DICOM. Have it exported again',
    de: 'beschädigt: entspricht nicht den Regeln von DICOM. Neu exportieren lassen',
  },
  ambiguous: {
    en: 'names two different patients or studies in one file: clarify with whoever made it',
    de: 'nennt zwei verschiedene Patienten oder Untersuchungen in einer Datei: beim Ersteller klären',
  },
  'pixel-length': {
    en: 'incomplete: holds fewer pixels than it announces. Have it exported again',
    de: 'unvollständig: enthält weniger Bildpunkte als angekündigt. Neu exportieren lassen',
  },
  palette: {
    en: 'damaged: its colour table is too short. Have it exported again',
    de: 'beschädigt: die Farbtabelle ist zu kurz. Neu exportieren lassen',
  },
  'too-deep': {
    en: 'nested too deep for a real DICOM file: perhaps made to do harm',
    de: 'tiefer verschachtelt als jede echte DICOM-Datei: vielleicht in böser Absicht gemacht',
  },
  'too-many': {
    en: 'has more parts than any real DICOM file: perhaps made to do harm',
    de: 'hat mehr Teile als jede echte DICOM-Datei: vielleicht in böser Absicht gemacht',
  },
  'inflate-limit': {
    en: 'would unpack to far more than its size: perhaps made to do harm',
    de: 'würde sich auf ein Vielfaches entpacken: vielleicht in böser Absicht gemacht',
  },
  unreadable: {
    en: 'cannot be read: check the medium and the permissions',
    de: 'nicht lesbar: Datenträger und Zugriffsrechte prüfen',
  },
  'archive-damaged': {
    en: 'the archive is incomplete or damaged: copy or download it again',
    de: 'das Archiv ist unvollständig oder beschädigt: noch einmal kopieren oder herunterladen',
  },
  'archive-unsupported': {
    en: 'an archive of a kind that is not opened here: unpack it and choose the folder',
    de: 'ein Archiv, das hier nicht geöffnet wird: entpacken und den Ordner wählen',
  },
  'archive-depth': {
    en: 'an archive inside an archive inside an archive: unpack it and choose the folder',
    de: 'ein Archiv im Archiv im Archiv: entpacken und den Ordner wählen',
  },
  'archive-limit': {
    en: 'more than an archive may unpack to: unpack it yourself and choose the folder',
    de: 'mehr, als sich aus einem Archiv entpacken darf: selbst entpacken und den Ordner wählen',
  },
  'entry-name': {
    en: 'its name in the archive leads out of the folder: perhaps made to do harm',
    de: 'ihr Name im Archiv führt aus dem Ordner hinaus: vielleicht in böser Absicht gemacht',
  },
  'entry-encrypted': {
    en: 'protected by a password: unpack it with the password and choose the folder',
    de: 'mit einem Passwort geschützt: mit dem Passwort entpacken und den Ordner wählen',
  },
  'entry-coding': {
    en: 'compressed in a way that is not opened here: unpack it and choose the folder',
    de: 'auf eine Weise komprimiert, die hier nicht geöffnet wird: entpacken und den Ordner wählen',
  },
  'entry-overlap': {
    en: 'shares its bytes with another file of the archive: perhaps made to do harm',
    de: 'teilt sich Bytes mit einer anderen Datei des Archivs: vielleicht in böser Absicht gemacht',
  },
  'entry-limit': {
    en: 'would unpack to far more than its size: perhaps made to do harm',
    de: 'würde sich auf ein Vielfaches entpacken: vielleicht in böser Absicht gemacht',
  },
  'entry-damaged': {
    en: 'damaged inside the archive: copy or download the archive again',
    de: 'im Archiv beschädigt: das Archiv noch einmal kopieren oder herunterladen',
  },
  directory: { en: 'the index of a medium, not content', de: 'das Inhaltsverzeichnis eines Datenträgers, kein Inhalt' },
  'directory-damaged': {
    en: 'a damaged index of a medium; all files beside it were looked at',
    de: 'ein beschädigtes Inhaltsverzeichnis; alle Dateien daneben wurden angesehen',
  },
  'reference-missing': {
    en: 'listed in the index of the medium, but not there: copy the whole medium',
    de: 'im Inhaltsverzeichnis des Datenträgers genannt, aber nicht vorhanden: den ganzen Datenträger kopieren',
  },
  'reference-unsafe': {
    en: 'the index of the medium points outside of the medium: not followed',
    de: 'das Inhaltsverzeichnis zeigt aus dem Datenträger hinaus: nicht befolgt',
  },
  duplicate: { en: 'there twice: sent once', de: 'doppelt vorhanden: einmal gesendet' },
};

const WARNINGS: Readonly<Record<ScanWarning, Text>> = {
  'no-pixels': {
    en: 'describes an image and holds none: sent as it is',
    de: 'beschreibt ein Bild und enthält keines: so gesendet',
  },
  preamble: {
    en: 'begins like a program or a web page: sent as it is, made harmless when it is exported',
    de: 'beginnt wie ein Programm oder eine Webseite: so gesendet, beim Export unschädlich gemacht',
  },
  'trailing-bytes': {
    en: 'has bytes behind its end that are not DICOM: sent as it is',
    de: 'hat hinter dem Ende Bytes, die kein DICOM sind: so gesendet',
  },
};

export function reasonText(reason: OtherReason | 'duplicate', language: 'en' | 'de'): string {
  return REASONS[reason][language];
}

export function warningText(warning: ScanWarning, language: 'en' | 'de'): string {
  return WARNINGS[warning][language];
}

/** All of them, for the pages that list them. */
export const OTHER_REASONS = Object.keys(REASONS) as (OtherReason | 'duplicate')[];
