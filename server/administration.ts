import { resolve } from 'node:path';
import { loadRelayRecord } from './data-folder.js';
import { isUnavailable } from './db/errors.js';
import { openDatabase } from './db/open.js';
import { RelayError } from './error.js';
import { type InviteRequest, type IssuedInvitation, invite } from './practices/invite.js';

/** The operator's side of a running relay, reached through its data folder and not over the network. */
export interface Administration {
  /** @throws RelayError `address-invalid`, `address-taken`, `config-invalid`, `database-unreachable` */
  invite(request: InviteRequest): Promise<IssuedInvitation>;
  close(): Promise<void>;
}

/** @throws RelayError `no-relay` when none has run on the folder */
export async function openAdministration({ dataDir }: { readonly dataDir: string }): Promise<Administration> {
  const path = resolve(dataDir);
  const { databaseUrl, origin } = await loadRelayRecord(path);
  const db = openDatabase({ url: databaseUrl, poolSize: 1 });
  return {
    invite: (request) =>
      invite(db, origin, request).catch((error: unknown) => {
        if (!isUnavailable(error)) throw error;
        throw new RelayError('database-unreachable', `the relay of ${path} is not running`, { cause: error });
      }),
    close: () => db.destroy(),
  };
}
