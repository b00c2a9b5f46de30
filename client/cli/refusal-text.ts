import type { Refusal } from '../core/deidentification/refused.js';
import { type Language } from './texts.js';

/** Why an instance was not de-identified, and what to do. */
const TEXTS: Readonly<Record<Refusal, readonly [en: string, de: string]>> = {
  directory: ['a DICOMDIR is not de-identified', 'ein DICOMDIR wird nicht de-identifiziert'],
  residual: ['a removed value was found again in the result', 'ein entfernter Wert fand sich im Ergebnis wieder'],
  'visual-features': [
    'a face may be recognised, and cannot be cleaned here',
    'ein Gesicht kann erkannt werden und lässt sich hier nicht entfernen',
  ],
  'pixels-not-maskable': ['its pictures cannot be masked', 'seine Bilder lassen sich nicht maskieren'],
  'pixels-not-checked': [
    'its pictures could not be looked at: give masks',
    'seine Bilder konnten nicht geprüft werden: Masken angeben',
  ],
  risk: [
    'may show text or a face: look at it, then confirm with --confirm-risk',
    'kann Text oder ein Gesicht zeigen: ansehen, dann mit --confirm-risk bestätigen',
  ],
  'not-dicom': ['not DICOM', 'kein DICOM'],
  'no-uids': ['without valid UIDs', 'ohne gültige UIDs'],
  truncated: ['ends too early', 'endet zu früh'],
  malformed: ['not written as the standard says', 'nicht nach dem Standard geschrieben'],
  ambiguous: ['contradicts itself about the patient', 'widerspricht sich beim Patienten'],
  'pixel-length': ['its pixels are not all there', 'seine Pixel sind nicht vollständig'],
  palette: ['its colour table is not as it says', 'seine Farbtabelle ist nicht, wie sie angibt'],
  'too-deep': ['nests too deep', 'ist zu tief geschachtelt'],
  'too-many': ['has too many elements', 'hat zu viele Elemente'],
  'inflate-limit': ['grows too large when it is inflated', 'wird beim Entpacken zu groß'],
  unreadable: ['cannot be read', 'ist nicht lesbar'],
};

export function refusalText(reason: Refusal, language: Language): string {
  const [en, de] = TEXTS[reason];
  return language === 'de' ? de : en;
}
