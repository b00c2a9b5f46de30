import { practiceName } from '../../core/directory/practice-name.js';
import { type Desk } from '../../core/desk.js';
import { type Imports } from '../import/imports.js';
import { openErrands } from '../incoming/errands.js';
import { type Incoming, type ReceivedMessage } from '../incoming/incoming.js';
import { type Log } from '../log.js';
import { type Part } from '../part.js';
import { type LocalPatients } from '../patients/local-patients.js';
import { type HandedStore, openHanded } from './handed.js';
import { handOverTo } from './hand-over.js';
import { openRequests } from './requests.js';
import { type ExchangeConfig } from '../config/exchange.js';

/** Handing over to the practice software: what waits for a person, and his word. */
export interface HandOvers {
  readonly store: HandedStore;
  /** Names of the configuration. */
  readonly targets: readonly string[];
  /** Looks at what waits once more. */
  again(): void;
}

export interface Exchanges extends AsyncDisposable {
  /** None without a section `exchange`. */
  readonly parts: readonly Part[];
  readonly handOvers: HandOvers | null;
  /** Settles when everything that is due has been tried. */
  settle(): Promise<void>;
}

export interface ExchangesOptions {
  readonly log: Log;
  readonly desk: Desk;
  /** The gateway's data folder. */
  readonly folder: string;
  readonly exchanges: readonly ExchangeConfig[];
  readonly incoming: Incoming;
  readonly patients: LocalPatients;
  readonly imports: Imports;
}

export async function openExchanges(options: ExchangesOptions): Promise<Exchanges> {
  const { log, desk, exchanges, incoming, patients, imports } = options;
  if (exchanges.length === 0) {
    const nothing = Promise.resolve();
    return { parts: [], handOvers: null, settle: () => nothing, [Symbol.asyncDispose]: () => nothing };
  }
  const handed = await openHanded(options.folder);
  const nameOf = ({ letter }: ReceivedMessage): string =>
    practiceName(desk.account, letter.stored.header.sender.mailboxId, desk.clock.now())?.name ?? letter.from;
  const errands = openErrands({
    ...{ name: 'exchange', log, incoming },
    errands: exchanges.map((exchange) => handOverTo({ exchange, incoming, handed, patients, imports, nameOf })),
  });
  const requests = exchanges.flatMap(({ requests: folder, ...exchange }) =>
    folder === undefined ? [] : [openRequests({ log, exchange: { ...exchange, requests: folder }, patients })],
  );
  const again = (): void => void errands.settle();
  // Somebody has been named, here or for the PACS: what waits may be his.
  const listening = [
    patients.events.subscribe(again),
    imports.events.subscribe(({ kind }) => void (kind === 'decided' && again())),
  ];
  const parts = [errands, ...requests];
  return {
    parts,
    handOvers: { store: handed, targets: exchanges.map(({ name }) => name), again },
    settle: () => errands.settle(),
    async [Symbol.asyncDispose]() {
      for (const one of listening) one[Symbol.dispose]();
      for (const part of [...parts].reverse()) await part[Symbol.asyncDispose]();
    },
  };
}
