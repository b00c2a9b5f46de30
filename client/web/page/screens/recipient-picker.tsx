import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { type DirectoryRow } from '../../desk/view.js';
import { Foreign, IconButton } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';

const PAUSE_MS = 200;

type Search =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'found'; readonly rows: readonly DirectoryRow[] };

interface Props {
  readonly chosen: readonly string[];
  readonly onChange: (to: readonly string[]) => void;
}

/** A combo box over the directory: type, arrow keys, Enter; known practices first. */
export function RecipientPicker({ chosen, onChange }: Props): ReactNode {
  const { t } = useDesk();
  const id = useId();
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const search = useSearch(query);
  const rows = search.kind === 'found' ? search.rows.filter(({ address }) => !chosen.includes(address)) : [];
  const isOpen = query.trim() !== '' && search.kind !== 'none';
  const change = (text: string): void => {
    setQuery(text);
    setActive(0);
  };
  const take = (row: DirectoryRow | undefined): void => {
    if (row === undefined) return;
    onChange([...chosen, row.address]);
    change('');
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Backspace' && query === '' && chosen.length > 0) return onChange(chosen.slice(0, -1));
    if (!isOpen) return;
    if (event.key === 'ArrowDown') setActive(Math.min(active + 1, rows.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0));
    else if (event.key === 'Enter') take(rows[active]);
    else if (event.key === 'Escape') change('');
    else return;
    event.preventDefault();
  };
  return (
    <div className="field combo">
      <label htmlFor={id}>{t('write.to')}</label>
      <div className="combo-box">
        <Chips chosen={chosen} onChange={onChange} />
        <input
          id={id}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen && rows.length > 0 ? `${id}-${active}` : undefined}
          placeholder={chosen.length === 0 ? t('write.toHint') : undefined}
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
        />
      </div>
      <Options id={id} rows={isOpen ? rows : []} active={active} onTake={take} />
      <div className="hint" role="status">
        {search.kind === 'asking' ? t('write.searching') : isOpen && rows.length === 0 ? t('write.noneFound') : null}
      </div>
    </div>
  );
}

function Chips({ chosen, onChange }: Props): ReactNode {
  const { t } = useDesk();
  return chosen.map((address) => (
    <span key={address} className="chip">
      <Foreign text={address} />
      <IconButton
        icon="close"
        label={t('write.remove', { name: address })}
        onClick={() => onChange(chosen.filter((one) => one !== address))}
      />
    </span>
  ));
}

interface OptionsProps {
  readonly id: string;
  readonly rows: readonly DirectoryRow[];
  readonly active: number;
  readonly onTake: (row: DirectoryRow) => void;
}

function Options({ id, rows, active, onTake }: OptionsProps): ReactNode {
  const { t } = useDesk();
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label={t('write.results')}
      className="combo-list"
      hidden={rows.length === 0}
    >
      {rows.map((row, i) => (
        <div
          key={row.address}
          id={`${id}-${i}`}
          role="option"
          aria-selected={i === active}
          className="combo-option"
          onPointerDown={(event) => {
            event.preventDefault();
            onTake(row);
          }}
        >
          <Foreign as="strong" text={row.practiceName} />
          <Foreign text={row.address} />
          {row.isKnown ? <span className="tag tag-calm">{t('write.known')}</span> : null}
        </div>
      ))}
    </div>
  );
}

function useSearch(query: string): Search {
  const { worker, account } = useDesk();
  const [search, setSearch] = useState<Search>({ kind: 'none' });
  const text = query.trim();
  useEffect(() => {
    if (text === '') {
      setSearch({ kind: 'none' });
      return undefined;
    }
    let isCurrent = true;
    setSearch((before) => (before.kind === 'found' ? before : { kind: 'asking' }));
    const timer = setTimeout(() => {
      worker.call('searchDirectory', { query: text }).then(
        (rows) => isCurrent && setSearch({ kind: 'found', rows: sorted(rows, account?.address ?? '') }),
        () => isCurrent && setSearch({ kind: 'found', rows: [] }),
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [worker, text, account]);
  return search;
}

function sorted(rows: readonly DirectoryRow[], own: string): DirectoryRow[] {
  return rows
    .filter(({ address }) => address !== own)
    .sort((a, b) => Number(b.isKnown) - Number(a.isKnown) || a.practiceName.localeCompare(b.practiceName));
}
