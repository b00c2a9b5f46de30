import type { Knex } from 'knex';

/** One step of the schema. It runs in its own transaction, and `down` takes back exactly what `up` made. */
export interface Migration {
  /** Never changes once released: databases remember it. */
  readonly name: string;
  up(knex: Knex): Promise<void>;
  down(knex: Knex): Promise<void>;
}

export function sqlMigration(name: string, sql: { readonly up: string; readonly down: string }): Migration {
  return {
    name,
    async up(knex) {
      await knex.raw(sql.up);
    },
    async down(knex) {
      await knex.raw(sql.down);
    },
  };
}
