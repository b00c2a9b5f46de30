import { type integrity as english } from '../en/integrity.js';

export const integrity: Readonly<Record<keyof typeof english, string>> = {
  'bundle.title': 'Das Relay liefert eine andere Seite',
  'bundle.text':
    'Dieser Browser kennt Version {known} dieser Seite und arbeitet mit ihr weiter. Das Relay liefert jetzt Version {offered}. Hat Ihr Betreiber sie angekündigt, vergleichen Sie die Ziffern und übernehmen Sie sie; wenn nicht, bleiben Sie dabei und fragen ihn.',
  'bundle.known': 'Hier bekannt',
  'bundle.offered': 'Jetzt angeboten',
  'bundle.take': 'Die Ziffern sind die angekündigten: übernehmen',
  'bundle.later': 'Bei der bekannten bleiben',
  'bundle.broken':
    'Das Relay bietet eine Seite an, deren Dateien nicht zu ihrer Liste passen. Sie wurde nicht übernommen. Sagen Sie es Ihrem Betreiber.',
  'bundle.guarded': 'Dieser Browser behält die Seite, die er kennt, und übernimmt von selbst keine andere.',
  'bundle.unguarded': 'Hier bewacht nichts die Seite: Was das Relay liefert, läuft.',
  'bundle.compare':
    'So vergleichen Sie: Ihr Betreiber veröffentlicht die Prüfsumme; ein zweiter Rechner prüft mit „npm run web:compare“ jede Datei.',
  'bundle.published': 'Ziffern, wie Ihr Betreiber sie veröffentlicht hat',
  'bundle.same': 'Gleich: Der Browser hat die Seite bekommen, die veröffentlicht ist.',
  'bundle.differs': 'Nicht dieselbe Seite.',
  'bundle.differsText': 'Geben Sie hier keine Passphrase mehr ein, und rufen Sie Ihren Betreiber an.',
  'notify.title': 'Benachrichtigungen',
  'notify.on': 'Auf dem Schreibtisch melden, wenn eine Nachricht ankommt',
  'notify.hint': 'Es steht nur darin, wie viele, nie von wem und über wen.',
  'notify.denied':
    'Der Browser lässt diese Seite nichts melden. Ändern Sie das in den Einstellungen des Browsers für diese Seite.',
  'notify.one': '1 neue Nachricht',
  'notify.many': '{n} neue Nachrichten',
  'notify.urgent': '{n} dringend',
};
