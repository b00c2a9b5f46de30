import type { Database } from '../db/open.js';
import type { Metrics } from './metrics.js';

/** What the database says of the relay, asked each time somebody looks. */
export function addGauges(metrics: Metrics, db: Database): void {
  const ask = (sql: string) => async (): Promise<number> => {
    const { rows } = await db.raw<{ rows: { value: number | string | null }[] }>(`select (${sql}) as value`);
    return Number(rows[0]?.value ?? 0);
  };
  const gauges: readonly (readonly [string, string, string])[] = [
    ['bildbote_mailboxes', 'Mailboxes', 'select count(*) from mailboxes'],
    ['bildbote_sessions', 'Sessions in force', 'select count(*) from sessions where expires_at > now()'],
    [
      'bildbote_deliveries_pending',
      'Deliveries that nobody has fetched',
      `select count(*) from deliveries where state = 'pending'`,
    ],
    ['bildbote_parts_bytes', 'Bytes of parts that are stored', 'select coalesce(sum(bytes), 0) from parts'],
    ['bildbote_audit_queued', 'Events that are not in the audit chain yet', 'select count(*) from audit_queue'],
    [
      'bildbote_audit_unsigned_seconds',
      'Age of the newest audit checkpoint while entries wait for one',
      `select case when (select max(seq) from audit_entries) > (select coalesce(max(size), 0) from audit_checkpoints)
        then extract(epoch from now() - (select max(created_at) from audit_checkpoints)) else 0 end`,
    ],
    ['bildbote_log_queued', 'Statements that are not in the public log yet', 'select count(*) from log_queue'],
    [
      'bildbote_urgent_overdue',
      'Urgent deliveries past their deadline that nobody attends to',
      `select count(*) from deliveries d join messages m using (sender_mailbox_id, message_id)
        where m.deadline_at < now() and m.expires_at > now() and d.attended_at is null and d.state not in ('withdrawn', 'expired')
        and d.mailbox_id <> d.sender_mailbox_id`,
    ],
  ];
  for (const [name, help, sql] of gauges) metrics.gauge(name, help, ask(sql));
}
