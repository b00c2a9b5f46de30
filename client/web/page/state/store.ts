import {
  type AlarmView,
  type DeskEvent,
  type LetterRow,
  type LetterState,
  type LineState,
  type SendingView,
} from '../../desk/view.js';

/** What the worker has told: the one copy of it on the page. Emptied when the account is locked. */
export interface DeskState {
  readonly rows: readonly LetterRow[];
  /** Newer than the row's own. */
  readonly states: ReadonlyMap<string, LetterState>;
  /** Verified files of a message that came since it was opened. */
  readonly arrived: ReadonlyMap<string, ReadonlySet<string>>;
  /** Counts up when the plan of a message has come. */
  readonly plans: ReadonlyMap<string, number>;
  readonly sendings: readonly SendingView[];
  readonly line: LineState | null;
  /** The newest; each is an object of its own. */
  readonly news: Extract<DeskEvent, { kind: 'news' }> | null;
  readonly alarm: AlarmView | null;
}

const EMPTY: DeskState = {
  rows: [],
  states: new Map(),
  arrived: new Map(),
  plans: new Map(),
  sendings: [],
  line: null,
  news: null,
  alarm: null,
};

export interface DeskStore {
  current(): DeskState;
  subscribe(listen: () => void): () => void;
  apply(event: DeskEvent): void;
  clear(): void;
}

export function createStore(): DeskStore {
  let state = EMPTY;
  const listeners = new Set<() => void>();
  const set = (next: DeskState): void => {
    state = next;
    for (const listen of listeners) listen();
  };
  return {
    current: () => state,
    subscribe(listen) {
      listeners.add(listen);
      return () => listeners.delete(listen);
    },
    apply: (event) => set(next(state, event)),
    clear: () => set(EMPTY),
  };
}

function next(state: DeskState, event: DeskEvent): DeskState {
  switch (event.kind) {
    case 'mailbox':
      return { ...state, rows: event.rows, states: new Map() };
    case 'letter-state':
      return { ...state, states: new Map(state.states).set(event.key, event.state) };
    case 'arrived': {
      const files = new Set([...(state.arrived.get(event.key) ?? []), ...event.fileIds]);
      return { ...state, arrived: new Map(state.arrived).set(event.key, files) };
    }
    case 'plan':
      return { ...state, plans: new Map(state.plans).set(event.key, (state.plans.get(event.key) ?? 0) + 1) };
    case 'sendings':
      return { ...state, sendings: event.sendings };
    case 'line':
      return { ...state, line: event.line };
    case 'news':
      return { ...state, news: event };
    case 'alarm':
      return { ...state, alarm: event.alarm === null ? null : (state.alarm ?? event.alarm) };
  }
}

/** A row with the newest that is known of its state. */
export function stateOf(state: DeskState, row: LetterRow): LetterState {
  return state.states.get(row.key) ?? row.state;
}
