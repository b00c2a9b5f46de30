import type { ReportAction, ReportContent, ReportInstance } from './report.js';
import type { RiskKind } from './risk.js';

/** The report as one page, German and English side by side, without script, style sheets or pictures from elsewhere. */

const RISK_WORDS: Readonly<Record<RiskKind, readonly [string, string]>> = {
  'burned-in': ['Text im Bild ist wahrscheinlich', 'text in the picture is likely'],
  'text-suspected': ['textähnliches außerhalb der Masken', 'something like text outside of the masks'],
  'colour-flow': ['Farbdoppler wurde nicht abgedeckt', 'colour flow was not covered'],
  'frames-not-decoded': ['Bilder konnten nicht geprüft werden', 'frames could not be looked at'],
  face: ['ein Gesicht ist erkennbar oder berechenbar', 'a face can be seen or rendered'],
  video: ['ein Film kann weitere Daten enthalten', 'a film may carry further data'],
  'document-kept': ['ein Dokument wurde absichtlich behalten', 'a document was kept on purpose'],
  'dates-and-uids': ['behaltene UIDs können Daten enthalten', 'UIDs that were kept may hold dates'],
};

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#1a1a1a;background:#fff}' +
  'h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}' +
  'th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc;vertical-align:top}td.n{text-align:right}' +
  'code{font-size:.85em;overflow-wrap:anywhere}details{margin:.4rem 0}summary{cursor:pointer}';

export function reportPage(report: ReportContent): string {
  const body = [
    '<h1>De-Identifizierung · De-identification</h1>',
    headTable(report),
    '<h2>Was getan wurde · What was done</h2>',
    ...report.actions.map(actionBlock),
    '<h2>Was bleiben kann · What may remain</h2>',
    riskTable(report),
    '<h2>Abgelehnt · Refused</h2>',
    countTable(report.refused),
    '<h2>Instanzen · Instances</h2>',
    instanceTable(report.instances),
  ];
  return (
    `<!doctype html>\n<html lang="de"><head><meta charset="utf-8"><title>De-identification</title>` +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">` +
    `<style>${STYLE}</style></head><body>\n${body.join('\n')}\n</body></html>\n`
  );
}

function headTable({ profile, software, createdAt, files, secret }: ReportContent): string {
  return rows([
    ['Profil · Profile', `${profile.name} (${profile.date})`],
    ['Ausgabe · Edition', profile.edition],
    ['Optionen · Options', profile.options.join(', ') || '–'],
    ['Dokumente · Documents', profile.documents],
    ['Geheimnis · Secret', secret],
    ['Software', software],
    ['Zeit · Time', createdAt],
    ['Instanzen · Instances', String(files)],
  ]);
}

function rows(pairs: readonly (readonly [string, string])[]): string {
  return `<table>${pairs.map(([name, value]) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`).join('')}</table>`;
}

function actionBlock({ words, attributes }: ReportAction): string {
  const total = attributes.reduce((sum, { count }) => sum + count, 0);
  const lines = attributes.map(
    ({ tag, name, count }) =>
      `<tr><td><code>${escape(tag)}</code></td><td>${escape(name)}</td><td class="n">${count}</td></tr>`,
  );
  return `<details><summary>${escape(words.de)} · ${escape(words.en)}: ${total}</summary><table>${lines.join('')}</table></details>`;
}

function riskTable({ risks }: ReportContent): string {
  const entries = Object.entries(risks).map(([kind, count]) => {
    const [de, en] = RISK_WORDS[kind as RiskKind];
    return [`${de} · ${en}`, String(count)] as const;
  });
  return entries.length === 0 ? '<p>–</p>' : rows(entries);
}

function countTable(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).map(([reason, count]) => [reason, String(count)] as const);
  return entries.length === 0 ? '<p>–</p>' : rows(entries);
}

function instanceTable(instances: readonly ReportInstance[]): string {
  const lines = instances.map(
    ({ modality, input, output, masks, pixels, risks }) =>
      `<tr><td>${escape(modality)}</td><td><code>${input ?? '–'}</code><br><code>${output ?? '–'}</code></td>` +
      `<td class="n">${masks.length}</td><td>${pixels}</td><td>${escape(risks.join(', '))}</td></tr>`,
  );
  const head =
    '<tr><th>Modalität · Modality</th><th>SHA-256 vorher, nachher · before, after</th><th>Masken · Masks</th><th>Pixel</th><th>Risiken · Risks</th></tr>';
  return `<table>${head}${lines.join('')}</table>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
