import { type KeyboardEvent, type ReactNode, useEffect, useId, useState } from 'react';
import { type DirectoryRow } from '../../desk/view.js';
import { Foreign, IconButton } from '../parts/controls.js';
import { Icon } from '../parts/icon.js';
import { useDesk } from '../state/desk.js';
import { answersTo } from './recipient-rows.js';
import { SafetyDialog } from './safety-dialog.js';

const PAUSE_MS = 200;

type Search =
  | { readonly kind: 'none' }
  | { readonly kind: 'asking' }
  | {
      readonly kind: 'found';
      readonly query: string;
      readonly isMore: boolean;
      readonly rows: readonly DirectoryRow[];
    };

interface Props {
  readonly chosen: readonly string[];
  readonly onChange: (to: readonly string[]) => void;
}

/** A combo box over the directory: type, arrow keys, Enter; verified names first. Empty, it offers favourites and recent ones. */
export function RecipientPicker({ chosen, onChange }: Props): ReactNode {
  const { t } = useDesk();
  const id = useId();
  const combo = useCombo(chosen, onChange);
  const { query, rows, active, isAsked, isOpen, take } = combo;
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
          onChange={(event) => combo.change(event.target.value)}
          onClick={combo.open}
          onFocus={() => combo.setFocus(true)}
          onBlur={() => combo.setFocus(false)}
          onKeyDown={combo.onKeyDown}
        />
      </div>
      <Options id={id} isAsked={isAsked} rows={isOpen ? rows : []} active={active} onTake={take} />
      <div className="hint" role="status">
        <Outcome {...combo} />
      </div>
    </div>
  );
}

function Outcome({ isAsking, isOpen, isMore, rows }: ReturnType<typeof useCombo>): ReactNode {
  const { t } = useDesk();
  if (isAsking) return t('write.searching');
  if (!isOpen) return null;
  return rows.length === 0 ? t('write.noneFound') : isMore ? t('write.moreFound') : null;
}

/** What the box shows and which keys do what. */
function useCombo(chosen: Props['chosen'], onChange: Props['onChange']) {
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const [hasFocus, setFocus] = useState(false);
  const [isClosed, setClosed] = useState(false);
  const search = useSearch(query, hasFocus);
  const found = search.kind === 'found' ? answersTo(query, search.query, search.rows) : [];
  const rows = found.filter(({ address }) => !chosen.includes(address));
  const isAsked = query.trim() !== '';
  const isOpen = hasFocus && !isClosed && (isAsked ? search.kind !== 'none' : rows.length > 0);
  const change = (text: string): void => {
    setQuery(text);
    setActive(0);
    setClosed(false);
  };
  const close = (): void => {
    change('');
    setClosed(true);
  };
  const take = (row: DirectoryRow | undefined): void => {
    if (row === undefined) return;
    onChange([...chosen, row.address]);
    close();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Backspace' && query === '' && chosen.length > 0) return onChange(chosen.slice(0, -1));
    if (event.key === 'ArrowDown' && !isOpen) setClosed(false);
    else if (!isOpen) return;
    else if (event.key === 'ArrowDown') setActive(Math.min(active + 1, rows.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0));
    else if (event.key === 'Enter') take(rows[active]);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  };
  const open = (): void => setClosed(false);
  const isOld = search.kind === 'found' && search.query !== query.trim() && rows.length === 0;
  const isAsking = search.kind === 'asking' || isOld;
  const isMore = search.kind === 'found' && search.isMore;
  return { query, rows, active, isAsked, isOpen, isAsking, isMore, change, take, open, setFocus, onKeyDown };
}

