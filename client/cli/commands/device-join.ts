import { joinMailbox } from '../../core/devices/join.js';
import { parseCarriedSecret } from '../../core/devices/rendezvous.js';
import { announceDevice } from '../../core/devices/roster.js';
import { receivedLetters } from '../../core/receive/inbox.js';
import { syncInbox } from '../../core/receive/sync.js';
import { createRelay } from '../../core/relay/relay.js';
import { platformRetry } from '../../core/relay/retry.js';
import { accountSigner } from '../../core/account/signer.js';
import { openAccountFolder } from '../../node/account-folder.js';
import { createHttpTransport } from '../../node/http-transport.js';
import { connect } from '../desk.js';
import { type Output } from '../output.js';
import { parseName } from '../parse.js';
import { askCarried, askNewPassphrase } from '../passphrase.js';

export interface JoinOptions {
  readonly keystore: string;
  readonly device: string;
  readonly member: string;
  readonly relay?: string;
}

const PATIENCE_MS = 20_000;

/** `bildbote device join`: this machine becomes a further device of the mailbox whose device shows the secret. */
export async function runDeviceJoin(options: JoinOptions, output: Output): Promise<void> {
  const deviceName = parseName(options.device, '--device');
  const memberLabel = parseName(options.member, '--member');
  const carried = parseCarriedSecret(await askCarried('pair'), { purpose: 'pair', origin: options.relay ?? null });
  const passphrase = await askNewPassphrase();
  await using store = await openAccountFolder(options.keystore);
  using transport = createHttpTransport();
  const { origin } = carried;
  const retry = platformRetry(PATIENCE_MS);
  const account = await joinMailbox({
    ...carried,
    relay: createRelay({ origin, transport, retry, signer: null }),
    connect: (joined) => createRelay({ origin, transport, retry, signer: accountSigner(joined) }),
    store,
    passphrase,
    deviceName,
    memberLabel,
    waiting: { pause: retry.sleep, now: () => Date.now() },
    onCheck: (check) => output.note(checkText(check, output)),
  });
  await using desk = connect(account, { [Symbol.asyncDispose]: () => Promise.resolve() });
  await syncInbox(desk);
  await announceDevice(desk);
  const { address, mailboxId, device, identitySeed } = account.content;
  const messages = receivedLetters(account).length;
  output.result(
    {
      type: 'joined',
      mailbox: address,
      mailboxId,
      deviceId: device.deviceId,
      admin: identitySeed !== null,
      messages,
    },
    output.language === 'de'
      ? `Dieses Gerät gehört zu ${address}; ${messages} Nachrichten.`
      : `This device belongs to ${address}; ${messages} messages.`,
  );
}

function checkText(check: string, { language }: Output): string {
  const digits = `${check.slice(0, 3)} ${check.slice(3)}`;
  return language === 'de'
    ? `Das andere Gerät muss ${digits} zeigen; dort bestätigen.`
    : `The other device must show ${digits}; confirm there.`;
}
