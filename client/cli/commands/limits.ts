import { fetchLimits, roomOf } from '../../core/limits/limits.js';
import { openDesk } from '../desk.js';
import { type Output } from '../output.js';
import { formatBytes } from '../progress.js';

/** `bildbote limits`: what one message may bring now, and what of the practice's quota is taken. */
export async function runLimits(options: { readonly keystore: string }, output: Output): Promise<void> {
  await using desk = await openDesk(options.keystore);
  const limits = await fetchLimits(desk);
  if (limits === null) return;
  const { language } = output;
  const size = (bytes: number): string => formatBytes(bytes, language);
  const { quotaBytes, storedBytes, messagesPerDay, messagesToday } = limits;
  const text =
    language === 'de'
      ? `Eine Nachricht: bis ${size(roomOf(limits))}. Belegt: ${size(storedBytes)} von ${size(quotaBytes)}. ` +
        `Nachrichten in 24 Stunden: ${messagesToday} von ${messagesPerDay}.`
      : `One message: up to ${size(roomOf(limits))}. Taken: ${size(storedBytes)} of ${size(quotaBytes)}. ` +
        `Messages within 24 hours: ${messagesToday} of ${messagesPerDay}.`;
  output.result({ ...limits, roomBytes: roomOf(limits) }, text);
}
