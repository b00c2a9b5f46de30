import type { Database, Transaction } from '../db/open.js';
import type { AuditQueueRow } from '../tables.js';
import type { AuditEvent } from './events.js';

/**
 * Records an event. Given the transaction of what happened, both are there or neither is (docs/spec/audit.md §3); what was
 * refused has no transaction of its own, and is recorded beside it.
 */
export async function recordAudit(db: Database | Transaction, ...events: readonly AuditEvent[]): Promise<void> {
  if (events.length === 0) return;
  await db<AuditQueueRow>('audit_queue').insert(events.map((event) => ({ event: JSON.stringify(event) })));
}
