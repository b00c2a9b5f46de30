import { deidentificationTexts } from './deidentification-texts.js';
import { gatewayTexts } from './gateway-texts.js';
import { type SealErrorCode } from '../core/ids.js';
import { type CoreErrorCode, type ErrorDetail } from '../core/error.js';
import { type NodeErrorCode } from '../node/error.js';
import { type RelayErrorCode } from '../../server/error.js';

/** What the user reads when something fails: what happened, and what to do. Complete in both languages, by the compiler. */

export type Language = 'en' | 'de';

/** Codes that only the command line knows. */
export type CliCode =
  | 'passphrase-short'
  | 'passphrase-differs'
  | 'report-unreadable'
  | 'export-empty'
  | 'file-exists'
  | 'passphrase-missing'
  | 'secret-missing'
  | 'keystore-unchecked'
  | 'kit-exists'
  | 'usage'
  | 'internal-error'
  | RelayErrorCode
  | 'check-failed'
  | 'resume-nothing';

type ErrorCode =
  | CliCode
  | NodeErrorCode
  | Exclude<CoreErrorCode, `package-${string}`>
  | Extract<
      SealErrorCode,
      | 'passphrase-wrong'
      | 'keystore-damaged'
      | 'keystore-format'
      | 'keystore-version'
      | 'epoch-unusable'
      | 'tally-contradiction'
      | 'slot-unknown'
      | 'slot-required'
      | 'recovery-words-count'
      | 'recovery-words-unknown'
      | 'recovery-words-checksum'
    >;

type Texts = Readonly<Record<ErrorCode, string>>;

