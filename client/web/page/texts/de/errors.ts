import { type errors as en } from '../en/errors.js';

export const errors: Readonly<Record<keyof typeof en, string>> = {
  'error.title': 'Das ging nicht',
  'error.internal-error': 'Ein unerwarteter Fehler. Versuchen Sie es noch einmal; bleibt er, laden Sie die Seite neu.',
  'error.passphrase-wrong': 'Die Passphrase ist falsch.',
  'error.passkey-refused': 'Der Passkey wurde nicht benutzt oder abgelehnt.',
  'error.passkey-unfit':
    'Dieser Passkey kann keine Schlüssel schützen (ihm fehlt PRF). Nehmen Sie einen anderen oder die Passphrase.',
  'error.slot-unknown': 'Dieser Passkey gehört nicht zu diesem Postfach.',
  'error.slot-taken': 'Dieser Passkey ist schon eingerichtet.',
  'error.keystore-damaged': 'Die Schlüssel in diesem Browser sind beschädigt. Löschen Sie sie und richten Sie neu ein.',
  'error.keystore-version':
    'Die Schlüssel in diesem Browser sind älter als schon benutzte. Löschen Sie sie und richten Sie neu ein.',
  'error.journal-damaged':
    'Die Aufzeichnungen in diesem Browser sind beschädigt. Löschen Sie sie und richten Sie neu ein.',
  'error.account-exists': 'Dieser Browser hat schon ein Postfach.',
  'error.account-elsewhere': 'Ein anderer Tab arbeitet mit diesem Postfach.',
  'error.account-locked': 'Gesperrt. Entsperren Sie und versuchen Sie es noch einmal.',
  'error.invitation-unknown': 'Die Einladung gilt nicht. Prüfen Sie, ob der Link vollständig kopiert wurde.',
  'error.invitation-expired': 'Die Einladung ist abgelaufen. Bitten Sie Ihren Betreiber um eine neue.',
  'error.invitation-used': 'Die Einladung wurde schon benutzt. Bitten Sie Ihren Betreiber um eine neue.',
  'error.address-taken': 'Die Adresse hat schon ein Postfach. Fragen Sie Ihren Betreiber.',
  'error.relay-unreachable': 'Das Relay ist nicht zu erreichen. Prüfen Sie das Netz.',
  'error.relay-interrupted': 'Keine Verbindung zum Relay. Es geht von selbst weiter, wenn das Netz wieder da ist.',
  'error.challenge-refused':
    'Das Relay nimmt diesen Browser nicht an: Die Adresse ist nicht die der Einladung, die Uhr geht falsch, oder das Gerät wurde widerrufen.',
  'error.forbidden': 'Dieses Gerät darf das nicht mehr.',
  'error.rate-limited': 'Zu viele Anfragen. Warten Sie eine Minute.',
  'error.storage-full': 'In diesem Browser ist kein Platz mehr. Schaffen Sie Platz auf dem Rechner.',
  'error.storage-blocked':
    'Dieser Browser bewahrt für Seiten nichts auf (privates Fenster?). Bildbote braucht Speicher für seine Schlüssel.',
  'error.recipient-unknown': 'Unter dieser Adresse gibt es kein Postfach. Nichts wurde gesendet.',
  'error.recipient-unusable':
    'Ein Empfänger kann gerade nicht empfangen: Eines seiner Geräte muss sich erst verbinden. Nichts wurde gesendet.',
  'error.address-changed':
    'Die Adresse führt zu einem anderen Postfach als bisher. Fragen Sie die Praxis am Telefon; nichts wurde gesendet.',
  'error.directory-contradiction':
    'Das Verzeichnis des Relays widerspricht dem, was früher galt. Nichts wurde gesendet. Sagen Sie es Ihrem Betreiber.',
  'error.nothing-to-send': 'Es gibt nichts zu senden.',
  'error.source-changed':
    'Eine Datei wurde geändert oder ist fort. Die Nachricht wurde aufgegeben; senden Sie sie neu.',
  'error.files-needed': 'Wählen Sie die Dateien noch einmal.',
  'error.permission-needed': 'Erlauben Sie dem Browser, die Dateien noch einmal zu lesen.',
  'error.report-unreadable': 'Der Befund ist keine PDF-Datei.',
  'error.payload-damaged': 'Was das Relay hat, ist nicht, was der Absender unterschrieb. Nichts davon wurde behalten.',
  'error.payload-incomplete': 'Der Absender ist noch nicht fertig.',
  'error.suspended':
    'Der Betreiber des Relays hat dieses Gerät, sein Postfach oder seine Praxis gesperrt: den Betreiber fragen.',
  'error.closing':
    'Die Praxis wird bei diesem Relay geschlossen: Nachrichten können noch gelesen, aber nicht mehr gesendet werden.',
  'error.quota-exceeded': 'Das Kontingent der Praxis beim Relay ist aufgebraucht.',
  'error.too-large': 'Größer, als das Relay erlaubt.',
  'error.gone': 'Abgelaufen oder zurückgezogen.',
  'error.image-unsupported':
    'Diese Codierung lässt sich hier nicht zeigen. Die Datei ist vollständig: Speichern oder ins PACS übernehmen.',
  'error.image-video': 'Ein Video. Es lässt sich hier nicht zeigen: Speichern oder ins PACS übernehmen.',
  'error.image-invalid': 'Dieses Bild ist beschädigt.',
  'error.no-image': 'Kein Bild in dieser Instanz.',
  'error.not-here': 'Noch nicht angekommen.',
  'error.chain-unlogged':
    'Das Relay zeigt Schlüssel eines Postfachs, die nicht die seines öffentlichen Protokolls sind: nichts für sie versiegelt. Betreiber verständigen.',
  'error.checkpoint-stale':
    'Das öffentliche Protokoll ist älter als ein Tag: nichts versiegelt. Uhr dieses Rechners prüfen, dann Betreiber verständigen.',
  'error.gossip-invalid':
    'Die Nachricht berichtet von einem anderen öffentlichen Protokoll: nicht angezeigt. Absender fragen.',
  'error.log-forked':
    'ALARM: Das Relay hat zwei verschiedene Fassungen seines Verzeichnisses gezeigt. Es wird nichts mehr gesendet. Beweis aufbewahren und mit anderen Praxen vergleichen, nicht über dieses Relay.',
  'error.log-invalid':
    'Das öffentliche Protokoll belegt nicht, was das Relay sagt: nichts versiegelt. Betreiber verständigen.',
  'error.witnesses-missing':
    'Zu wenige Zeugen haben den neuesten Stand des Verzeichnisses gesehen: Bis dahin wird nichts versiegelt. Nachrichten bleiben erhalten.',
  'error.policy-changed':
    'Das Relay nennt andere Zeugen als die Einladung: beim Betreiber nachfragen, nicht über das Relay, und neue Einladung anfordern.',
  'error.contact-denied': 'Ein Empfänger nimmt keine Nachrichten dieses Postfachs an: nichts wurde gesendet.',
  'error.coding-changed':
    'Die Nachricht wurde von einer Version begonnen, die anders kodiert: sie wurde aufgegeben. Neu senden.',
  'error.log-behind':
    'Das öffentliche Protokoll zeigt den neuesten Stand noch nicht. Versuchen Sie es in einer Minute noch einmal.',
  'error.policy-missing': 'Die Einladung sagt nicht, wessen Wort gilt. Fragen Sie den Betreiber nach einer neuen.',
  'error.policy-invalid': 'Die Liste der Zeugen des Relays ist nicht lesbar. Verständigen Sie den Betreiber.',
  'error.message-unverified': 'Die Nachricht wartet, bis das Verzeichnis geprüft werden kann.',
  'error.message-held': 'Der Absender wartet auf die Zustimmung dieses Postfachs.',
  'error.codec-unsupported':
    'Die Dateien sind so komprimiert, wie es dieser Browser noch nicht rückgängig machen kann. Holen Sie sie mit der Kommandozeile.',
  'error.unavailable': 'Das Relay kann gerade nicht antworten. Es wird noch einmal versucht.',
  'error.aborted': 'Angehalten.',
  'error.join-unfinished':
    'Dieser Browser wollte zu einem Postfach dazukommen und wurde nie aufgenommen. Löschen Sie ihn und beginnen Sie noch einmal.',
  'error.work-invalid': 'Schreiben Sie etwas, und nicht mehr, als hineinpasst.',
  'error.pairing-unknown':
    'Zu diesem Link oder diesen Wörtern wartet kein Gerät. Prüfen Sie sie; sie gelten zehn Minuten, einmal, und nur an diesem Relay.',
  'error.pairing-refused': 'Das andere Gerät hat dieses abgelehnt.',
  'error.pairing-expired': 'Zehn Minuten sind um. Beginnen Sie noch einmal.',
  'error.recovery-refused': 'Das sind nicht die Wiederherstellungswörter dieses Postfachs, oder sie sind verbraucht.',
  'error.recovery-words-count': 'Es müssen 24 Wörter sein.',
  'error.recovery-words-unknown': 'Eines der Wörter steht nicht auf der Liste. Prüfen Sie die Schreibweise.',
  'error.recovery-words-checksum': 'Die Wörter passen nicht zusammen. Prüfen Sie die Reihenfolge.',
  'error.not-admin': 'Dieses Gerät darf das nicht: Es verwaltet das Postfach nicht.',
  'error.device-unknown': 'Dieses Gerät gibt es nicht oder nicht mehr.',
  'error.device-own': 'Ein Gerät widerruft sich nicht selbst.',
  'error.safety-number-differs':
    'Das ist nicht die Nummer dieser beiden Postfächer. Machen Sie nicht weiter: Sagen Sie es der Praxis und Ihrem Betreiber.',
  'error.payload-aborted': 'Der Absender hat abgebrochen.',
  'error.coding-failed': 'Das Komprimieren ist fehlgeschlagen. Versuchen Sie es noch einmal.',
  'error.staging-lost': 'Empfangene Dateien sind aus diesem Browser verschwunden. Sie werden noch einmal geholt.',
  'error.deidentification-refused': 'Eine Instanz ließ sich nicht de-identifizieren. Nichts wurde gesendet.',
  'error.profile-invalid': 'Diese Optionen widersprechen einander.',
};
