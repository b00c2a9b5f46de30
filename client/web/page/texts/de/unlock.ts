import { type unlock as en } from '../en/unlock.js';

export const unlock: Readonly<Record<keyof typeof en, string>> = {
  'unlock.title': 'Gesperrt',
  'unlock.passphrase': 'Passphrase',
  'unlock.open': 'Entsperren',
  'unlock.opening': 'Wird entsperrt …',
  'unlock.passkey': 'Mit Passkey entsperren',
  'unlock.or': 'oder',
  'unlock.idle': 'Gesperrt nach {minutes} Minuten ohne Benutzung.',
  'unlock.forgot': 'Passphrase verloren?',
  'unlock.forgotText':
    'Niemand kann sie zurücksetzen. Löschen Sie die Kopie in diesem Browser und beginnen Sie noch einmal: mit einer Einladung, von einem anderen Gerät aus, oder mit den Wiederherstellungswörtern.',
  'unlock.erase': 'Schlüssel und Nachrichten in diesem Browser löschen',
  'unlock.eraseSure': 'Endgültig löschen',
  'unlock.eraseConfirm':
    'Das entfernt die Schlüssel und alle empfangenen Nachrichten aus diesem Browser. Es lässt sich nicht rückgängig machen.',
  'unlock.finish':
    'Eine Einrichtung wurde unterbrochen. Öffnen Sie den Einladungslink noch einmal und nehmen Sie dieselbe Passphrase.',

  'elsewhere.title': 'In einem anderen Tab geöffnet',
  'elsewhere.text':
    'Dieses Postfach arbeitet in einem anderen Tab oder Fenster dieses Browsers. Nehmen Sie jenes, oder schließen Sie es und versuchen Sie es noch einmal.',
  'elsewhere.retry': 'Noch einmal versuchen',
};