const en: Texts = {
  'passphrase-missing': 'No passphrase: set BILDBOTE_PASSPHRASE or run the command in a terminal.',
  'passphrase-short': 'The passphrase is too short: at least 12 characters.',
  'passphrase-differs': 'The two passphrases differ: run the command again.',
  'report-unreadable': 'The report is not a PDF file: check --report.',
  'export-empty': 'There is nothing to export: this message carries no files.',
  usage: 'The command was called wrongly: see --help.',
  'internal-error': 'An unexpected error. Please report it with the version of Bildbote and what you did.',
  'no-relay': 'No relay has run with this data folder: start one with `bildbote relay --data DIR` first.',
  'config-invalid': 'The configuration of the relay is not valid.',
  'data-folder-in-use': 'Another relay runs on this data folder: end it first, or choose another folder.',
  'database-binaries-missing':
    'There is no embedded PostgreSQL for this system: install PostgreSQL and set DATABASE_URL or BILDBOTE_PG_BIN.',
  'database-start-failed': 'The embedded PostgreSQL did not start.',
  'database-unreachable': 'The database does not answer: check that it runs and that its address is right.',
  'database-ended': 'The embedded PostgreSQL ended by itself: start the relay again.',
  'check-failed': 'The relay is not in order: see the findings above and docs/operations.md#checking.',
  'backup-unusable': 'The backup cannot be used: it is unfinished, damaged, or of a newer version.',
  'database-not-empty': 'The database holds a relay already: restore into an empty data folder or database.',
  'listen-failed': 'The relay cannot listen there: the port is taken or not allowed. Choose another with --port.',
  'address-invalid': 'This is not a mailbox address: use lower case letters, like praxis@example.org.',
  'resume-nothing': 'Nothing to resume: no interrupted message in this keystore.',
  'keystore-in-use': 'Another process works with this keystore: wait until it has ended.',
  'disk-full': 'The disk is full: make room and run the same command again; what has been verified is kept.',
  'collect-failed': 'The files could not be looked through: choose fewer at once, and report it if it stays.',
  'target-exists': 'What is to be written is there already: choose another name, or remove it first.',
  'path-unreadable': 'A path does not exist or cannot be read: check the paths given.',
  'passphrase-wrong': 'The passphrase is wrong.',
  'keystore-damaged': 'The keystore is damaged: restore it from a copy, or recover with the recovery words.',
  'keystore-format': 'The keystore was written by a newer version of Bildbote: update first.',
  'keystore-version': 'The keystore is older than one seen before: use the newest copy.',
  'epoch-unusable': 'A recipient cannot be sealed to now: his device has to connect once; nothing was sent.',
  'tally-contradiction':
    'The sender has signed two different versions of this message: it is not shown. Ask the sender.',
  'secret-missing':
    'No words: set BILDBOTE_PAIRING or BILDBOTE_RECOVERY, write them to standard input, or run the command in a terminal.',
  'keystore-unchecked': 'The relay cannot be asked whether this keystore is the newest: going on with what is here.',
  'kit-exists': 'The file for the recovery kit exists or cannot be written: choose another with --kit.',
  'slot-unknown': 'Several passphrases open this keystore, or none by this id: set BILDBOTE_KEYSTORE_SLOT.',
  'slot-required': 'The last passphrase of a keystore cannot be removed: change it instead.',
  'recovery-words-count': 'These are not 24 words: type all of them, in their order.',
  'recovery-words-unknown': 'A word is not in the list of words: compare each one with the paper.',
  'recovery-words-checksum': 'The words do not belong together: one is wrong or two are exchanged.',
  'not-admin':
    'This device may not add or revoke devices: do it on one that administrates the mailbox (`bildbote device list`).',
  'device-unknown': 'There is no such device in force, or several by this name: see `bildbote device list`.',
  'device-own': 'A device does not revoke itself: do it on another one that administrates the mailbox.',
  'pairing-unknown':
    'There is no pairing by these words: compare them, or start again with `bildbote device pair` on the other device.',
  'pairing-refused': 'The other device has refused this one.',
  'pairing-expired': 'The pairing has ended before it was finished: start again on the other device; nothing was left.',
  'recovery-refused': 'These are not the recovery words of this mailbox: compare words and address with the paper.',
  'account-missing': 'There is no account in this keystore: run `bildbote enrol` with an invitation first.',
  'account-exists': 'The keystore holds an account already: choose another folder.',
  'relay-unreachable': 'The relay cannot be reached: check the network and the address, then run the command again.',
  'relay-interrupted': 'The connection to the relay broke off: run the command again (send: with --resume).',
  'relay-insecure': 'The invitation leads to a relay without TLS: ask the operator for an https address.',
  'relay-untrusted':
    'The certificate of the relay is not valid for its address: nothing was sent. Check the address and the clock of this machine, and ask the operator.',
  'relay-answer': 'The relay gave an answer that Bildbote does not understand: check address and version.',
  'chain-invalid': 'The keys of a mailbox do not verify: nothing was sealed to it. Tell the operator.',
  'directory-contradiction':
    'The relay shows another history of a mailbox than before: do not trust it, tell the operator.',
  'name-confusable':
    'The name looks like the name of another practice: choose one that tells them apart, for instance with the place.',
  'address-confusable': 'The address looks like the address of another practice: choose one that tells them apart.',
  'name-protected':
    'The name holds a protected one, of an authority for instance: choose another, or see `bildbote practice protect --list`.',
  'contact-denied': 'A recipient does not take messages of this mailbox: nothing was sent.',
  'consent-missing':
    'No recipient has agreed yet to get this message: it goes on with `bildbote send --resume` when one has.',
  'address-unchanged': 'Nothing to decide: the address has the mailbox that it was first seen with.',
  'safety-number-differs':
    'The safety numbers differ: do not trust this mailbox. Make sure of the number by telephone or in person, and tell the operator if it stays different.',
  'attestation-invalid':
    'This is not an attestation of a registrar for this mailbox, or not a new one: ask the registrar for it again.',
  'registrar-invalid':
    'This is not a registrar’s key file, or what is to be attested is not valid: check the options and see --help.',
  'identity-missing': 'This device may not change the mailbox: use the device that the mailbox was set up with.',
  'file-exists': 'The file exists already and was not overwritten: choose another name.',
  'address-changed': 'The address belongs to another mailbox than before: check by telephone before you send.',
  'log-invalid': 'The public log does not prove what the relay says: nothing was sealed. Tell the operator.',
  'log-behind': 'The public log does not show the newest state yet: run the command again in a minute.',
  'log-forked':
    'ALARM: the relay has shown two histories of its directory. Nothing is sent any more. Keep the evidence and compare it with other practices, not through this relay.',
  'chain-unlogged':
    'The relay shows keys of a mailbox that are not those of its public log: nothing was sealed to them. Tell the operator.',
  'witnesses-missing':
    'Too few witnesses have seen the newest state of the directory: nothing is sealed until they have. Messages are kept.',
  'checkpoint-stale':
    'The public log is more than a day old: nothing is sealed. Check the clock of this computer, then tell the operator.',
  'policy-missing': 'The invitation does not say whose word counts: ask for a new one, or give --policy FILE.',
  'policy-changed':
    'The relay names other witnesses than the invitation: ask the operator, not through the relay, and for a new invitation.',
  'policy-invalid': 'The policy cannot be read: check the file, or ask the operator.',
  'gossip-invalid': 'The message tells of a public log that is not this one: it is not shown. Ask the sender.',
  'message-unverified': 'The message waits until the directory can be checked: run `bildbote inbox` again later.',
  'recipient-unusable': 'A recipient cannot be sealed to now: his device has to connect once; nothing was sent.',
  'nothing-to-send': 'Nothing to send: no DICOM instance found, and neither text nor report given.',
  'message-unknown': 'There is no such message in this mailbox.',
  'message-held':
    'The sender waits for your consent: allow him with `bildbote contacts allow ADDRESS`, then he sends the files.',
  'message-quarantined':
    'The message is in quarantine: it was altered or is not sealed for this mailbox. Ask the sender to send it again.',
  'payload-damaged':
    'What the relay holds is not what the sender signed: nothing of it was kept unverified. Try again, or ask the sender to send it again.',
  'payload-incomplete': 'The message is not complete yet: the sender has not finished. Run the command again later.',
  'payload-aborted': 'The sender has given up this message: ask the sender to send it again.',
  'journal-damaged':
    'The local journal of this keystore is damaged: restore the folder from a copy, or enrol a new device.',
  'source-changed':
    'A file has changed or is gone since the message was begun: the message was given up. Send it anew.',
  'coding-changed':
    'The message was begun by a version that coded differently: the message was given up. Send it anew.',
  'coding-failed': 'Coding did not work on this machine: run the command again, or send anew with --coding off.',
  'staging-lost': 'Files of the earlier download have changed: run the command again to fetch them anew.',
  'plan-invalid': 'The study is beyond a limit of the format: send it in smaller pieces.',
  'codec-unsupported': 'The message uses a coding that this version does not know: update Bildbote.',
  ...deidentificationTexts.en,
  aborted: 'Cancelled.',
  'request-invalid': 'The relay did not accept the request: check address, expiry and version.',
  'session-required': 'The relay asks to sign in again: run the command again.',
  'challenge-refused': 'The relay does not accept this device: it may have been revoked, or the clock is wrong.',
  forbidden: 'This device may not do that: it may have been revoked.',
  'not-found': 'The relay has nothing of this kind for this mailbox.',
  'invitation-unknown': 'The invitation is not valid: check that it was copied as a whole.',
  conflict: 'The relay is in a state that does not allow this: run the command again.',
  'message-id-taken': 'The message was refused because its id is in use: send it anew.',
  'address-taken': 'The address has a mailbox already: ask the operator.',
  'key-registered': 'A key is registered already: enrol again with a new keystore.',
  'statement-out-of-turn': 'Another device has just changed the mailbox: run the command again.',
  'part-covered': 'The relay holds another version of this part: send the message anew.',
  'part-overlaps': 'The relay holds other parts here: send the message anew.',
  'segments-missing': 'Parts of the message are not at the relay yet: run the command again later.',
  'tally-out-of-turn': 'The relay knows a newer state of this upload: send the message anew.',
  'invitation-expired': 'The invitation has expired: ask the operator for a new one.',
  'invitation-used': 'The invitation has been used: ask the operator for a new one.',
  gone: 'The message has expired or was withdrawn.',
  'too-large': 'Larger than this relay allows: send less, or ask the operator.',
  'digest-mismatch': 'Bytes were altered on their way to the relay: run the command again.',
  'statement-invalid': 'The relay does not accept the keys: update Bildbote.',
  'recipient-unknown': 'A recipient has no mailbox at this relay: nothing was sent. Check the address.',
  'envelope-invalid': 'The relay does not accept the message: update Bildbote.',
  'payload-invalid': 'The relay does not accept the message: update Bildbote.',
  'quota-exceeded': 'The quota of the practice is used up: wait, or ask the operator.',
  'rate-limited': 'Too many requests: wait a minute and run the command again.',
  'storage-full': 'The relay has no room left: try later, or tell the operator.',
  internal: 'The relay had an error: try again; if it stays, tell the operator.',
  unavailable: 'The relay is not ready: try again in a moment.',
};

