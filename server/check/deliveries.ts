import { mailboxIdFrom } from '../../crypto/wire/ids.js';
import type { Database } from '../db/open.js';
import type { Finding } from './findings.js';

interface ListRow {
  readonly mailbox_id: Buffer;
  readonly last_delivery_seq: number;
  readonly count: number;
  readonly highest: number | null;
}

/** Numbers run from 1 to the mailbox's newest without a hole: what has gone stays as a tombstone. */
export async function checkDeliveries(db: Database) {
  const { rows } = await db.raw<{ rows: ListRow[] }>(`
    select m.mailbox_id, m.last_delivery_seq, count(d.seq) as count, max(d.seq) as highest
    from mailboxes m left join deliveries d on d.mailbox_id = m.mailbox_id
    group by m.mailbox_id, m.last_delivery_seq`);
  const findings = rows
    .filter(({ last_delivery_seq, count, highest }) => count !== last_delivery_seq || (highest ?? 0) !== count)
    .map(({ mailbox_id }): Finding => ({ kind: 'delivery-gap', subject: mailboxIdFrom(mailbox_id) }));
  return { counts: { deliveries: rows.reduce((sum, { count }) => sum + count, 0) }, findings };
}
