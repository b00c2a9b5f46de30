import { type GatewayErrorCode } from '../gateway/error.js';

/** What the user reads when the gateway fails; complete in both languages, by the compiler. A part of ./texts.ts. */

/** Codes whose text stands in ./texts.ts already. */
type Own = Exclude<GatewayErrorCode, 'passphrase-missing' | 'message-unknown'> | 'rules-failed';

const en: Readonly<Record<Own, string>> = {
  'gateway-config-invalid': 'The configuration of the gateway is not valid.',
  'gateway-config-unreadable': 'The configuration of the gateway cannot be read: check --config.',
  'rules-failed': 'Rules that do not choose what was expected.',
  'data-in-use': 'Another gateway works with this data folder: end it first, or choose another folder.',
  'web-not-pinned': 'The web client is not the one whose digest the configuration names: nothing of it is served.',
  'port-unavailable':
    'The gateway cannot listen on an address of its configuration: it is taken, or not of this machine.',
  draining: 'The gateway is about to end and takes nothing new: try again when it runs.',
  'job-invalid': 'This cannot be sent: recipient, content, length or expiry is missing or beyond its limit.',
  'job-unknown': 'The gateway has no such job.',
  'job-state': 'The job is in no state in which that can be done.',
  'idempotency-conflict': 'This idempotency key stands for another request.',
  'message-incomplete': 'The files of this message are not all here yet: wait, then try again.',
  'file-too-large': 'A file is larger than the gateway takes.',
  'exchange-busy': 'The practice software has not read yet what lies in its exchange folder.',
  'spool-full': "The disk of the gateway's spool is full: make room, then try again.",
  'recipient-missing': 'No rule names a recipient: check the rules of the gateway.',
  'pacs-unknown': 'The configuration names no such PACS.',
  'pacs-unreachable': 'The PACS cannot be reached: check its address and whether it runs.',
  'pacs-rejected': 'The PACS does not take the connection: check the AE titles on both sides.',
  'pacs-refused': 'The PACS has refused the request.',
  'association-broken': 'The connection with the PACS broke off: it is tried again.',
  'study-unknown': 'The PACS has no such study.',
  'move-destination-unknown':
    'The PACS does not know where to send: register the gateway there (AE title and address).',
  'fetch-incomplete': 'The PACS could not send all of the study: try again.',
  'patient-unwritable': "A value of the local patient cannot be written in the study's character set.",
  'decision-unknown': 'Nothing waits for this decision.',
};

const de: Readonly<Record<Own, string>> = {
  'gateway-config-invalid': 'Die Konfiguration des Gateways ist nicht gültig.',
  'gateway-config-unreadable': 'Die Konfiguration des Gateways ist nicht lesbar: --config prüfen.',
  'rules-failed': 'Regeln, die nicht wählen, was erwartet wurde.',
  'data-in-use': 'Ein anderes Gateway arbeitet mit diesem Datenordner: beenden oder anderen Ordner wählen.',
  'web-not-pinned':
    'Die Weboberfläche ist nicht die, deren Prüfsumme in der Konfiguration steht: Nichts davon wird ausgeliefert.',
  'port-unavailable':
    'Das Gateway kann auf einer Adresse der Konfiguration nicht lauschen: belegt oder nicht von diesem Rechner.',
  draining: 'Das Gateway wird gerade beendet und nimmt nichts Neues an: später wiederholen.',
  'job-invalid':
    'So lässt sich das nicht senden: Empfänger, Inhalt, Länge oder Frist fehlt oder liegt außerhalb der Grenze.',
  'job-unknown': 'Das Gateway hat keinen solchen Auftrag.',
  'job-state': 'Der Zustand des Auftrags lässt das nicht zu.',
  'idempotency-conflict': 'Dieser Idempotenzschlüssel steht für eine andere Anfrage.',
  'message-incomplete': 'Noch sind nicht alle Dateien dieser Nachricht da: warten und wiederholen.',
  'file-too-large': 'Eine Datei ist größer, als das Gateway annimmt.',
  'exchange-busy': 'Die Praxissoftware hat noch nicht gelesen, was in ihrem Austauschordner liegt.',
  'spool-full': 'Der Datenträger des Gateways ist voll: Platz schaffen und wiederholen.',
  'recipient-missing': 'Keine Regel nennt einen Empfänger: Regeln des Gateways prüfen.',
  'pacs-unknown': 'In der Konfiguration steht kein solches PACS.',
  'pacs-unreachable': 'Das PACS ist nicht erreichbar: Adresse prüfen, und ob es läuft.',
  'pacs-rejected': 'Das PACS nimmt die Verbindung nicht an: AE-Titel auf beiden Seiten prüfen.',
  'pacs-refused': 'Das PACS hat die Anfrage abgelehnt.',
  'association-broken': 'Die Verbindung mit dem PACS ist abgerissen: der Versuch wird wiederholt.',
  'study-unknown': 'Das PACS hat keine solche Studie.',
  'move-destination-unknown':
    'Das PACS weiß nicht, wohin es senden soll: Gateway dort eintragen (AE-Titel und Adresse).',
  'fetch-incomplete': 'Das PACS konnte nicht die ganze Studie senden: später wiederholen.',
  'patient-unwritable': 'Ein Wert des eigenen Patienten lässt sich im Zeichensatz der Studie nicht schreiben.',
  'decision-unknown': 'Auf diese Entscheidung wartet nichts.',
};

export const gatewayTexts: Readonly<Record<'en' | 'de', Readonly<Record<string, string>>>> = { en, de };
