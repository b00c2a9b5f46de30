import type { Readable, Writable } from 'node:stream';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import type { Database, Transaction } from './open.js';

/** A table as a copy of it must know it. */
export interface TableShape {
  readonly name: string;
  /** Without those that the database computes itself. */
  readonly columns: readonly string[];
  /** Numbered by the database. */
  readonly identity: string | null;
}

/** What belongs to knex, and not to the relay; and what is true of this moment only: who serves, what is on its way to the store. */
const NOT_OURS = ['knex_migrations', 'knex_migrations_lock', 'relay_nodes', 'direct_parts'];

/** All tables, each after those that it refers to. */
export async function listTables(db: Database | Transaction): Promise<TableShape[]> {
  const columns = await db.raw<{ rows: { table_name: string; column_name: string; identity: boolean }[] }>(`
    select c.relname as table_name, a.attname as column_name, a.attidentity <> '' as identity
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    order by c.relname, a.attnum`);
  const references = await db.raw<{ rows: { child: string; parent: string }[] }>(`
    select c.relname as child, p.relname as parent
    from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class p on p.oid = k.confrelid
    where k.contype = 'f' and k.conrelid <> k.confrelid and c.relnamespace = 'public'::regnamespace`);
  const shapes = new Map<string, { columns: string[]; identity: string | null }>();
  for (const { table_name: name, column_name: column, identity } of columns.rows) {
    if (NOT_OURS.includes(name)) continue;
    const shape = shapes.get(name) ?? { columns: [], identity: null };
    shape.columns.push(column);
    if (identity) shape.identity = column;
    shapes.set(name, shape);
  }
  return inOrder([...shapes.keys()], references.rows).map((name) => ({
    name,
    columns: shapes.get(name)?.columns ?? [],
    identity: shapes.get(name)?.identity ?? null,
  }));
}

function inOrder(names: readonly string[], references: readonly { child: string; parent: string }[]): string[] {
  const done: string[] = [];
  for (let left = [...names]; left.length > 0;) {
    const ready = left.filter((name) =>
      references.every(({ child, parent }) => child !== name || done.includes(parent) || !names.includes(parent)),
    );
    if (ready.length === 0) throw new Error('tables refer to each other in a circle');
    done.push(...ready);
    left = left.filter((name) => !ready.includes(name));
  }
  return done;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function target({ name, columns }: TableShape): string {
  return `${quoted(name)} (${columns.map(quoted).join(', ')})`;
}

/** The table's rows in PostgreSQL's text form, as the transaction sees them. */
export async function readTable(trx: Transaction, table: TableShape): Promise<Readable> {
  return (await connectionOf(trx)).query(copyTo(`copy ${target(table)} to stdout`));
}

/** Takes what `readTable` gave. */
export async function writeTable(trx: Transaction, table: TableShape): Promise<Writable> {
  return (await connectionOf(trx)).query(copyFrom(`copy ${target(table)} from stdin`));
}

/** The next row gets the number after the highest. */
export async function renumber(trx: Transaction, { name, identity }: TableShape): Promise<void> {
  if (identity === null) return;
  const sequence = trx.raw('pg_get_serial_sequence(?, ?)', [quoted(name), identity]);
  const highest = trx(name).max(identity);
  await trx.raw('select setval(?, coalesce((?), 0) + 1, false)', [sequence, highest]);
}

/** Of a transaction there is one connection, and this is it. */
async function connectionOf(trx: Transaction): Promise<pg.Client> {
  return (trx.client as { acquireConnection(): Promise<pg.Client> }).acquireConnection();
}

/** One moment of the whole database, for as long as `work` takes. */
export function inSnapshot<T>(db: Database, work: (trx: Transaction) => Promise<T>): Promise<T> {
  return db.transaction(
    async (trx) => {
      await unhurried(trx);
      return work(trx);
    },
    { isolationLevel: 'repeatable read', readOnly: true },
  );
}

/** Copies take as long as they take. */
export async function unhurried(trx: Transaction): Promise<void> {
  await trx.raw('set local statement_timeout = 0');
  await trx.raw('set local idle_in_transaction_session_timeout = 0');
}
