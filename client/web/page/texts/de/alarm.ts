import { type alarm as english } from '../en/alarm.js';

export const alarm: Readonly<Record<keyof typeof english, string>> = {
  'alarm.title': 'Das Verzeichnis widerspricht sich',
  'alarm.text':
    'Das Relay hat diesem Browser zwei Geschichten seines Verzeichnisses gezeigt, die nicht beide wahr sein können. Das geschieht, wenn jemand falsche Schlüssel unterschieben will, wenn der Schlüssel des Betreibers in fremden Händen ist, oder wenn das Relay auf eine alte Kopie zurückgesetzt wurde. Es wird nichts mehr versiegelt und gesendet; was ankommt, wartet ungeöffnet, verloren geht nichts.',
  'alarm.steps': 'Was zu tun ist',
  'alarm.stepSave':
    'Sichern Sie den Beweis. Die beiden Unterschriften darin belegen jedem, dass der Schlüssel des Betreibers beides unterschrieben hat.',
  'alarm.stepCall':
    'Rufen Sie Ihren Betreiber an, unter einer Nummer, die nicht aus einer Nachricht stammt: Was ist geschehen, und welche Wurzel ist die richtige? Fragen Sie auch eine andere Praxis oder einen Zeugen.',
  'alarm.stepDecide':
    'Ist es erklärt, und nennen beide dieselbe Wurzel? Dann kann der Alarm erledigt werden. Wenn nicht: Senden Sie nichts, und verständigen Sie den Datenschutzbeauftragten.',
  'alarm.first': 'Zuerst gesehen',
  'alarm.second': 'Danach gesehen, ohne es fortzusetzen',
  'alarm.log': 'Protokoll',
  'alarm.size': 'Einträge',
  'alarm.root': 'Wurzel',
  'alarm.save': 'Beweis sichern',
  'alarm.fileName': 'bildbote-beweis.txt',
  'alarm.read': 'Empfangene Nachrichten trotzdem lesen',
  'alarm.banner': 'Verzeichnisalarm: Es wird nichts gesendet.',
  'alarm.show': 'Zeigen',
  'alarm.settleTitle': 'Alarm erledigen',
  'alarm.settleText':
    'Wer ihn erledigt, entscheidet für das ganze Postfach: Dessen andere Geräte machen von selbst weiter. Ihr Name, der Grund und die Zeit bleiben vermerkt, und der Beweis bleibt erhalten.',
  'alarm.settleRoot': 'Wurzel, die gilt, wie der Betreiber sie genannt hat',
  'alarm.settleRootHint': 'Die ganze Wurzel, mit allen Zeichen; Leerzeichen spielen keine Rolle.',
  'alarm.settleFirst': 'Das ist die zuerst gesehene Wurzel.',
  'alarm.settleSecond': 'Das ist die danach gesehene Wurzel.',
  'alarm.settleNeither': 'Das ist keine der beiden Wurzeln oben. Der Alarm bleibt.',
  'alarm.settleReason': 'Grund: was geschehen ist, wer es gesagt hat, auf welchem Weg',
  'alarm.settlePassphrase': 'Passphrase dieses Browsers',
  'alarm.settle': 'Diese Wurzel gilt: Alarm erledigen',
  'alarm.settling': 'Wird erledigt …',
  'alarm.settled':
    'Der Alarm ist erledigt: Dieser Browser geht von der Geschichte aus, deren Wurzel Sie genannt haben. Entscheidung und Beweis stehen in den Einstellungen unter „Alarme“.',
  'alarm.noAdmin':
    'Dieses Gerät verwaltet das Postfach nicht und kann den Alarm nicht erledigen. Sobald es auf einem verwaltenden geschehen ist, macht dieses von selbst weiter.',
  'alarm.history': 'Alarme',
  'alarm.historyText':
    'Das Relay wurde mit zwei Geschichten seines Verzeichnisses ertappt. Was darüber entschieden wurde:',
  'alarm.abandoned': 'Aufgegeben: {n} Einträge, Wurzel {root}',
  'alarm.saveNamed': 'Beweis {name} sichern',
};
