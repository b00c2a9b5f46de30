import { writeFile } from 'node:fs/promises';
import { type Applicant, type Pairing, openPairing, settlePairing } from '../../core/devices/admit.js';
import { type History } from '../../core/devices/hand-over.js';
import { platformRetry } from '../../core/relay/retry.js';
import { type OpenDesk, openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { askYes } from '../passphrase.js';
import { qrAsSvg, qrForTerminal } from '../qr.js';
import { UsageError } from '../usage-error.js';
import { wordRows } from '../words.js';
import { plain } from '../names.js';

export interface PairOptions {
  readonly keystore: string;
  readonly admin: boolean;
  readonly history: string;
  readonly yes: boolean;
  readonly qr?: string;
}

/** `bildbote device pair`: shows a secret for ten minutes, and adds the device that answers to it. */
export async function runDevicePair(options: PairOptions, output: Output): Promise<void> {
  const history = parseHistory(options.history);
  // Somebody must look at what is added, or have said beforehand that he need not.
  if (!options.yes && !process.stdin.isTTY) throw new UsageError('--yes is needed where nobody can be asked');
  await using desk = await openDesk(options.keystore);
  const ended = await settlePairing(desk);
  if (ended !== null) output.note(endedText(ended, output));
  const pairing = await openPairing(desk, { pause: platformRetry(0).sleep, now: () => Date.now() });
  await show(pairing, options, output);
  const applicant = await pairing.request();
  await decide(desk, applicant, { isAdmin: options.admin, history, isSure: options.yes }, output);
}

function parseHistory(text: string): History {
  if (text === 'all' || text === 'none') return text;
  throw new UsageError('--history: all or none');
}

async function show(pairing: Pairing, options: PairOptions, output: Output): Promise<void> {
  const { link, words, expiresMs } = pairing;
  if (options.qr !== undefined) await writeFile(options.qr, qrAsSvg(link), { mode: 0o600, flag: 'wx' });
  const expiresAt = new Date(expiresMs).toISOString();
  const hint =
    output.language === 'de'
      ? 'Auf dem neuen Gerät `bildbote device join`. Zehn Minuten gültig, einmal. Nur dort eingeben:'
      : 'On the new device `bildbote device join`. Good for ten minutes, once. To be entered there only:';
  const text = [qrForTerminal(link), link, '', hint, '', wordRows(words)].join('\n');
  output.result({ type: 'pairing', link, words, expiresAt }, text);
}

async function decide(
  desk: OpenDesk,
  applicant: Applicant,
  as: { readonly isAdmin: boolean; readonly history: History; readonly isSure: boolean },
  output: Output,
): Promise<void> {
  const { deviceId, name, member, check } = applicant;
  const shown = { deviceId, name, member, admin: as.isAdmin, check };
  output.result({ type: 'request', ...shown }, requestText(applicant, as.isAdmin, output));
  if (!as.isSure && !(await askYes(output.language === 'de' ? 'Aufnehmen? [j/N]' : 'Add it? [y/N]'))) {
    await applicant.refuse();
    output.result({ type: 'refused', deviceId }, output.language === 'de' ? 'Nicht aufgenommen.' : 'Not added.');
    return;
  }
  await applicant.admit(as);
  const { address } = desk.account.content;
  output.result(
    { type: 'paired', mailbox: address, ...shown },
    output.language === 'de' ? `${plain(name)} gehört zu ${address}.` : `${plain(name)} belongs to ${address}.`,
  );
}

function requestText({ deviceId, name, member, check }: Applicant, isAdmin: boolean, { language }: Output): string {
  const digits = `${check.slice(0, 3)} ${check.slice(3)}`;
  const who = `${plain(name)}, ${plain(member)} (${deviceId.slice(0, 8)})`;
  if (language === 'de') {
    return `${who} möchte aufgenommen werden${isAdmin ? ', verwaltend' : ''}. Das neue Gerät muss ${digits} zeigen.`;
  }
  return `${who} asks to be added${isAdmin ? ', administrating' : ''}. The new device must show ${digits}.`;
}

function endedText(deviceId: string, { language }: Output): string {
  const id = deviceId.slice(0, 8);
  return language === 'de'
    ? `Eine frühere Kopplung wurde nicht fertig: das Gerät ${id} wurde wieder gesperrt.`
    : `An earlier pairing did not come to its end: device ${id} was revoked again.`;
}
