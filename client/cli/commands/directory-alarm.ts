import { type AlarmReport, reportAlarm, reportSettled, settleAlarm } from '../../core/directory/settle-alarm.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { UsageError } from '../usage-error.js';

export interface AlarmOptions {
  readonly keystore: string;
  readonly accept?: string;
  readonly reason?: string;
}

/**
 * `bildbote directory alarm`: whether the relay was caught with two histories, and the evidence. With `--accept ROOT --reason TEXT` a person
 * who administrates says which of the two counts.
 */
export async function runDirectoryAlarm(options: AlarmOptions, output: Output): Promise<void> {
  const { accept, reason } = options;
  if ((accept === undefined) !== (reason === undefined)) throw new UsageError('--accept and --reason belong together');
  await using desk = await openDesk(options.keystore);
  const before = reportAlarm(desk.account);
  if (accept !== undefined && reason !== undefined) {
    await settleAlarm(desk.account, desk.relay, { root: accept, reason }, desk.clock.now());
  }
  const alarm = reportAlarm(desk.account);
  const settled = reportSettled(desk.account).map(({ timeMs, ...decision }) => {
    return { ...decision, time: new Date(timeMs).toISOString() };
  });
  output.result({ type: 'alarm', alarm, settled }, textOf(before, alarm, output));
}

function textOf(before: AlarmReport | null, now: AlarmReport | null, { language }: Output): string {
  const t = TEXTS[language];
  if (now === null) return before === null ? t.none : t.settled;
  const line = ({ origin, size, root }: AlarmReport['first']): string => `    ${origin} ${size}\n    ${root}`;
  return [
    t.alarm,
    t.first,
    line(now.first),
    t.second,
    line(now.second),
    `${t.evidence} ${now.evidence ?? '–'}`,
    '',
    t.advice,
  ].join('\n');
}

const TEXTS = {
  en: {
    none: 'No alarm.',
    settled:
      'The alarm is settled: this device goes on with the history that was accepted. The evidence stays where it is.',
    alarm: 'ALARM: the relay has shown two histories of its directory. Nothing is sent from this device.',
    first: '  seen first:',
    second: '  and then, which does not continue it:',
    evidence: '  evidence:',
    advice:
      'Ask the operator, and another practice or a witness, by telephone and not through this relay, what happened and which root is the right one. If that is explained: bildbote directory alarm --accept ROOT --reason TEXT',
  },
  de: {
    none: 'Kein Alarm.',
    settled: 'Der Alarm ist erledigt: dieses Gerät geht von der angenommenen Geschichte aus. Der Beweis bleibt liegen.',
    alarm:
      'ALARM: das Relay hat zwei Geschichten seines Verzeichnisses gezeigt. Von diesem Gerät wird nichts gesendet.',
    first: '  zuerst gesehen:',
    second: '  und dann, ohne es fortzusetzen:',
    evidence: '  Beweis:',
    advice:
      'Den Betreiber und eine andere Praxis oder einen Zeugen fragen, am Telefon und nicht über dieses Relay, was geschehen ist und welche Wurzel die richtige ist. Ist es erklärt: bildbote directory alarm --accept WURZEL --reason TEXT',
  },
} as const;
