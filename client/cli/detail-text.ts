import { type ErrorDetail } from '../core/error.js';
import { formatBytes } from './progress.js';
import { type Language } from './texts.js';

/** What an error says beside its text: names and numbers. */
export function describeDetail(detail: ErrorDetail, language: Language): string {
  switch (detail.kind) {
    case 'witnesses': {
      const { answered, known, needed } = detail;
      const names = answered.length === 0 ? '–' : answered.join(', ');
      return language === 'de'
        ? `(${answered.length} von ${known.length} Zeugen haben geantwortet: ${names}; nötig: ${needed})`
        : `(${answered.length} of ${known.length} witnesses answered: ${names}; ${needed} needed)`;
    }
    case 'room': {
      const [needed, room] = [detail.neededBytes, detail.roomBytes].map((bytes) => formatBytes(bytes, language));
      return language === 'de'
        ? `(nötig: bis zu ${needed}; frei: ${room})`
        : `(needed: up to ${needed}; free: ${room})`;
    }
    case 'checkpoints': {
      const { first, second, evidence } = detail;
      const where = evidence === null ? '' : language === 'de' ? ` Beweis: ${evidence}` : ` Evidence: ${evidence}`;
      return `(1: ${first}; 2: ${second}.${where})`;
    }
  }
}
