import { type welcome as en } from '../en/welcome.js';

export const welcome: Readonly<Record<keyof typeof en, string>> = {
  'welcome.title': 'Postfach einrichten',
  'welcome.intro':
    'Bilder und Befunde zwischen Praxen, in diesem Browser versiegelt. Das Relay befördert sie und kann nichts davon lesen.',
  'welcome.needLink': 'Ihr Betreiber schickt Ihnen einen Einladungslink. Öffnen Sie ihn hier, oder fügen Sie ihn ein:',
  'welcome.link': 'Einladungslink',
  'welcome.check': 'Weiter',
  'welcome.linkWrong': 'Das ist kein Einladungslink. Kopieren Sie ihn vollständig, mit allem hinter dem #.',
  'welcome.step': 'Schritt {n} von 3',
  'welcome.invitedAs': 'Sie sind eingeladen als',
  'welcome.validUntil': 'Gültig bis {time}',
  'welcome.member': 'Ihr Name',
  'welcome.memberHint': 'Empfänger lesen ihn unter Ihren Nachrichten. Das Relay sieht ihn nicht.',
  'welcome.device': 'Name dieses Arbeitsplatzes',
  'welcome.deviceHint': 'Damit Sie Ihre Geräte unterscheiden, zum Beispiel „Anmeldung“.',
  'welcome.passphrase': 'Passphrase',
  'welcome.passphraseHint':
    'Sie verschließt die Schlüssel in diesem Browser. Vier oder fünf eigene Wörter merkt man sich leicht und errät man schwer.',
  'welcome.passphraseAgain': 'Passphrase noch einmal',
  'welcome.passphraseDiffers': 'Die beiden Passphrasen sind verschieden.',
  'welcome.passkey': 'Auch mit Passkey entsperren (Fingerabdruck, Gesicht, Sicherheitsschlüssel)',
  'welcome.passkeyHint': 'Die Passphrase bleibt daneben gültig.',
  'welcome.create': 'Postfach anlegen',
  'welcome.creating': 'Schlüssel werden erzeugt …',
  'welcome.passkeyLater':
    'Der Passkey wurde nicht eingerichtet: {reason} In den Einstellungen können Sie einen hinzufügen.',

  'strength.label': 'Stärke',
  'strength.short': 'Zu kurz: mindestens 12 Zeichen',
  'strength.weak': 'Leicht zu erraten',
  'strength.fair': 'Brauchbar',
  'strength.good': 'Gut',

  'kit.title': 'Wiederherstellung',
  'kit.intro':
    'Diese Wörter bringen das Postfach zurück, wenn alle Geräte verloren sind. Sie werden nur dieses eine Mal gezeigt. Drucken oder speichern Sie sie, und bewahren Sie sie auf, wo nur die Praxis herankommt.',
  'kit.words': 'Wiederherstellungswörter',
  'kit.print': 'Drucken',
  'kit.save': 'Als Datei speichern',
  'kit.kept': 'Ich habe die Wörter gedruckt oder gespeichert',
  'kit.done': 'Zum Postfach',
  'kit.fileTitle': 'Bildbote: Wiederherstellung',
  'kit.fileName': 'bildbote-wiederherstellung-{address}.txt',
  'kit.unwitnessed':
    'Diese Wörter nennen keine Zeugen, weil die benutzten keine nannten: Die Schlüssel aller Praxen gelten hier als ungeprüft. Mit einer Richtliniendatei Ihres Betreibers lässt sich das bei der Wiederherstellung vermeiden.',
  'kit.warning': 'Wer diese Wörter hat, kann das Postfach übernehmen. Bewahren Sie sie auf wie den Praxisstempel.',
};
