import { type app as en } from '../en/app.js';

export const app: Readonly<Record<keyof typeof en, string>> = {
  'app.name': 'Bildbote',
  'app.starting': 'Startet …',
  'app.skip': 'Zum Inhalt',
  'app.unusable':
    'In diesem Browser läuft Bildbote nicht: {code}. Nehmen Sie ein aktuelles Chrome, Edge, Firefox oder Safari.',

  'nav.label': 'Bereiche',
  'nav.inbox': 'Eingang',
  'nav.sent': 'Gesendet',
  'nav.write': 'Schreiben',
  'nav.settings': 'Einstellungen',
  'nav.lock': 'Sperren',

  'line.online': 'Verbunden',
  'line.offline': 'Keine Verbindung',
  'line.offlineHint': 'Es geht weiter, sobald das Relay wieder erreichbar ist.',

  'common.close': 'Schließen',
  'common.cancel': 'Abbrechen',
  'common.yes': 'Ja',
  'common.required': 'nötig',
  'common.optional': 'freiwillig',
};
