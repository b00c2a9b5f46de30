import { type PacsConfig } from '../config/config.js';
import { type Imports, type Treatment } from '../import/imports.js';
import { type Deed } from '../incoming/deeds.js';
import { type Incoming, type ReceivedMessage } from '../incoming/incoming.js';
import { type ReceivedFile } from '../incoming/received-files.js';
import { type Log, loggable } from '../log.js';
import { type Commitments, type Reference } from './commitment.js';
import { type ChangeInstance, type StoredInstance, referencesOf, storeFiles } from './store.js';

/** One message to one PACS, from where it was. */

export interface DeliverOptions {
  readonly incoming: Incoming;
  readonly log: Log;
  readonly imports: Imports;
  readonly commitments: Commitments | null;
  /** By PACS and message, path and code of what the PACS has refused while other things are waited for: not offered again before it is over. */
  readonly refused: Map<string, Map<string, string>>;
}

export type Outcome =
  /** There is nothing left to do now; a person, or nobody, goes on. */
  | { readonly kind: 'over' }
  /** The PACS has been asked whether it keeps everything; in so long it is asked again. */
  | { readonly kind: 'waiting'; readonly againMs: number }
  /** Tried again after a while. */
  | { readonly kind: 'failed'; readonly code: string };

/** Confirmed instances are written down at least this often: what a crash has stored again. */
const NOTE_EVERY = 50;

export function deedFor({ deeds }: ReceivedMessage, { name }: PacsConfig): Deed | undefined {
  return deeds.find(({ kind, target }) => kind === 'pacs' && target === name);
}

export async function deliver(
  options: DeliverOptions,
  message: ReceivedMessage,
  pacs: PacsConfig,
  signal: AbortSignal,
): Promise<Outcome> {
  const { incoming, log } = options;
  const instances = (await incoming.files(message.name)).filter(({ sopInstanceUid }) => sopInstanceUid !== null);
  const delivery = new Delivery(options, message, pacs, instances);
  try {
    const outcome = await delivery.run(signal);
    if (outcome.kind === 'over') log.info({ pacs: pacs.name, ...delivery.counts() }, 'PACS');
    return outcome;
  } catch (error) {
    const { code = 'internal-error' } = loggable(error);
    await delivery.note('waiting', code);
    if (signal.aborted) return { kind: 'over' };
    log.warn({ pacs: pacs.name, code, ...delivery.counts() }, 'PACS');
    return { kind: 'failed', code };
  }
}

class Delivery {
  readonly #options: DeliverOptions;
  readonly #message: ReceivedMessage;
  readonly #pacs: PacsConfig;
  readonly #instances: readonly ReceivedFile[];
  /** Paths that the PACS has answered with success. */
  readonly #confirmed: Set<string>;
  readonly #refused: Map<string, string>;
  #unsaved = 0;

