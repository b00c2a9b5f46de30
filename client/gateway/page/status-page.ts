import type { Part, PartStatus } from '../part.js';
import { type Html, type Page, markup } from './html.js';

/** How the gateway is, for the person beside it: words and counts, nothing about patients. */
const TEXTS = {
  en: {
    title: 'Bildbote gateway',
    allWell: 'Everything works.',
    attention: 'Something needs attention.',
    since: 'Running since',
    again: 'This page loads itself again every 30 seconds.',
    part: 'Part',
    state: 'State',
    counts: 'Counts',
    failure: 'Last failure',
    interface: 'The interface for practice software',
    states: { working: 'works', degraded: 'needs attention', stopped: 'stopped' },
  },
  de: {
    title: 'Bildbote-Gateway',
    allWell: 'Alles läuft.',
    attention: 'Etwas braucht Aufmerksamkeit.',
    since: 'Läuft seit',
    again: 'Diese Seite lädt sich alle 30 Sekunden neu.',
    part: 'Teil',
    state: 'Zustand',
    counts: 'Zahlen',
    failure: 'Letzter Fehler',
    interface: 'Die Schnittstelle für Praxissoftware',
    states: { working: 'läuft', degraded: 'braucht Aufmerksamkeit', stopped: 'beendet' },
  },
} as const;

/** What parts and counts are called for people; a name that is not here is shown as it is. */
const NAMES: Readonly<Record<'en' | 'de', Readonly<Record<string, string>>>> = {
  en: {
    ...{
      outgoing: 'Sending',
      incoming: 'Receiving',
      intake: 'Studies from modalities',
      scp: 'DICOM port',
      pacs: 'Storing in the PACS',
    },
    ...{ export: 'Export to folders', exchange: 'Hand-over to the practice software', webhooks: 'Webhooks' },
    ...{ awaited: 'waiting for instances', incomplete: 'gone incomplete' },
    ...{ unruled: 'without a rule', waiting: 'waiting', taken: 'being sent', refused: 'given back' },
  },
  de: {
    ...{
      outgoing: 'Senden',
      incoming: 'Empfangen',
      intake: 'Studien von Modalitäten',
      scp: 'DICOM-Port',
      pacs: 'Ablage im PACS',
    },
    ...{ export: 'Ausgabe in Ordner', exchange: 'Übergabe an die Praxissoftware', webhooks: 'Webhooks' },
    ...{
      accepted: 'angenommen',
      sending: 'unterwegs',
      held: 'zurückgehalten',
      sent: 'gesendet',
      failed: 'fehlgeschlagen',
    },
    ...{
      cancelled: 'abgebrochen',
      receiving: 'kommt an',
      complete: 'vollständig',
      gathering: 'kommt an',
      waiting: 'wartet',
    },
    ...{ awaited: 'warten auf Instanzen', incomplete: 'unvollständig gegangen' },
    ...{ unruled: 'ohne Regel', targets: 'Ziele', taken: 'wird gesendet', refused: 'zurückgegeben', read: 'gelesen' },
    ...{ pending: 'offen', hooks: 'Empfänger', associations: 'Verbindungen' },
  },
};

export function statusPage(parts: readonly Part[], language: 'en' | 'de', startedAt: Date): Page {
  const texts = TEXTS[language];
  const statuses = parts.map((part) => ({ name: part.name, status: part.status() }));
  const isWell = statuses.every(({ status }) => status.state === 'working');
  const locale = language === 'de' ? 'de-DE' : 'en-GB';
  const body = markup` <h1>${texts.title}</h1>
    <p>
      <strong>${isWell ? texts.allWell : texts.attention}</strong> ${texts.since} ${startedAt.toLocaleString(locale)}.
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">${texts.part}</th>
          <th scope="col">${texts.state}</th>
          <th scope="col">${texts.counts}</th>
          <th scope="col">${texts.failure}</th>
        </tr>
      </thead>
      <tbody>
        ${statuses.map(({ name, status }) => row(name, status, language))}
      </tbody>
    </table>
    <p class="soft">${texts.again} <a href="/api/v1/">${texts.interface}</a></p>`;
  return { language, title: `${isWell ? '✓' : '!'} ${texts.title}`, body, refreshSeconds: 30 };
}

function row(name: string, { state, counts, lastFailure }: PartStatus, language: 'en' | 'de'): Html {
  const called = (one: string): string => NAMES[language][one] ?? one;
  const numbers = Object.entries(counts).map(([what, count]) => markup`<div>${called(what)}: ${count}</div>`);
  return markup`<tr>
    <th scope="row">${called(name)}</th>
    <td class="state">${TEXTS[language].states[state]}</td>
    <td>${numbers}</td>
    <td><code>${lastFailure ?? ''}</code></td>
  </tr> `;
}
