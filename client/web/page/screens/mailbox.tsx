import { type ReactNode, useDeferredValue, useState } from 'react';
import { type LetterRow } from '../../desk/view.js';
import { Icon } from '../parts/icon.js';
import { VirtualList } from '../parts/virtual-list.js';
import { useDesk, useDeskState } from '../state/desk.js';
import { go } from '../state/route.js';
import { formatPersonName } from '../texts/format.js';
import { Letter } from './letter.js';
import { RowView } from './row-view.js';
import { SendingList } from './sending-list.js';

const ROW_HEIGHT = 84;

interface Props {
  readonly folder: 'inbox' | 'sent';
  readonly letter: string | null;
}

/** The list on the left, a message on the right; on a narrow screen one after the other. */
export function Mailbox({ folder, letter }: Props): ReactNode {
  const { t } = useDesk();
  return (
    <div className="mailbox" data-open={letter !== null}>
      <h1 className="sr-only">{t(folder === 'inbox' ? 'nav.inbox' : 'nav.sent')}</h1>
      <ListPane folder={folder} letter={letter} />
      {letter === null ? (
        <div className="detail-pane detail-empty">
          <p className="empty-title">{t('mailbox.choose')}</p>
          <p>{t('mailbox.chooseText')}</p>
        </div>
      ) : (
        <Letter key={letter} letterKey={letter} folder={folder} />
      )}
    </div>
  );
}

function ListPane({ folder, letter }: Props): ReactNode {
  const { t } = useDesk();
  const rows = useDeskState((state) => state.rows);
  const [filter, setFilter] = useState('');
  const wanted = useDeferredValue(filter.trim().toLowerCase());
  const own = rows.filter((row) => row.folder === folder);
  const shown = wanted === '' ? own : own.filter((row) => textOf(row).includes(wanted));
  const name = t(folder === 'inbox' ? 'nav.inbox' : 'nav.sent');
  return (
    <section className="list-pane" aria-label={t('mailbox.list')}>
      <div className="list-head">
        <span className="list-title" aria-hidden="true">
          {name}
        </span>
        <span className="hint">{own.length === 1 ? t('mailbox.countOne') : t('mailbox.count', { n: own.length })}</span>
      </div>
      <div className="search">
        <Icon name="search" />
        <input
          type="search"
          aria-label={t('mailbox.filter')}
          placeholder={t('mailbox.filter')}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      {folder === 'sent' ? <SendingList /> : null}
      {shown.length === 0 ? (
        <NothingHere folder={folder} isFiltered={own.length > 0} />
      ) : (
        <VirtualList
          label={name}
          items={shown}
          keyOf={(row) => row.key}
          rowHeight={ROW_HEIGHT}
          selected={letter}
          onOpen={(row) => go({ kind: 'folder', folder, letter: row.key })}
          render={(row) => <RowView row={row} />}
        />
      )}
    </section>
  );
}

function NothingHere({ folder, isFiltered }: Pick<Props, 'folder'> & { readonly isFiltered: boolean }): ReactNode {
  const { t, account } = useDesk();
  if (isFiltered) return <p className="empty">{t('mailbox.noMatch')}</p>;
  const kind = folder === 'inbox' ? 'emptyInbox' : 'emptySent';
  return (
    <div className="empty">
      <p className="empty-title">{t(`mailbox.${kind}`)}</p>
      <p>{t(`mailbox.${kind}Text`, { address: account?.address ?? '' })}</p>
    </div>
  );
}

function textOf(row: LetterRow): string {
  const patients = row.patients.map(formatPersonName);
  return [row.from ?? '', ...row.to, row.subject, ...row.patients, ...patients, ...row.modalities]
    .join(' ')
    .toLowerCase();
}
