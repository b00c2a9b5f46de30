import type { Desk } from '../../core/desk.js';
import type { PacsConfig } from '../config/config.js';
import type { HandOvers } from '../exchange/exchanges.js';
import type { Imports } from '../import/imports.js';
import type { Incoming } from '../incoming/incoming.js';
import type { Outgoing } from '../outgoing/outgoing.js';
import type { LocalPatients } from '../patients/local-patients.js';
import type { ReceivedIndex } from '../received/received.js';
import type { Rule } from '../rules/rules.js';
import type { Deliverer } from '../webhooks/deliverer.js';
import type { EventLog } from '../webhooks/event-log.js';
import type { HookStore } from '../webhooks/hook-store.js';

/** What the interface works with. */
export interface ApiDeps {
  readonly desk: Desk;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly index: ReceivedIndex;
  readonly events: EventLog;
  readonly hooks: HookStore;
  readonly deliverer: Deliverer;
  /** Where files of requests wait until all of it is here. */
  readonly uploads: string;
  /** Who gets what is sent without a recipient. */
  readonly rules: readonly Rule[];
  readonly expiresMs: number;
  /** PACS of the practice, by the configuration. */
  readonly pacs: readonly PacsConfig[];
  /** Whom programs of the practice have named, and what waits for a person; null where nothing is stored in a PACS. */
  readonly patients: LocalPatients | null;
  readonly imports: Imports | null;
  /** Null without a section `exchange`. */
  readonly handOvers: HandOvers | null;
}
