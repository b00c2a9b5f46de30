import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type LetterRow } from '../../desk/view.js';
import { Icon } from '../parts/icon.js';
import { VirtualList } from '../parts/virtual-list.js';
import { useDesk, useDeskState } from '../state/desk.js';
import { go } from '../state/route.js';
import { type TextKey } from '../texts/keys.js';
import { Letter } from './letter.js';
import { FILTERS, type Filter, fits } from './mailbox-filter.js';
import { RowView } from './row-view.js';
import { SendingList } from './sending-list.js';
import { useConversations } from './use-conversations.js';

const ROW_HEIGHT = 84;

interface Props {
  readonly folder: 'inbox' | 'sent';
  readonly letter: string | null;
}

/** The list on the left, a message on the right; on a narrow screen one after the other. */
export function Mailbox({ folder, letter }: Props): ReactNode {
  const { t } = useDesk();
  const box = useRef<HTMLDivElement>(null);
  const onKeyDown = useMailboxKeys(box, letter);
  return (
    <div ref={box} className="mailbox" data-open={letter !== null} onKeyDown={onKeyDown}>
      <h1 className="sr-only">{t(folder === 'inbox' ? 'nav.inbox' : 'nav.sent')}</h1>
      <ListPane folder={folder} letter={letter} />
      {letter === null ? <NothingChosen /> : <Letter key={letter} letterKey={letter} folder={folder} />}
    </div>
  );
}

const KEY_HINTS: readonly (readonly [keys: string, text: TextKey])[] = [
  ['↑ ↓', 'work.keyMove'],
  ['→ ←', 'work.keyFold'],
  ['Enter', 'work.keyOpen'],
  ['/', 'work.keySearch'],
  ['N', 'write.title'],
  ['R', 'letter.reply'],
  ['F', 'letter.forward'],
  ['C', 'work.claim'],
  ['D', 'work.markDone'],
];

function NothingChosen(): ReactNode {
  const { t } = useDesk();
  return (
    <div className="detail-pane detail-empty">
      <Icon name="inbox" />
      <p className="empty-title">{t('mailbox.choose')}</p>
      <dl className="key-hints" aria-label={t('work.keys')}>
        {KEY_HINTS.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** By the keys that stand in the hint; each presses what can be seen, and none works while somebody types. */
const KEYS: Readonly<Record<string, string>> = { r: 'reply', f: 'forward', c: 'claim', d: 'done' };

function useMailboxKeys(box: { current: HTMLDivElement | null }, letter: string | null) {
  return (event: KeyboardEvent): void => {
    const { target } = event;
    const isTyping = target instanceof HTMLElement && target.matches('input, textarea, select, dialog *');
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = KEYS[event.key.toLowerCase()];
    if (event.key === '/') box.current?.querySelector<HTMLInputElement>('input[type=search]')?.focus();
    else if (event.key.toLowerCase() === 'n') go({ kind: 'write', replyTo: null, forwardOf: null });
    else if (action !== undefined && letter !== null) {
      box.current?.querySelector<HTMLButtonElement>(`[data-action=${action}]:enabled`)?.click();
    } else return;
    event.preventDefault();
  };
}

function ListPane({ folder, letter }: Props): ReactNode {
  const { t, account } = useDesk();
  const rows = useDeskState((state) => state.rows);
  const [query, setQuery] = useState('');
  const [filter, setFilter] = useState<Filter>('all');
  const found = useFound(query.trim(), rows);
  const own = rows.filter((row) => row.folder === folder);
  const member = account?.member ?? '';
  const shown = useMemo(
    () =>
      rows.filter(
        (row) => row.folder === folder && (found === null || found.has(row.key)) && fits(row, filter, member),
      ),
    [rows, folder, found, filter, member],
  );
  const { entries, unfold, turn } = useConversations(shown, letter, query.trim() !== '');
  const name = t(folder === 'inbox' ? 'nav.inbox' : 'nav.sent');
  return (
    <section className="list-pane" aria-label={t('mailbox.list')}>
      <div className="list-head">
        <span className="list-title" aria-hidden="true">
          {name}
        </span>
        <span className="hint" role="status">
          {shown.length === 1 ? t('mailbox.countOne') : t('mailbox.count', { n: shown.length })}
        </span>
      </div>
      <div className="search">
        <Icon name="search" />
        <input
          type="search"
          aria-label={t('mailbox.filter')}
          placeholder={t('mailbox.filter')}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
      </div>
      <Filters filter={filter} onChange={setFilter} rows={own} member={member} />
      {folder === 'sent' ? <SendingList /> : null}
      {shown.length === 0 ? (
        <NothingHere folder={folder} isSearched={query.trim() !== ''} isFiltered={own.length > 0} />
      ) : (
        <VirtualList
          label={name}
          items={entries}
          keyOf={({ row }) => row.key}
          rowHeight={ROW_HEIGHT}
          selected={letter}
          onOpen={(entry) => {
            if (entry.kind === 'folded') unfold(entry);
            go({ kind: 'folder', folder, letter: entry.row.key });
          }}
          onTurn={turn}
          render={(entry) => <RowView entry={entry} onTurn={(way) => void turn(entry, way)} />}
        />
      )}
    </section>
  );
}

interface FiltersProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
  readonly rows: readonly LetterRow[];
  readonly member: string;
}

function Filters({ filter, onChange, rows, member }: FiltersProps): ReactNode {
  const { t } = useDesk();
  return (
    <div className="filters" role="group" aria-label={t('work.filter')}>
      {FILTERS.map((one) => {
        const count = one === 'all' ? 0 : rows.filter((row) => fits(row, one, member)).length;
        return (
          <button key={one} type="button" aria-pressed={one === filter} onClick={() => onChange(one)}>
            {t(`work.${one}`)}
            {count > 0 ? <span className="filter-count"> {count}</span> : null}
          </button>
        );
      })}
    </div>
  );
}

const PAUSE_MS = 120;

/** Keys of what the search finds; null while nothing is searched. The worker looks: texts and fields stay with it. */
function useFound(query: string, rows: readonly LetterRow[]): ReadonlySet<string> | null {
  const { worker } = useDesk();
  const [found, setFound] = useState<ReadonlySet<string> | null>(null);
  const look = useCallback(() => {
    worker.call('search', { query }).then(
      (keys) => setFound(new Set(keys)),
      () => setFound(new Set()),
    );
  }, [worker, query]);
  useEffect(() => {
    if (query === '') {
      setFound(null);
      return undefined;
    }
    const timer = setTimeout(look, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [look, query, rows]);
  return found;
}

interface NothingProps {
  readonly folder: Props['folder'];
  readonly isSearched: boolean;
  readonly isFiltered: boolean;
}

function NothingHere({ folder, isSearched, isFiltered }: NothingProps): ReactNode {
  const { t, account } = useDesk();
  if (isFiltered) return <p className="empty">{t(isSearched ? 'mailbox.noMatch' : 'mailbox.emptyFilter')}</p>;
  const kind = folder === 'inbox' ? 'emptyInbox' : 'emptySent';
  return (
    <div className="empty">
      <p className="empty-title">{t(`mailbox.${kind}`)}</p>
      <p>{t(`mailbox.${kind}Text`, { address: account?.address ?? '' })}</p>
    </div>
  );
}