const de: Texts = {
  'passphrase-missing': 'Keine Passphrase: BILDBOTE_PASSPHRASE setzen oder den Befehl in einem Terminal ausführen.',
  'passphrase-short': 'Die Passphrase ist zu kurz: mindestens 12 Zeichen.',
  'passphrase-differs': 'Die beiden Passphrasen sind verschieden: den Befehl wiederholen.',
  'report-unreadable': 'Der Befund ist keine PDF-Datei: --report prüfen.',
  'export-empty': 'Nichts zu exportieren: diese Nachricht enthält keine Dateien.',
  usage: 'Der Befehl wurde falsch aufgerufen: siehe --help.',
  'internal-error': 'Ein unerwarteter Fehler. Bitte mit der Version von Bildbote und Ihren Schritten melden.',
  'no-relay': 'Mit diesem Datenordner lief noch kein Relay: zuerst `bildbote relay --data ORDNER` starten.',
  'config-invalid': 'Die Einstellungen des Relays sind nicht gültig.',
  'data-folder-in-use':
    'Ein anderes Relay benutzt diesen Datenordner: zuerst beenden oder einen anderen Ordner wählen.',
  'database-binaries-missing':
    'Für dieses System gibt es kein eingebautes PostgreSQL: PostgreSQL installieren und DATABASE_URL oder BILDBOTE_PG_BIN setzen.',
  'database-start-failed': 'Das eingebaute PostgreSQL ist nicht gestartet.',
  'database-unreachable': 'Die Datenbank antwortet nicht: prüfen, ob sie läuft und die Adresse stimmt.',
  'database-ended': 'Das eingebaute PostgreSQL hat sich beendet: das Relay neu starten.',
  'check-failed': 'Das Relay ist nicht in Ordnung: siehe die Befunde oben und docs/operations.md#checking.',
  'backup-unusable':
    'Die Sicherung ist nicht brauchbar: nicht abgeschlossen, beschädigt oder von einer neueren Version.',
  'database-not-empty':
    'In der Datenbank ist schon ein Relay: in einen leeren Datenordner oder eine leere Datenbank wiederherstellen.',
  'listen-failed':
    'Das Relay kann dort nicht lauschen: der Port ist belegt oder nicht erlaubt. Mit --port einen anderen wählen.',
  'address-invalid': 'Das ist keine Postfachadresse: Kleinbuchstaben benutzen, etwa praxis@example.org.',
  'resume-nothing': 'Nichts fortzusetzen: keine unterbrochene Nachricht in diesem Schlüsselspeicher.',
  'keystore-in-use': 'Ein anderer Vorgang benutzt diesen Schlüsselspeicher: warten, bis er fertig ist.',
  'disk-full': 'Der Datenträger ist voll: Platz schaffen und denselben Befehl wiederholen; Geprüftes bleibt erhalten.',
  'collect-failed':
    'Die Dateien konnten nicht durchgesehen werden: weniger auf einmal wählen; bleibt es dabei, bitte melden.',
  'target-exists': 'Das Ziel gibt es schon: einen anderen Namen wählen oder es zuerst entfernen.',
  'path-unreadable': 'Ein Pfad existiert nicht oder ist nicht lesbar: Angaben prüfen.',
  'passphrase-wrong': 'Die Passphrase ist falsch.',
  'keystore-damaged':
    'Der Schlüsselspeicher ist beschädigt: aus einer Kopie oder mit den Wiederherstellungswörtern herstellen.',
  'keystore-format': 'Der Schlüsselspeicher stammt von einer neueren Version: zuerst Bildbote aktualisieren.',
  'keystore-version': 'Der Schlüsselspeicher ist älter als ein schon gesehener: die neueste Kopie benutzen.',
  'epoch-unusable':
    'Für einen Empfänger kann gerade nicht versiegelt werden: sein Gerät muss sich einmal verbinden; nichts wurde gesendet.',
  'tally-contradiction':
    'Der Absender hat zwei Fassungen dieser Nachricht unterschrieben: sie wird nicht gezeigt. Absender fragen.',
  'secret-missing':
    'Keine Wörter: BILDBOTE_PAIRING oder BILDBOTE_RECOVERY setzen, in die Standardeingabe schreiben oder ein Terminal benutzen.',
  'keystore-unchecked':
    'Das Relay kann nicht gefragt werden, ob dieser Schlüsselspeicher der neueste ist: weiter mit dem, was hier ist.',
  'kit-exists':
    'Die Datei für das Notfallblatt gibt es schon oder sie ist nicht schreibbar: mit --kit eine andere wählen.',
  'slot-unknown':
    'Mehrere Passphrasen öffnen diesen Schlüsselspeicher, oder keine mit dieser Kennung: BILDBOTE_KEYSTORE_SLOT setzen.',
  'slot-required': 'Die letzte Passphrase lässt sich nicht entfernen: statt dessen ändern.',
  'recovery-words-count': 'Das sind nicht 24 Wörter: alle eingeben, in ihrer Reihenfolge.',
  'recovery-words-unknown': 'Ein Wort steht nicht in der Wortliste: jedes mit dem Papier vergleichen.',
  'recovery-words-checksum': 'Die Wörter gehören nicht zusammen: eines ist falsch oder zwei sind vertauscht.',
  'not-admin':
    'Dieses Gerät darf keine Geräte aufnehmen oder sperren: auf einem tun, das das Postfach verwaltet (`bildbote device list`).',
  'device-unknown': 'Ein solches Gerät gibt es nicht, oder mehrere dieses Namens: siehe `bildbote device list`.',
  'device-own': 'Ein Gerät sperrt sich nicht selbst: auf einem anderen tun, das das Postfach verwaltet.',
  'pairing-unknown':
    'Zu diesen Wörtern gibt es keine Kopplung: vergleichen, oder auf dem anderen Gerät mit `bildbote device pair` neu beginnen.',
  'pairing-refused': 'Das andere Gerät hat dieses abgelehnt.',
  'pairing-expired':
    'Die Kopplung endete, bevor sie fertig war: auf dem anderen Gerät neu beginnen; es blieb nichts zurück.',
  'recovery-refused':
    'Das sind nicht die Wiederherstellungswörter dieses Postfachs: Wörter und Adresse mit dem Papier vergleichen.',
  'account-missing':
    'In diesem Schlüsselspeicher ist kein Konto: zuerst `bildbote enrol` mit einer Einladung ausführen.',
  'account-exists': 'Der Schlüsselspeicher enthält schon ein Konto: einen anderen Ordner wählen.',
  'relay-unreachable': 'Das Relay ist nicht erreichbar: Netz und Adresse prüfen, dann den Befehl wiederholen.',
  'relay-interrupted': 'Die Verbindung zum Relay ist abgebrochen: den Befehl wiederholen (Senden: mit --resume).',
  'relay-insecure': 'Die Einladung führt zu einem Relay ohne TLS: den Betreiber um eine https-Adresse bitten.',
  'relay-untrusted':
    'Das Zertifikat des Relays gilt nicht für seine Adresse: es wurde nichts gesendet. Adresse und Uhr dieses Rechners prüfen und den Betreiber fragen.',
  'relay-answer': 'Das Relay gab eine unverständliche Antwort: Adresse und Version prüfen.',
  'chain-invalid':
    'Die Schlüssel eines Postfachs sind nicht gültig: nichts wurde dafür versiegelt. Betreiber verständigen.',
  'directory-contradiction':
    'Das Relay zeigt eine andere Geschichte eines Postfachs als früher: nicht vertrauen, Betreiber verständigen.',
  'name-confusable':
    'Der Name sieht aus wie der einer anderen Praxis: einen wählen, der sie unterscheidet, etwa mit dem Ort.',
  'address-confusable': 'Die Adresse sieht aus wie die einer anderen Praxis: eine wählen, die sie unterscheidet.',
  'name-protected':
    'Der Name enthält einen geschützten, etwa den einer Behörde: einen anderen wählen, oder siehe `bildbote practice protect --list`.',
  'contact-denied': 'Ein Empfänger nimmt keine Nachrichten dieses Postfachs an: nichts wurde gesendet.',
  'consent-missing':
    'Noch kein Empfänger hat zugestimmt, diese Nachricht zu bekommen: dann geht es mit `bildbote send --resume` weiter.',
  'address-unchanged': 'Nichts zu entscheiden: die Adresse hat das Postfach, mit dem sie zuerst gesehen wurde.',
  'safety-number-differs':
    'Die Sicherheitsnummern sind verschieden: diesem Postfach nicht trauen. Die Nummer am Telefon oder persönlich vergleichen; bleibt sie verschieden, den Betreiber verständigen.',
  'attestation-invalid':
    'Das ist keine Bescheinigung einer Registrierungsstelle für dieses Postfach, oder keine neue: dort noch einmal anfordern.',
  'registrar-invalid':
    'Das ist keine Schlüsseldatei einer Registrierungsstelle, oder die Angaben sind nicht gültig: Optionen prüfen, siehe --help.',
  'identity-missing':
    'Dieses Gerät darf das Postfach nicht ändern: das Gerät benutzen, mit dem das Postfach eingerichtet wurde.',
  'file-exists': 'Die Datei gibt es schon, sie wurde nicht überschrieben: einen anderen Namen wählen.',
  'address-changed': 'Die Adresse gehört einem anderen Postfach als früher: vor dem Senden telefonisch klären.',
  'log-invalid':
    'Das öffentliche Protokoll belegt nicht, was das Relay sagt: nichts versiegelt. Betreiber verständigen.',
  'log-behind': 'Das öffentliche Protokoll zeigt den neuesten Stand noch nicht: in einer Minute noch einmal ausführen.',
  'log-forked':
    'ALARM: Das Relay hat zwei verschiedene Fassungen seines Verzeichnisses gezeigt. Es wird nichts mehr gesendet. Beweis aufbewahren und mit anderen Praxen vergleichen, nicht über dieses Relay.',
  'chain-unlogged':
    'Das Relay zeigt Schlüssel eines Postfachs, die nicht die seines öffentlichen Protokolls sind: nichts für sie versiegelt. Betreiber verständigen.',
  'witnesses-missing':
    'Zu wenige Zeugen haben den neuesten Stand des Verzeichnisses gesehen: Bis dahin wird nichts versiegelt. Nachrichten bleiben erhalten.',
  'checkpoint-stale':
    'Das öffentliche Protokoll ist älter als ein Tag: nichts versiegelt. Uhr dieses Rechners prüfen, dann Betreiber verständigen.',
  'policy-missing': 'Die Einladung sagt nicht, wessen Wort gilt: neue anfordern oder --policy DATEI angeben.',
  'policy-changed':
    'Das Relay nennt andere Zeugen als die Einladung: beim Betreiber nachfragen, nicht über das Relay, und neue Einladung anfordern.',
  'policy-invalid': 'Die Richtlinie ist nicht lesbar: Datei prüfen oder beim Betreiber nachfragen.',
  'gossip-invalid':
    'Die Nachricht berichtet von einem anderen öffentlichen Protokoll: nicht angezeigt. Absender fragen.',
  'message-unverified':
    'Die Nachricht wartet, bis das Verzeichnis geprüft werden kann: später `bildbote inbox` ausführen.',
  'recipient-unusable':
    'Für einen Empfänger kann gerade nicht versiegelt werden: sein Gerät muss sich einmal verbinden; nichts wurde gesendet.',
  'nothing-to-send': 'Nichts zu senden: keine DICOM-Instanz gefunden, weder Text noch Befund angegeben.',
  'message-unknown': 'Diese Nachricht gibt es in diesem Postfach nicht.',
  'message-held':
    'Der Absender wartet auf Ihre Zustimmung: mit `bildbote contacts allow ADRESSE` erlauben, dann sendet er die Dateien.',
  'message-quarantined':
    'Die Nachricht ist in Quarantäne: verändert oder nicht für dieses Postfach versiegelt. Absender um erneutes Senden bitten.',
  'payload-damaged':
    'Was das Relay hat, ist nicht, was der Absender unterschrieben hat: Ungeprüftes wurde nicht behalten. Wiederholen oder Absender bitten, erneut zu senden.',
  'payload-incomplete': 'Die Nachricht ist noch nicht vollständig: der Absender ist nicht fertig. Später wiederholen.',
  'payload-aborted': 'Der Absender hat diese Nachricht aufgegeben: um erneutes Senden bitten.',
  'journal-damaged':
    'Das Journal dieses Schlüsselspeichers ist beschädigt: Ordner aus einer Kopie herstellen oder neues Gerät anmelden.',
  'source-changed':
    'Eine Datei wurde seit Beginn der Nachricht verändert oder fehlt: die Nachricht wurde aufgegeben. Neu senden.',
  'coding-changed':
    'Die Nachricht wurde von einer Version begonnen, die anders kodiert: sie wurde aufgegeben. Neu senden.',
  'coding-failed':
    'Das Kodieren hat auf diesem Rechner nicht geklappt: den Befehl wiederholen, oder neu senden mit --coding off.',
  'staging-lost': 'Dateien des früheren Abrufs wurden verändert: den Befehl wiederholen, um sie neu zu holen.',
  'plan-invalid': 'Die Untersuchung überschreitet eine Grenze des Formats: in kleineren Teilen senden.',
  'codec-unsupported': 'Die Nachricht benutzt eine Kodierung, die diese Version nicht kennt: Bildbote aktualisieren.',
  ...deidentificationTexts.de,
  aborted: 'Abgebrochen.',
  'request-invalid': 'Das Relay hat die Anfrage nicht angenommen: Adresse, Frist und Version prüfen.',
  'session-required': 'Das Relay verlangt eine neue Anmeldung: den Befehl wiederholen.',
  'challenge-refused': 'Das Relay nimmt dieses Gerät nicht an: vielleicht gesperrt, oder die Uhr geht falsch.',
  forbidden: 'Dieses Gerät darf das nicht: vielleicht wurde es gesperrt.',
  'not-found': 'Das Relay hat nichts dergleichen für dieses Postfach.',
  'invitation-unknown': 'Die Einladung ist ungültig: prüfen, ob sie ganz kopiert wurde.',
  conflict: 'Der Zustand des Relays lässt das nicht zu: den Befehl wiederholen.',
  'message-id-taken': 'Die Nachricht wurde abgelehnt, weil ihre Kennung vergeben ist: neu senden.',
  'address-taken': 'Die Adresse hat schon ein Postfach: Betreiber fragen.',
  'key-registered': 'Ein Schlüssel ist schon angemeldet: mit neuem Schlüsselspeicher anmelden.',
  'statement-out-of-turn': 'Ein anderes Gerät hat das Postfach gerade geändert: den Befehl wiederholen.',
  'part-covered': 'Das Relay hat eine andere Fassung dieses Teils: die Nachricht neu senden.',
  'part-overlaps': 'Das Relay hat hier andere Teile: die Nachricht neu senden.',
  'segments-missing': 'Teile der Nachricht sind noch nicht beim Relay: später wiederholen.',
  'tally-out-of-turn': 'Das Relay kennt einen neueren Stand: die Nachricht neu senden.',
  'invitation-expired': 'Die Einladung ist abgelaufen: Betreiber um eine neue bitten.',
  'invitation-used': 'Die Einladung wurde schon benutzt: Betreiber um eine neue bitten.',
  gone: 'Die Nachricht ist abgelaufen oder wurde zurückgezogen.',
  'too-large': 'Größer, als dieses Relay erlaubt: weniger senden oder Betreiber fragen.',
  'digest-mismatch': 'Bytes wurden auf dem Weg zum Relay verändert: den Befehl wiederholen.',
  'statement-invalid': 'Das Relay nimmt die Schlüssel nicht an: Bildbote aktualisieren.',
  'recipient-unknown': 'Ein Empfänger hat bei diesem Relay kein Postfach: nichts wurde gesendet. Adresse prüfen.',
  'envelope-invalid': 'Das Relay nimmt die Nachricht nicht an: Bildbote aktualisieren.',
  'payload-invalid': 'Das Relay nimmt die Nachricht nicht an: Bildbote aktualisieren.',
  'quota-exceeded': 'Das Kontingent der Praxis ist verbraucht: warten oder Betreiber fragen.',
  'rate-limited': 'Zu viele Anfragen: eine Minute warten und wiederholen.',
  'storage-full': 'Das Relay hat keinen Platz mehr: später versuchen oder Betreiber verständigen.',
  internal: 'Das Relay hatte einen Fehler: wiederholen; bleibt er, Betreiber verständigen.',
  unavailable: 'Das Relay ist noch nicht bereit: gleich noch einmal versuchen.',
};

const catalogues: Readonly<Record<Language, Texts>> = { en, de };

/** A package that breaks a rule is a damaged payload to the user; which rule is for the support (`code`). */
export function textOf(code: string, language: Language): string | null {
  const key = code.startsWith('package-') ? 'payload-damaged' : code;
  return key in en ? catalogues[language][key as ErrorCode] : (gatewayTexts[language][key] ?? null);
}

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
    case 'checkpoints': {
      const { first, second, evidence } = detail;
      const where = evidence === null ? '' : language === 'de' ? ` Beweis: ${evidence}` : ` Evidence: ${evidence}`;
      return `(1: ${first}; 2: ${second}.${where})`;
    }
  }
}