  constructor(options: DeliverOptions, message: ReceivedMessage, pacs: PacsConfig, instances: readonly ReceivedFile[]) {
    [this.#options, this.#message, this.#pacs, this.#instances] = [options, message, pacs, instances];
    this.#confirmed = new Set(deedFor(message, pacs)?.confirmed ?? []);
    this.#refused = options.refused.get(this.#key()) ?? new Map<string, string>();
    options.refused.set(this.#key(), this.#refused);
  }

  counts(): { readonly instances: number; readonly total: number } {
    return { instances: this.#confirmed.size, total: this.#instances.length };
  }

  async run(signal: AbortSignal): Promise<Outcome> {
    const treatments = await this.#treatments();
    const open = this.#instances.filter(({ path }) => treatments.get(path)?.kind === 'undecided');
    for (const [path, { kind }] of treatments) if (kind === 'refused') this.#refused.set(path, 'import-refused');
    const missing = this.#instances.filter(
      ({ path }) => !this.#confirmed.has(path) && !this.#refused.has(path) && isStored(treatments.get(path)),
    );
    if (missing.length > 0) {
      this.#options.commitments?.drop(this.#key());
      await storeFiles(
        ...([this.#pacs, missing, signal] as const),
        (file, result) => this.#onResult(file, result),
        ({ path }) => changeOf(treatments.get(path)),
      );
    }
    const waiting = await this.#commitment(open.length > 0);
    if (waiting !== null) return waiting;
    if (open.length > 0) {
      await this.note('waiting', 'patient-undecided');
      return { kind: 'over' };
    }
    await this.#finish();
    return { kind: 'over' };
  }

  /** `all`: everything as it was signed. */
  #treatments(): Promise<ReadonlyMap<string, Treatment>> {
    if (this.#pacs.store !== 'match') return Promise.resolve(new Map());
    const { name, letter } = this.#message;
    return this.#options.imports.treatments({ name, from: letter.from }, this.#pacs, this.#instances);
  }

  async #onResult(file: ReceivedFile, result: StoredInstance): Promise<void> {
    if (result.kind !== 'stored') {
      this.#refused.set(file.path, codeOf(result));
      return;
    }
    this.#confirmed.add(file.path);
    this.#unsaved += 1;
    if (this.#unsaved < NOTE_EVERY) return;
    this.#unsaved = 0;
    await this.note('working', null);
  }

  #key(): string {
    return JSON.stringify([this.#pacs.name, this.#message.name]);
  }

  /**
   * PS3.4 annex J: stored is not yet kept. Asked when everything is stored that will be; what the PACS does not keep is stored once more.
   * @returns what there is to wait for, null when nothing
   */
  async #commitment(isIncomplete: boolean): Promise<Outcome | null> {
    const { commitments } = this.#options;
    if (commitments === null || this.#pacs.commitment === 'off' || isIncomplete || this.#confirmed.size === 0)
      return null;
    const state = commitments.state(this.#key());
    if (state?.kind === 'answered') return this.#answered(state.kept);
    const leftMs = state === null ? 0 : state.askedMs + this.#pacs.commitmentWait - Date.now();
    if (leftMs > 0) return { kind: 'waiting', againMs: leftMs };
    const asked = await commitments.ask(this.#pacs, this.#key(), await this.#references());
    if (asked === 'not-offered') return null;
    await this.note('waiting', 'commitment-pending');
    return { kind: 'waiting', againMs: this.#pacs.commitmentWait };
  }

  #stored(): readonly ReceivedFile[] {
    return this.#instances.filter(({ path }) => this.#confirmed.has(path));
  }

  #references(): Promise<readonly Reference[]> {
    return referencesOf(this.#stored());
  }

  async #answered(kept: ReadonlySet<string>): Promise<Outcome | null> {
    this.#options.commitments?.drop(this.#key());
    const lost = this.#stored().filter(({ sopInstanceUid }) => sopInstanceUid === null || !kept.has(sopInstanceUid));
    if (lost.length === 0) return null;
    for (const { path } of lost) this.#confirmed.delete(path);
    await this.note('waiting', 'commitment-refused');
    return { kind: 'failed', code: 'commitment-refused' };
  }

  async #finish(): Promise<void> {
    const { incoming } = this.#options;
    const { size: instances } = this.#confirmed;
    // The receipt before the note: said twice it is one receipt, said never it would be none.
    if (instances > 0) await incoming.confirmImported(this.#message.name, { instances, target: this.#pacs.aeTitle });
    const [code = null] = this.#refused.values();
    await this.note(code === null ? 'done' : 'failed', code);
    this.#options.refused.delete(this.#key());
  }

  note(state: Deed['state'], code: string | null): Promise<void> {
    return this.#options.incoming.note(this.#message.name, {
      ...{ kind: 'pacs', target: this.#pacs.name, state, code, ...this.counts() },
      // Once it is over, the number says it all.
      confirmed: state === 'done' ? [] : [...this.#confirmed],
      atMs: Date.now(),
    });
  }
}

/** Without a treatment it is stored as it is. */
function isStored(treatment: Treatment | undefined): boolean {
  return treatment === undefined || treatment.kind === 'store';
}

function changeOf(treatment: Treatment | undefined): ReturnType<ChangeInstance> {
  return treatment?.kind === 'store' ? treatment.change : null;
}

function codeOf(result: Exclude<StoredInstance, { kind: 'stored' }>): string {
  return result.kind === 'not-accepted' ? 'pacs-refused' : `status-${result.status.toString(16).padStart(4, '0')}`;
}
