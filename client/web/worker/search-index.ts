import { type Account } from '../../core/account/account.js';
import { type SealedLog } from '../../core/account/sealed-log.js';
import { type Plan } from '../../core/package/plan.js';
import { wordsOf } from './plan-words.js';

/**
 * What the messages of this mailbox hold, for searching and for the list: kept as a sealed log, so that it is there before any
 * message has been opened again, and readable for nobody while the account is locked.
 */
export interface SearchIndex {
  /** Of a message whose plan has come. */
  learn(key: string, plans: readonly Plan[]): Promise<void>;
  /** A message that passes on the files of another one. */
  copy(from: string, to: string): Promise<void>;
  factsOf(key: string): Facts | null;
}

export interface Facts {
  readonly patients: readonly string[];
  readonly modalities: readonly string[];
  readonly words: string;
}

interface Entry extends Facts {
  readonly key: string;
}

const LOG = 'search';

export async function openSearchIndex(account: Account): Promise<SearchIndex> {
  const log = await account.openLog(LOG);
  const entries = await read(log);
  const keep = async (entry: Entry): Promise<void> => {
    const text = JSON.stringify(entry);
    if (text === JSON.stringify(entries.get(entry.key))) return;
    entries.set(entry.key, entry);
    await log.append(new TextEncoder().encode(text));
  };
  return {
    learn: (key, plans) => keep({ key, ...factsOf(plans) }),
    async copy(from, to) {
      const known = entries.get(from);
      if (known !== undefined) await keep({ ...known, key: to });
    },
    factsOf: (key) => entries.get(key) ?? null,
  };
}

/** The newest entry of a message counts. */
async function read(log: SealedLog): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const record of log.read()) {
    const entry = JSON.parse(new TextDecoder().decode(record)) as Entry;
    entries.set(entry.key, entry);
  }
  return entries;
}

export function factsOf(plans: readonly Plan[]): Facts {
  const studies = plans.flatMap((plan) => plan.studies);
  const modalities = studies.flatMap(({ series }) => series.map(({ modality }) => modality));
  return {
    patients: [...new Set(studies.map(({ patient }) => patient.name))],
    modalities: [...new Set(modalities.filter((modality) => modality !== ''))],
    words: plans.map(wordsOf).join('\n'),
  };
}
