import { type report as en } from '../en/report.js';

export const report: Readonly<Record<keyof typeof en, string>> = {
  'report.page': 'Seite {n} von {total}',
  'report.loading': 'Befund wird geöffnet …',
  'report.close': 'Befund schließen',
  'report.larger': 'Größer',
  'report.smaller': 'Kleiner',
  'report.unreadable':
    'Der Befund lässt sich hier nicht zeigen. Speichern Sie ihn und öffnen Sie ihn mit einem anderen Programm.',
  'report.asText': 'Text der Seite',
};
