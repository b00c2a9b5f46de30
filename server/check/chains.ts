import { type ChainState, headOf, verifyChain } from '../../crypto/wire/chain.js';
import { equalBytes } from '../../crypto/wire/bytes.js';
import { WireError } from '../../crypto/wire/error.js';
import { type MailboxId, mailboxIdFrom } from '../../crypto/wire/ids.js';
import type { Database } from '../db/open.js';
import { idColumn } from '../db/sql.js';
import type { BalanceRow, DeviceRow, MailboxRow, StatementRow } from '../tables.js';
import type { Finding } from './findings.js';

type Mailbox = Pick<MailboxRow, 'mailbox_id' | 'address' | 'last_statement_seq'>;

/** Every chain verifies from its genesis, and the tables beside it say the same. */
export async function checkChains(db: Database) {
  const mailboxes = await db<MailboxRow>('mailboxes')
    .orderBy('mailbox_id')
    .select<Mailbox[]>('mailbox_id', 'address', 'last_statement_seq');
  const findings: Finding[] = [];
  let statements = 0;
  for (const mailbox of mailboxes) {
    const rows = await db<StatementRow>('statements')
      .where({ mailbox_id: mailbox.mailbox_id })
      .orderBy('seq')
      .select('seq', 'bytes', 'hash');
    // Statements that came after the mailbox was read belong to the next check.
    const known = rows.filter(({ seq }) => seq <= mailbox.last_statement_seq);
    statements += known.length;
    findings.push(...(await checkChain(db, mailbox, known)));
  }
  return { counts: { mailboxes: mailboxes.length, statements }, findings };
}

async function checkChain(
  db: Database,
  mailbox: Mailbox,
  rows: readonly Pick<StatementRow, 'seq' | 'bytes' | 'hash'>[],
): Promise<Finding[]> {
  const subject = mailboxIdFrom(mailbox.mailbox_id);
  const state = verified(rows.map(({ bytes }) => bytes));
  if (state === null || state.mailboxId !== subject) return [{ kind: 'chain-invalid', subject }];
  const last = rows.at(-1);
  const isSame =
    state.address === mailbox.address &&
    state.seq === mailbox.last_statement_seq &&
    last !== undefined &&
    equalBytes(last.hash, headOf(state)) &&
    (await hasDevices(db, subject, state)) &&
    (await hasBalance(db, subject, state));
  return isSame ? [] : [{ kind: 'chain-row-differs', subject }];
}

function verified(statements: readonly Uint8Array[]): ChainState | null {
  try {
    return verifyChain(statements);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

/** The relay lets in whom this table names: it must be whom the chain names. */
async function hasDevices(db: Database, mailboxId: MailboxId, state: ChainState): Promise<boolean> {
  const rows = await db<DeviceRow>('devices')
    .where({ mailbox_id: idColumn(mailboxId) })
    .where('added_seq', '<=', state.seq)
    .select('device_id', 'signing_key', 'revoked_seq');
  if (rows.length !== state.devices.size) return false;
  return rows.every((row) => {
    const device = [...state.devices.values()].find(({ deviceId }) => idColumn(deviceId).equals(row.device_id));
    const revokedSeq = row.revoked_seq !== null && row.revoked_seq <= state.seq ? row.revoked_seq : null;
    return device !== undefined && device.revokedSeq === revokedSeq && equalBytes(device.sigKey, row.signing_key);
  });
}

/** Who looks the mailbox up begins with this row: it must be what the chain's newest balance names. */
async function hasBalance(db: Database, mailboxId: MailboxId, { balance, seq }: ChainState): Promise<boolean> {
  const row = await db<BalanceRow>('balances')
    .where({ mailbox_id: idColumn(mailboxId) })
    .first('seq', 'carried');
  // One that came after the mailbox was read belongs to the next check.
  if (row !== undefined && row.seq > seq) return true;
  if (row === undefined || balance === null) return row === undefined && balance === null;
  return row.seq === balance.seq && equalBytes(row.carried, balance.carried);
}
