import { enrol, parseInvitation } from '../../client/core/account/enrol.js';
import { createRelay } from '../../client/core/relay/relay.js';
import { platformRetry } from '../../client/core/relay/retry.js';
import { createHttpTransport } from '../../client/node/http-transport.js';
import { openAccountFolder } from '../../client/node/account-folder.js';
import { openAdministration } from '../../server/administration.js';

export interface EnrolDeskOptions {
  readonly dataDir: string;
  readonly origin: string;
  readonly address: string;
  readonly keystore: string;
  readonly passphrase: string;
}

/** The cheapest passphrase that a keystore may have: it is opened anew after each kill. */
const CHEAP = { opsLimit: 2, memBytes: 64 * 1024 * 1024 };

/** Makes a mailbox whose keystore lies in a folder, for a process that opens it later. */
export async function enrolDesk({ dataDir, origin, address, keystore, passphrase }: EnrolDeskOptions): Promise<void> {
  const administration = await openAdministration({ dataDir });
  const request = { practiceName: `Practice ${address}`, address, expiresInDays: 7 };
  const issued = await administration.invite(request).finally(() => administration.close());
  using transport = createHttpTransport();
  await using folder = await openAccountFolder(keystore);
  const { keystoreWorker: _, ...store } = folder;
  const { account, forgetWords } = await enrol({
    invitation: parseInvitation(`${origin}/enrol${issued.invitation.hash}`),
    relay: createRelay({ origin, transport, retry: platformRetry(20_000), signer: null }),
    ...{ store, passphrase, kdf: CHEAP, nowMs: Date.now(), deviceName: 'Campaign', memberLabel: `Dr. ${address}` },
  });
  await forgetWords();
  await account[Symbol.asyncDispose]();
}
