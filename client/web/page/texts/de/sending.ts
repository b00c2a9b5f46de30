import { type sending as en } from '../en/sending.js';

export const sending: Readonly<Record<keyof typeof en, string>> = {
  'sending.title': 'Unterwegs',
  'sending.rate': '{rate}/s, noch {time}',
  'sending.progress': '{done} von {total}',
  'sending.preparing': 'Wird gepackt und versiegelt …',
  'sending.stop': 'Anhalten',
  'sending.resume': 'Fortsetzen',
  'sending.chooseAgain': 'Dateien noch einmal wählen',
  'sending.interrupted': 'Angehalten',
  'sending.needsFiles':
    'Der Browser hat die Dateien nicht mehr. Wählen Sie dieselben noch einmal, dann geht es dort weiter, wo es stand.',
  'sending.looking': 'Die gewählten Dateien werden angesehen …',
  'sending.found': '{n} von {total} Dateien sind wieder da. Wählen Sie auch die übrigen, dann geht es weiter.',
  'sending.strange': '{n} der gewählten Dateien sind nicht die dieser Nachricht: anderer Name, andere Größe oder Zeit.',
  'sending.needsPermission': 'Der Browser fragt, bevor er die Dateien noch einmal liest.',
  'sending.failed': 'Nicht gesendet',
  'sending.giveUp': 'Verwerfen',
  'sending.giveUpTitle': 'Diese Nachricht verwerfen?',
  'sending.giveUpText': 'Die Empfänger erfahren, dass nichts mehr kommt. Was sie bisher haben, bleibt unvollständig.',
  'sending.held':
    'Der Empfänger hat noch nicht zugestimmt, Nachrichten dieses Postfachs zu bekommen. Es wird von selbst wieder gefragt.',
  'sending.keep': 'Behalten',
};
