import { readFile } from 'node:fs/promises';
import { recoverMailbox } from '../../core/devices/recover.js';
import { parseCarriedSecret } from '../../core/devices/rendezvous.js';
import { receivedLetters } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { createRelay } from '../../core/relay/relay.js';
import { platformRetry } from '../../core/relay/retry.js';
import { openAccountFolder } from '../../node/account-folder.js';
import { createHttpTransport } from '../../node/http-transport.js';
import { connect } from '../desk.js';
import { writeKit } from '../kit.js';
import { type Output } from '../output.js';
import { parseMailbox, parseName } from '../parse.js';
import { askCarried, askNewPassphrase } from '../passphrase.js';
import { wordRows } from '../words.js';

export interface RecoverOptions {
  readonly keystore: string;
  readonly mailbox: string;
  readonly device: string;
  readonly member: string;
  readonly relay?: string;
  readonly kit?: string;
  readonly policy?: string;
}

const PATIENCE_MS = 20_000;

/** `bildbote recover`: the mailbox begins anew from its recovery kit. All devices so far are revoked. */
export async function runRecover(options: RecoverOptions, output: Output): Promise<void> {
  const address = parseMailbox(options.mailbox);
  const deviceName = parseName(options.device, '--device');
  const memberLabel = parseName(options.member, '--member');
  const expected = { purpose: 'recover', origin: options.relay ?? null } as const;
  const carried = parseCarriedSecret(await askCarried('recover'), expected);
  const policy = options.policy === undefined ? undefined : await readFile(options.policy);
  const passphrase = await askNewPassphrase();
  await using store = await openAccountFolder(options.keystore);
  using transport = createHttpTransport();
  const relay = createRelay({
    origin: carried.origin,
    transport,
    retry: platformRetry(PATIENCE_MS),
    signer: null,
  });
  const recovered = await recoverMailbox({
    ...carried,
    relay,
    store,
    passphrase,
    address,
    deviceName,
    memberLabel,
    policy,
    nowMs: Date.now(),
  });
  await using desk = connect(recovered.account, { [Symbol.asyncDispose]: () => Promise.resolve() });
  const { mailboxId, device } = recovered.account.content;
  const { recoveryWords, witnessWords, recoveryLink: link, epochs } = recovered;
  const words = [...recoveryWords, ...witnessWords];
  const witnessed = witnessWords.length > 0;
  if (options.kit !== undefined) {
    const kit = { address, relay: relay.origin, mailboxId, words, link, madeAt: new Date() };
    await writeKit(options.kit, kit, output.language);
  }
  await syncInbox(desk);
  const messages = receivedLetters(desk.account).length;
  output.result(
    {
      ...{ mailbox: address, mailboxId, deviceId: device.deviceId },
      ...{ recoveryWords, witnessWords, witnessed, epochs, messages },
    },
    [...recoveredText(address, messages, output), '', wordRows(words), ...unwitnessedText(witnessed, output)].join(
      '\n',
    ),
  );
  await recovered.forgetWords();
}

/** A kit of before says nothing of witnesses: then the relay's word is all there is. */
function unwitnessedText(witnessed: boolean, { language }: Output): string[] {
  if (witnessed) return [];
  return language === 'de'
    ? [
        '',
        'Dieses Notfallblatt nennt keine Zeugen: alles gilt als ungeprüft. Mit --policy DATEI lässt sich das vermeiden.',
      ]
    : ['', 'This kit names no witnesses: everything counts as unverified. --policy FILE avoids that.'];
}

function recoveredText(address: string, messages: number, { language }: Output): string[] {
  if (language === 'de') {
    return [
      `Postfach ${address} ist wiederhergestellt; ${messages} Nachrichten. Alle früheren Geräte sind gesperrt.`,
      'Neue Wiederherstellungswörter, nur dieses eine Mal gezeigt; die alten gelten nicht mehr:',
    ];
  }
  return [
    `Mailbox ${address} is recovered; ${messages} messages. All earlier devices are revoked.`,
    'New recovery words, shown this once; the old ones are used up:',
  ];
}
