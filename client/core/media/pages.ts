/** README.TXT, INDEX.HTM and the list of digests of a medium (IHE RAD TF-3 §4.47): for people without a viewer. */

export interface MediumInfo {
  readonly messageId: string;
  readonly from: string;
  /** When the message was received. */
  readonly receivedMs: number;
  readonly createdMs: number;
}

export interface ListedSeries {
  readonly modality: string;
  readonly number: number | null;
  readonly description: string;
  readonly instances: number;
}

export interface ListedStudy {
  readonly patient: { readonly name: string; readonly id: string; readonly birthDate: string };
  readonly date: string;
  readonly description: string;
  readonly series: readonly ListedSeries[];
}

export interface ListedDocument {
  readonly name: string;
  readonly path: string;
}

export interface ListedDigest {
  readonly path: string;
  readonly writtenSha256: string;
  readonly originalSha256: string;
}

/** Plain text for the oldest of editors: ASCII, CRLF. */
export function readmeText(info: MediumInfo, counts: { readonly studies: number; readonly instances: number }): string {
  const [received, created] = [day(info.receivedMs), day(info.createdMs)];
  return [
    'DICOM MEDIUM / DICOM-DATENTRAEGER',
    '',
    `This medium holds ${counts.instances} DICOM instances of ${counts.studies} studies.`,
    `It was written by Bildbote on ${created} from message ${info.messageId},`,
    `received from ${info.from} on ${received}, complete and verified.`,
    '',
    'To look at the images, open DICOMDIR in a DICOM viewer or import it into a PACS.',
    'INDEX.HTM lists what is on the medium. No viewer and no program is on this medium.',
    'NOT FOR DIAGNOSIS unless it is shown on a system that is approved for diagnosis.',
    '',
    'DIGESTS.TXT names the SHA-256 of every instance on the medium and of the instance as it was sent.',
    'They differ where the first 128 bytes, which DICOM does not use, were cleared for safety.',
    '',
    `Dieser Datentraeger enthaelt ${counts.instances} DICOM-Instanzen aus ${counts.studies} Untersuchungen.`,
    `Bildbote hat ihn am ${created} aus der Nachricht ${info.messageId} geschrieben,`,
    `erhalten von ${info.from} am ${received}, vollstaendig und geprueft.`,
    '',
    'Zum Ansehen DICOMDIR in einem DICOM-Betrachter oeffnen oder in ein PACS einlesen.',
    'INDEX.HTM listet den Inhalt auf. Auf dem Datentraeger ist kein Betrachter und kein Programm.',
    'NICHT ZUR BEFUNDUNG, ausser an einem dafuer zugelassenen Arbeitsplatz.',
    '',
    'DIGESTS.TXT nennt die SHA-256 jeder Instanz auf dem Datentraeger und der Instanz, wie sie gesendet wurde.',
    'Sie unterscheiden sich, wo die ersten 128 Byte, die DICOM nicht benutzt, zur Sicherheit geleert wurden.',
    '',
  ].join('\r\n');
}

/** Nothing runs and nothing is loaded: the policy forbids it, and all texts from files are escaped (attacks A12, A24). */
export function indexPage(
  info: MediumInfo,
  studies: readonly ListedStudy[],
  documents: readonly ListedDocument[],
): string {
  const list = studies.map(studySection).join('\n');
  const links = documents.map(({ name, path }) => `<li><a href="${escape(path)}">${text(name)}</a></li>`).join('\n');
  return `<!DOCTYPE html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>DICOM</title>
<style>body{font:16px/1.4 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}td,th{text-align:left;padding:0 1em .2em 0;vertical-align:top}</style>
</head>
<body>
<h1>DICOM-Datenträger / DICOM medium</h1>
<p>${text(info.from)}, ${day(info.receivedMs)}. Bildbote ${text(info.messageId)}</p>
<p><strong>Nicht zur Befundung / not for diagnosis.</strong> <a href="README.TXT">README.TXT</a>, <a href="DIGESTS.TXT">DIGESTS.TXT</a></p>
${list}
${documents.length === 0 ? '' : `<h2>Dokumente / documents</h2>\n<ul>\n${links}\n</ul>`}
</body>
</html>
`;
}

function studySection({ patient, date, description, series }: ListedStudy): string {
  const rows = series
    .map((one) => {
      const number = one.number === null ? '' : String(one.number);
      return `<tr><td>${number}</td><td>${text(one.modality)}</td><td>${text(one.description)}</td><td>${one.instances}</td></tr>`;
    })
    .join('\n');
  return `<h2>${text(patient.name.replaceAll('^', ' ').trim() || '?')} <small>${text(patient.id)} ${text(patient.birthDate)}</small></h2>
<h3>${text(date)} ${text(description)}</h3>
<table>
<tr><th>Nr.</th><th>Modalität</th><th>Serie</th><th>Instanzen</th></tr>
${rows}
</table>`;
}

/** In a direction of its own, so that it cannot turn what stands beside it. */
function text(value: string): string {
  return `<bdi>${escape(value)}</bdi>`;
}

function escape(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A line a file: digest on the medium, path as `sha256sum -c` reads them; then the original's as a comment. */
export function digestList(digests: readonly ListedDigest[]): string {
  const lines = digests.flatMap(({ path, writtenSha256, originalSha256 }) =>
    writtenSha256 === originalSha256
      ? [`${writtenSha256}  ${path}`]
      : [`# ${originalSha256}  as sent: ${path}`, `${writtenSha256}  ${path}`],
  );
  return `${lines.join('\n')}\n`;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
