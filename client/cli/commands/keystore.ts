import { openPassphraseSlots } from '../../core/account/passphrase-slots.js';
import { DEFAULT_RETENTION_MS } from '../../core/account/content.js';
import { newPassphraseFromEnvironment } from '../environment.js';
import { openDesk } from '../desk.js';
import { CliError } from '../failure.js';
import { type Output } from '../output.js';
import { parseDuration } from '../parse.js';
import { askNewPassphrase, askPassphrase, askSlot } from '../passphrase.js';
import { UsageError } from '../usage-error.js';

export interface PassphraseOptions {
  readonly keystore: string;
  readonly add: boolean;
  readonly remove?: string;
}

/** `bildbote keystore passphrase`: changes the passphrase, or adds and removes further ones. */
export async function runKeystorePassphrase(options: PassphraseOptions, output: Output): Promise<void> {
  if (options.add && options.remove !== undefined) throw new UsageError('--add or --remove, not both');
  await using desk = await openDesk(options.keystore);
  const { account } = desk;
  const before = openPassphraseSlots(account);
  if (options.remove !== undefined) {
    await account.changeSlots({ kind: 'remove', slotId: chosen(before, options.remove) });
  } else {
    const passphrase = await askNewPassphrase(newPassphraseFromEnvironment());
    if (options.add) await account.changeSlots({ kind: 'add', slot: { kind: 'passphrase', passphrase } });
    else {
      const current = await currentPassphrase(before);
      await account.changeSlots({ kind: 'replace', current, passphrase });
    }
  }
  const slots = openPassphraseSlots(account);
  const added = slots.find((slotId) => !before.includes(slotId)) ?? null;
  output.result({ type: 'keystore', slots, added }, slotsText(slots, added, output));
}

/** With several, the one to be changed is the one that is named. */
async function currentPassphrase(slots: readonly string[]) {
  const passphrase = await askPassphrase('keystore');
  const [slotId] = slots;
  if (slots.length === 1 && slotId !== undefined) return { kind: 'passphrase', passphrase, slotId } as const;
  return { kind: 'passphrase', passphrase, slotId: await askSlot(slots) } as const;
}

function chosen(slots: readonly string[], text: string): string {
  const found = slots.filter((slotId) => text.length >= 4 && slotId.startsWith(text));
  const [slotId] = found;
  if (slotId === undefined || found.length > 1) throw new CliError('slot-unknown');
  return slotId;
}

function slotsText(slots: readonly string[], added: string | null, { language }: Output): string {
  const many = language === 'de' ? 'Passphrasen dieses Schlüsselspeichers:' : 'Passphrases of this keystore:';
  const mark = language === 'de' ? '  (neu)' : '  (new)';
  return [many, ...slots.map((slotId) => `  ${slotId}${slotId === added ? mark : ''}`)].join('\n');
}

const DAY_MS = 86_400_000;
const MAX_RETENTION_MS = 3660 * DAY_MS;

/** `bildbote keystore retention [TIME]`: how long after its end an epoch's secret is kept on this device. */
export async function runKeystoreRetention(
  time: string | undefined,
  options: { readonly keystore: string },
  output: Output,
): Promise<void> {
  const wanted = time === undefined ? null : parseDuration(time, 'time');
  if (wanted !== null && (wanted < DAY_MS || wanted > MAX_RETENTION_MS)) throw new UsageError('time: from 1d to 3660d');
  await using desk = await openDesk(options.keystore);
  const { account } = desk;
  if (wanted !== null) await account.saveContent({ ...account.content, retentionMs: wanted });
  const days = Math.floor((account.content.retentionMs ?? DEFAULT_RETENTION_MS) / DAY_MS);
  output.result(
    { type: 'retention', days },
    output.language === 'de'
      ? `Schlüssel einer Epoche werden ${days} Tage nach ihrem Ende gelöscht.`
      : `Keys of an epoch are deleted ${days} days after its end.`,
  );
}
