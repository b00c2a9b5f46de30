/** Why something that lay in a watched folder was not sent. Closed: every code has its sentence. */
const REASONS = {
  'symbolic-link': [
    'Darin ist eine Verknüpfung (symbolischer Link). Bitte die Dateien selbst ablegen.',
    'It holds a symbolic link. Put the files themselves here.',
  ],
  'no-plain-file': [
    'Darin ist etwas, das weder Datei noch Ordner ist.',
    'It holds something that is neither a file nor a folder.',
  ],
  'too-many-files': ['Zu viele Dateien oder zu tiefe Ordner.', 'Too many files, or folders too deep.'],
  'file-unreadable': [
    'Eine Datei darf das Gateway nicht lesen. Bitte die Zugriffsrechte prüfen.',
    'The gateway may not read a file. Check its permissions.',
  ],
  'file-too-large': ['Eine Datei ist zu groß.', 'A file is too large.'],
  'file-unknown': [
    'Darin ist eine Datei, die weder DICOM noch PDF ist. In message.json lässt sich sagen, was damit geschieht ("others").',
    'It holds a file that is neither DICOM nor PDF. message.json can say what to do with it ("others").',
  ],
  'sidecar-invalid': ['Die Datei message.json ist nicht gültig.', 'The file message.json is not valid.'],
  'recipient-conflict': [
    'message.json nennt Empfänger, und der Ordner ist selbst der eines Empfängers. Bitte nur eines von beiden.',
    'message.json names recipients, and the folder is one of a recipient. Only one of both, please.',
  ],
  'recipient-missing': [
    'Kein Empfänger: weder der Ordner noch message.json noch eine Regel nennt einen.',
    'No recipient: neither the folder nor message.json nor a rule names one.',
  ],
  'nothing-to-send': ['Nichts darin, was sich senden ließe.', 'It holds nothing to send.'],
  'job-invalid': [
    'So lässt sich das nicht senden: Empfänger, Inhalt, Länge oder Frist ist jenseits der Grenzen.',
    'This cannot be sent: recipient, content, length or expiry is beyond its limit.',
  ],
  'mixed-patients': [
    'Darin sind Aufnahmen mehrerer Patienten. Bitte je Patient einen Ordner.',
    'It holds studies of several patients. One folder for each, please.',
  ],
  'instances-unreadable': [
    'Darin sind DICOM-Dateien, die sich nicht lesen lassen.',
    'It holds DICOM files that cannot be read.',
  ],
  'deidentification-refused': [
    'Die De-Identifizierung würde Reste lassen. Eine Person muss entscheiden.',
    'De-identification would leave something. A person has to decide.',
  ],
  'recipient-unknown': ['Der Empfänger hat kein Postfach.', 'The recipient has no mailbox.'],
  'contact-denied': [
    'Der Empfänger nimmt keine Nachrichten dieses Postfachs an.',
    'The recipient takes no messages of this mailbox.',
  ],
  cancelled: ['Der Auftrag wurde abgebrochen.', 'The job was cancelled.'],
  'job-forgotten': [
    'Was aus dem Auftrag wurde, ist nicht mehr bekannt. Vor dem erneuten Senden bitte im Postausgang nachsehen.',
    'What became of the job is no longer known. Look into the sent messages before sending again.',
  ],
} as const satisfies Record<string, readonly [string, string]>;

export type DropRefusalCode = keyof typeof REASONS;

/** A person has to look: trying again changes nothing. */
export class DropRefused extends Error {
  override readonly name = 'DropRefused';
  readonly code: DropRefusalCode;
  /** Names of the files that it is about, as they lay there. */
  readonly files: readonly string[];

  constructor(code: DropRefusalCode, files: readonly string[] = []) {
    super(code);
    this.code = code;
    this.files = files;
  }
}

const MAX_NAMED = 20;

/** What a person finds beside the files, in both languages. */
export function reasonText(code: string, files: readonly string[], job: string | null, at: Date): string {
  const [de, en] = REASONS[code as DropRefusalCode] ?? [
    'Das Senden ist endgültig fehlgeschlagen.',
    'Sending has failed for good.',
  ];
  const named = files.slice(0, MAX_NAMED).map((file) => `  - ${file}`);
  const more = files.length > MAX_NAMED ? [`  … ${files.length - MAX_NAMED}`] : [];
  const lines = [
    ...[`Nicht gesendet: ${de}`, `Not sent: ${en}`, ''],
    ...[...named, ...more],
    ...[`Code: ${code}`, ...(job === null ? [] : [`Job: ${job}`]), `Time: ${at.toISOString()}`, ''],
    'Nach der Korrektur wieder in den Ordner legen. / Once it is mended, put it back into the folder.',
  ];
  return `\ufeff${lines.join('\r\n')}\r\n`;
}
