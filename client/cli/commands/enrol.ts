import { readFile } from 'node:fs/promises';
import { createRelay } from '../../core/relay/relay.js';
import { platformRetry } from '../../core/relay/retry.js';
import { enrol, parseInvitation } from '../../core/account/enrol.js';
import { openAccountFolder } from '../../node/account-folder.js';
import { createHttpTransport } from '../../node/http-transport.js';
import { writeKit } from '../kit.js';
import { type Output } from '../output.js';
import { parseName } from '../parse.js';
import { askNewPassphrase } from '../passphrase.js';
import { wordRows } from '../words.js';

export interface EnrolOptions {
  readonly keystore: string;
  readonly device: string;
  readonly member: string;
  readonly kit?: string;
  readonly policy?: string;
}

const PATIENCE_MS = 20_000;

/** `bildbote enrol INVITATION`: a new mailbox of an invitation. The recovery words are printed once. */
export async function runEnrol(text: string, options: EnrolOptions, output: Output): Promise<void> {
  const deviceName = parseName(options.device, '--device');
  const memberLabel = parseName(options.member, '--member');
  const invitation = parseInvitation(text);
  const policy = options.policy === undefined ? undefined : await readFile(options.policy);
  const passphrase = await askNewPassphrase();
  await using store = await openAccountFolder(options.keystore);
  using transport = createHttpTransport();
  const relay = createRelay({ origin: invitation.origin, transport, retry: platformRetry(PATIENCE_MS), signer: null });
  const { account, recoveryWords, witnessWords, recoveryLink, forgetWords } = await enrol({
    invitation,
    relay,
    store,
    passphrase,
    deviceName,
    memberLabel,
    policy,
    nowMs: Date.now(),
  });
  await using opened = account;
  const words = [...recoveryWords, ...witnessWords];
  const { address, mailboxId, device } = opened.content;
  if (options.kit !== undefined) {
    const { origin } = invitation;
    const kit = { address, relay: origin, mailboxId, words, link: recoveryLink, madeAt: new Date() };
    await writeKit(options.kit, kit, output.language);
  }
  output.result(
    { mailbox: address, mailboxId, deviceId: device.deviceId, recoveryWords, witnessWords },
    enrolledText(address, words, output.language),
  );
  await forgetWords();
}

function enrolledText(address: string, words: readonly string[], language: 'en' | 'de'): string {
  const [done, keep] =
    language === 'de'
      ? [
          `Postfach ${address} ist eingerichtet.`,
          'Wiederherstellungswörter, nur dieses eine Mal gezeigt. Auf Papier aufbewahren:',
        ]
      : [`Mailbox ${address} is ready.`, 'Recovery words, shown this once. Keep them on paper:'];
  return [done, keep, '', wordRows(words)].join('\n');
}
