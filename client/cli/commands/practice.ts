import { openAdministration } from '../../../server/administration.js';
import { type Output } from '../output.js';
import { parseDuration, parseMailbox } from '../parse.js';
import { UsageError } from '../usage-error.js';

export interface InviteOptions {
  readonly data: string;
  readonly name: string;
  readonly mailbox: string;
  readonly valid: string;
}

export interface ProtectOptions {
  readonly data: string;
  readonly list: boolean;
  readonly remove: boolean;
}

/** `bildbote practice protect NAME…`: names, of authorities for instance, that stand in no practice's name. */
export async function runProtect(names: readonly string[], options: ProtectOptions, output: Output): Promise<void> {
  if ((names.length === 0) !== options.list) throw new UsageError('practice protect needs either NAME… or --list');
  const administration = await openAdministration({ dataDir: options.data });
  try {
    if (options.remove) for (const name of names) await administration.unprotect(name);
    else if (!options.list) await administration.protect(names);
    for (const name of await administration.listProtected()) output.result({ protected: name }, name);
  } finally {
    await administration.close();
  }
}

const DAY_MS = 86_400_000;
const MAX_DAYS = 90;

/** `bildbote practice invite`: a one-time invitation for a mailbox that does not exist yet. */
export async function runInvite(options: InviteOptions, output: Output): Promise<void> {
  const address = parseMailbox(options.mailbox);
  const practiceName = options.name.normalize('NFC').trim();
  if (practiceName === '' || practiceName.length > 200) throw new UsageError('--name: 1 to 200 characters');
  const expiresInDays = parseDuration(options.valid, '--valid') / DAY_MS;
  if (!Number.isInteger(expiresInDays) || expiresInDays > MAX_DAYS) throw new UsageError('--valid: from 1d to 90d');
  const administration = await openAdministration({ dataDir: options.data });
  try {
    const { invitation, expiresAt } = await administration.invite({ practiceName, address, expiresInDays });
    const url = String(invitation);
    output.result({ invitation: url, mailbox: address, expiresAt: expiresAt.toISOString() }, url);
  } finally {
    await administration.close();
  }
}
