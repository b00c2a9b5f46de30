import knexModule, { type Knex } from 'knex';
import pg from 'pg';

export type Database = Knex;
export type Transaction = Knex.Transaction;

const INT8_OID = 20;
const STATEMENT_TIMEOUT_MS = 30_000;

export interface OpenOptions {
  readonly url: string;
  readonly poolSize?: number;
  /** Called for a connection that fails while it is idle, for example because the server stops. */
  readonly onIdleError?: (error: Error) => void;
}

/** The only place that opens knex. Connections are made when they are needed. */
export function openDatabase({ url, poolSize = 20, onIdleError = () => undefined }: OpenOptions): Database {
  return knexModule.knex({
    client: 'pg',
    // Errors reach whoever asked; knex would print them a second time.
    log: { warn: silent, error: silent, deprecate: silent, debug: silent },
    connection: {
      connectionString: url,
      types: { getTypeParser },
      application_name: 'bildbote',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
    } as Knex.PgConnectionConfig,
    pool: {
      min: 0,
      max: poolSize,
      acquireTimeoutMillis: 10_000,
      afterCreate(connection: pg.Client, done: (error: null, connection: pg.Client) => void) {
        // Without a listener an idle connection that the server closes would end the process.
        connection.on('error', onIdleError);
        done(null, connection);
      },
    },
  });
}

function silent(): void {}

function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === INT8_OID && format !== 'binary') return parseSafeInteger;
  return pg.types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
}

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('an integer beyond 2^53 came from the database');
  return value;
}
