import type { Transaction } from '../db/open.js';

/** Which tables belong to practices, found by their columns: a table that is added later is not forgotten. */
export interface ExportedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Of rows `t`, with `:practiceId`. */
  readonly condition: string;
}

/** What lets somebody in is nobody's to read, also not in an export; it lives for minutes anyway. */
const SECRETS = ['sessions', 'challenges', 'pairings', 'pairing_blobs'];
/** Secret or meaningless outside: digests of invitations, places in the store. */
const LEFT_OUT = ['token_digest', 'blob_key'];

const MAILBOXES = 'select mailbox_id from mailboxes where practice_id = :practiceId';
/** Payloads that the practice has sent, or may read. */
const PAYLOADS = `select payload_number from payloads where creator_mailbox_id in (${MAILBOXES})
  union select payload_number from payload_access where mailbox_id in (${MAILBOXES})`;

/** By the first of these columns that a table has, a row of it is a practice's. Order: the nearest relation first. */
const RELATIONS: readonly (readonly [string, string])[] = [
  ['practice_id', 't.practice_id = :practiceId'],
  ['mailbox_id', `t.mailbox_id in (${MAILBOXES})`],
  ['sender_mailbox_id', `t.sender_mailbox_id in (${MAILBOXES})`],
  ['creator_mailbox_id', `t.payload_number in (${PAYLOADS})`],
  ['payload_number', `t.payload_number in (${PAYLOADS})`],
];

export async function findExportedTables(trx: Transaction): Promise<ExportedTable[]> {
  const { rows } = await trx.raw<{ rows: { name: string; columns: string[] }[] }>(`
    select table_name as name, array_agg(column_name::text order by ordinal_position) as columns
    from information_schema.columns where table_schema = 'public' and table_name not like 'knex_%'
    group by table_name order by table_name`);
  return rows.flatMap(({ name, columns }) => {
    if (SECRETS.includes(name)) return [];
    const relation = RELATIONS.find(([column]) => columns.includes(column));
    if (relation === undefined) return [];
    const shown = columns.filter((column) => !LEFT_OUT.includes(column));
    return [{ name, columns: shown, condition: conditionOf(columns, relation[1]) }];
  });
}

/** Where a row stands between two mailboxes, both may have it: what was sent, and what was received. */
function conditionOf(columns: readonly string[], condition: string): string {
  const both = columns.includes('mailbox_id') && columns.includes('sender_mailbox_id');
  return both ? `(${condition} or t.sender_mailbox_id in (${MAILBOXES}))` : condition;
}