/** Each chosen one with what can be asked about it before anything is sealed to it. */
function Chips({ chosen, onChange }: Props): ReactNode {
  const { t } = useDesk();
  const [asked, setAsked] = useState<string | null>(null);
  return (
    <>
      {chosen.map((address) => (
        <span key={address} className="chip">
          <Foreign text={address} />
          <Favourite address={address} />
          <IconButton
            icon="shield"
            label={t('contacts.of', { what: t('write.safety'), name: address })}
            onClick={() => setAsked(address)}
          />
          <IconButton
            icon="close"
            label={t('write.remove', { name: address })}
            onClick={() => onChange(chosen.filter((one) => one !== address))}
          />
        </span>
      ))}
      {asked === null ? null : <SafetyDialog address={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

function Favourite({ address }: { readonly address: string }): ReactNode {
  const { t, worker } = useDesk();
  const [isFavourite, setFavourite] = useState(false);
  useEffect(() => {
    worker.call('suggestions', null).then(
      (rows) => setFavourite(rows.some((row) => row.address === address && row.isFavourite)),
      () => setFavourite(false),
    );
  }, [worker, address]);
  const toggle = async (): Promise<void> => {
    await worker.call('setFavourite', { address, isFavourite: !isFavourite });
    setFavourite(!isFavourite);
  };
  return (
    <IconButton
      icon="star"
      aria-pressed={isFavourite}
      label={t('contacts.of', { what: t('write.favourite'), name: address })}
      onClick={() => void toggle()}
    />
  );
}

interface OptionsProps {
  readonly id: string;
  readonly isAsked: boolean;
  readonly rows: readonly DirectoryRow[];
  readonly active: number;
  readonly onTake: (row: DirectoryRow) => void;
}

function Options({ id, isAsked, rows, active, onTake }: OptionsProps): ReactNode {
  const { t } = useDesk();
  return (
    <div
      id={`${id}-list`}
      role="listbox"
      aria-label={t(isAsked ? 'write.results' : 'write.suggestions')}
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
          {row.practiceName === '' ? null : <Foreign as="strong" text={row.practiceName} />}
          <Foreign text={row.address} />
          <span className="row">
            {row.isFavourite ? <Icon name="star" /> : null}
            {row.isNameVerified ? <span className="tag tag-verified">{t('write.nameVerified')}</span> : null}
            {row.isInPerson ? <span className="tag tag-verified">{t('write.inPerson')}</span> : null}
            {row.isKnown ? <span className="tag tag-calm">{t('write.known')}</span> : null}
          </span>
        </div>
      ))}
    </div>
  );
}

function useSearch(query: string, hasFocus: boolean): Search {
  const { worker, account } = useDesk();
  const [search, setSearch] = useState<Search>({ kind: 'none' });
  const text = query.trim();
  useEffect(() => {
    let isCurrent = true;
    const show = (rows: readonly DirectoryRow[], isMore = false): void => {
      if (isCurrent)
        setSearch({
          kind: 'found',
          query: text,
          isMore,
          rows: rows.filter(({ address }) => address !== account?.address),
        });
    };
    const nothing = (): void => show([]);
    if (text === '') {
      setSearch({ kind: 'none' });
      if (hasFocus) worker.call('suggestions', null).then((rows) => show(rows), nothing);
      return () => {
        isCurrent = false;
      };
    }
    setSearch((before) => (before.kind === 'found' && before.rows.length > 0 ? before : { kind: 'asking' }));
    const timer = setTimeout(() => {
      worker
        .call('searchDirectory', { query: text })
        .then(({ rows, isMore }) => show([...rows].sort(byTrust), isMore), nothing);
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [worker, text, hasFocus, account]);
  return search;
}

/** Whose name somebody vouches for, whom this practice has met; then by name. */
function byTrust(a: DirectoryRow, b: DirectoryRow): number {
  const rank = ({ isNameVerified, isInPerson, isFavourite, isKnown }: DirectoryRow): number =>
    8 * Number(isNameVerified) + 4 * Number(isInPerson) + 2 * Number(isFavourite) + Number(isKnown);
  return rank(b) - rank(a) || a.practiceName.localeCompare(b.practiceName);
}
