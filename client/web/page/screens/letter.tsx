import { type ReactNode, Suspense, lazy, useLayoutEffect, useRef, useState } from 'react';
import { type DocumentView, type LetterView, type ReceiptView } from '../../desk/view.js';
import { Button, Failure, Foreign, IconButton, visible } from '../parts/controls.js';
import { Icon } from '../parts/icon.js';
import { saveFile } from '../parts/save-file.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { go, hashOf } from '../state/route.js';
import { useLetter } from '../state/use-letter.js';
import { formatBytes, formatDate, formatTime } from '../texts/format.js';
import { errorKey } from '../texts/translate.js';
import { ConsentCard } from './consent-card.js';
import { LetterActions } from './letter-actions.js';
import { StudyCard } from './study-card.js';
import { StateTag, UrgentTag, VerifiedTag } from './tags.js';
import { WithdrawalCard } from './withdrawal.js';
import { WorkPanel } from './work-panel.js';

const Report = lazy(async () => ({ default: (await import('../report/report.js')).Report }));

interface Props {
  readonly letterKey: string;
  readonly folder: 'inbox' | 'sent';
}

export function Letter({ letterKey, folder }: Props): ReactNode {
  const { t } = useDesk();
  const errorText = useErrorText();
  const { letter, failure } = useLetter(letterKey);
  const isQuarantined = letterKey.startsWith('quarantine/');
  const isRemoved = letterKey.startsWith('removed/');
  const isUnopened = isQuarantined || isRemoved;
  const pane = useRef<HTMLElement>(null);
  useLayoutEffect(() => pane.current?.querySelector('h2')?.focus(), [letter === null]);
  return (
    <article ref={pane} className="detail-pane">
      <div className="back">
        <IconButton
          icon="back"
          label={t('mailbox.back')}
          onClick={() => go({ kind: 'folder', folder, letter: null })}
        />
      </div>
      {isQuarantined ? <Quarantined /> : null}
      {isRemoved ? <h2 tabIndex={-1}>{t('mailbox.removed')}</h2> : null}
      {failure !== null && !isUnopened ? <Failure title={t('error.title')} text={errorText(failure)} /> : null}
      {letter === null && failure === null && !isUnopened ? <p role="status">{t('letter.loading')}</p> : null}
      {letter === null ? null : <Content letter={letter} folder={folder} />}
    </article>
  );
}

function Quarantined(): ReactNode {
  const { t } = useDesk();
  return (
    <>
      <h2 tabIndex={-1}>{t('mailbox.quarantine')}</h2>
      <p>{t('letter.quarantineText', { code: t('state.quarantined') })}</p>
    </>
  );
}

interface ContentProps {
  readonly letter: LetterView;
  readonly folder: 'inbox' | 'sent';
}

function Content({ letter, folder }: ContentProps): ReactNode {
  const isInbox = folder === 'inbox';
  return (
    <>
      <Head letter={letter} folder={folder} />
      <div className="letter-body">
        <div className="letter-main">
          <Main letter={letter} folder={folder} />
        </div>
        <div className="letter-side">
          {letter.isWithdrawn ? <WithdrawalCard letterKey={letter.key} /> : null}
          {isInbox ? null : <Receipts receipts={letter.receiptList} />}
          {letter.state.kind === 'held' ? null : <WorkPanel letter={letter} />}
          <Thread letter={letter} />
        </div>
      </div>
    </>
  );
}

/** What the sender has written and sent along. */
function Main({ letter, folder }: ContentProps): ReactNode {
  const { t } = useDesk();
  const reports = letter.documents.filter(({ kind }) => kind === 'report');
  const attachments = letter.documents.filter(({ kind }) => kind === 'attachment');
  const isInbox = folder === 'inbox';
  return (
    <>
      {letter.state.kind === 'held' ? <ConsentCard letter={letter} /> : null}
      <section aria-label={t('letter.text')}>
        {letter.text === '' ? <p className="muted">{t('letter.noText')}</p> : <Paragraphs text={letter.text} />}
      </section>
      {reports.map((report) => (
        <ReportCard key={report.fileId} letter={letter} document={report} />
      ))}
      {letter.studyList.length === 0 ? null : (
        <section className="studies" aria-label={t('letter.studies')}>
          <h3>{t('letter.studies')}</h3>
          {letter.studyList.map((study) => (
            <StudyCard key={study.uid} letter={letter} study={study} folder={folder} />
          ))}
        </section>
      )}
      {isInbox && letter.studies > 0 && letter.studyList.length === 0 && letter.state.kind !== 'held' ? (
        <p role="status">{t('letter.planComing')}</p>
      ) : null}
      {!isInbox && letter.instances > 0 ? <p className="hint">{t('letter.sentCopy')}</p> : null}
      {attachments.length === 0 ? null : (
        <section aria-label={t('letter.attachments')}>
          <h3>{t('letter.attachments')}</h3>
          <ul className="plain-list">
            {attachments.map((document) => (
              <li key={document.fileId} className="file-line">
                <Icon name="file" />
                <Foreign text={document.name} />
                <SaveButton letter={letter} document={document} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function Head({ letter, folder }: ContentProps): ReactNode {
  const { t } = useDesk();
  return (
    <header className="letter-head">
      <h2 tabIndex={-1} dir="auto" className="foreign">
        {letter.subject === '' ? t('mailbox.noSubject') : visible(letter.subject)}
      </h2>
      <div className="row-tags">
        <UrgentTag deadlineMs={letter.deadlineMs} isRead={letter.isRead} />
        {letter.state.kind === 'complete' ? (
          <span className="tag tag-good">
            <Icon name="check" />
            {letter.instances > 0 && letter.from !== null
              ? t('state.verifiedComplete', { n: letter.instances, sender: letter.from })
              : t('state.complete')}
          </span>
        ) : (
          <StateTag row={letter} state={letter.state} />
        )}
      </div>
      {letter.state.kind === 'failed' ? (
        <p className="hint hint-error">{`${t(errorKey(letter.state.code))} ${t('state.failedAgain')}`}</p>
      ) : null}
      <Facts letter={letter} folder={folder} />
      <RevokedOrigin letter={letter} />
      {letter.missing > 0 ? <p className="notice notice-warn">{t('mailbox.missing', { n: letter.missing })}</p> : null}
      <LetterActions letter={letter} folder={folder} />
    </header>
  );
}

function Facts({ letter, folder }: ContentProps): ReactNode {
  const { t, language } = useDesk();
  return (
    <dl className="letter-facts">
      <Fact name={t('letter.from')}>
        {folder === 'inbox' && letter.practice !== null ? (
          <>
            <Foreign as="strong" text={letter.practice} />{' '}
          </>
        ) : null}
        <Foreign text={letter.from ?? ''} />{' '}
        {folder === 'inbox' ? <VerifiedTag isVerified={letter.isVerified} /> : null}
      </Fact>
      <Fact name={t('letter.signedBy')}>
        <Foreign text={letter.member} />
      </Fact>
      {letter.origin === null ? null : (
        <Fact name={t('letter.sealedBy')}>
          <Foreign text={letter.origin.from ?? t('letter.sealedByUnknown')} />
        </Fact>
      )}
      <Fact name={t('letter.to')}>
        <Foreign text={letter.to.join(', ')} />
      </Fact>
      {letter.cc.length === 0 ? null : (
        <Fact name={t('letter.cc')}>
          <Foreign text={letter.cc.join(', ')} />
        </Fact>
      )}
      <Fact name={t(folder === 'inbox' ? 'letter.received' : 'letter.sent')}>
        {formatTime(letter.receivedMs, language)}
      </Fact>
      <Fact name={t('letter.expires')}>{formatDate(letter.expiresMs, language)}</Fact>
    </dl>
  );
}

/** The signature under forwarded files may be younger than the revocation of the device that made it: a person is told (attack A38). */
function RevokedOrigin({ letter: { origin } }: { readonly letter: LetterView }): ReactNode {
  const { t, language } = useDesk();
  if (origin === null || origin.revoked === null) return null;
  const { timeMs, reason } = origin.revoked;
  const day = timeMs === null ? '?' : formatDate(timeMs, language);
  return (
    <p className="notice notice-warn">
      {t('letter.sealedByRevoked', { day })} <Foreign text={reason} />
    </p>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Text as text: nothing in it becomes a link, an image or a heading (attack A12). */
function Paragraphs({ text }: { readonly text: string }): ReactNode {
  return (
    <div className="letter-text">
      {text.split(/\n{2,}/).map((part, i) => (
        <Foreign key={`${i} ${part.length}`} as="p" text={part} />
      ))}
    </div>
  );
}

interface DocumentProps {
  readonly letter: LetterView;
  readonly document: DocumentView;
}

function ReportCard({ letter, document }: DocumentProps): ReactNode {
  const { t, language } = useDesk();
  const [isOpen, setOpen] = useState(false);
  const isHere = letter.here.includes(document.fileId);
  return (
    <section className="card">
      <div className="card-head">
        <Icon name="file" />
        <div className="card-title">
          <strong>{t('letter.report')}</strong> <Foreign text={document.name} />
          <span className="hint"> {formatBytes(document.size, language)}</span>
        </div>
        <div className="row">
          {document.mediaType === 'application/pdf' ? (
            <Button size="small" disabled={!isHere} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {t(isOpen ? 'report.close' : 'letter.showReport')}
            </Button>
          ) : null}
          <SaveButton letter={letter} document={document} />
        </div>
      </div>
      {isOpen && isHere ? (
        <Suspense fallback={<p role="status">{t('report.loading')}</p>}>
          <Report letterKey={letter.key} fileId={document.fileId} />
        </Suspense>
      ) : null}
    </section>
  );
}

function SaveButton({ letter, document }: DocumentProps): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [failure, setFailure] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    const bytes = await worker.call('document', { key: letter.key, fileId: document.fileId });
    saveFile(document.name, 'application/octet-stream', bytes as Uint8Array<ArrayBuffer>);
  };
  return (
    <>
      <Button
        size="small"
        icon="download"
        disabled={!letter.here.includes(document.fileId)}
        onClick={() => void save().catch((error: unknown) => setFailure(errorText(error)))}
      >
        {t('letter.save')}
      </Button>
      <Failure title={t('error.title')} text={failure} />
    </>
  );
}

/** Other messages of the conversation, in the order they came. */
function Thread({ letter }: { readonly letter: LetterView }): ReactNode {
  const { t, language } = useDesk();
  if (letter.thread.length === 0) return null;
  return (
    <section aria-label={t('work.thread')}>
      <h3>{t('work.thread')}</h3>
      <ul className="plain-list thread">
        {letter.thread.map(({ key, folder, from, subject, receivedMs }) => (
          <li key={key}>
            <Icon name={folder === 'sent' ? 'sent' : 'inbox'} />
            <a href={hashOf({ kind: 'folder', folder, letter: key })}>
              <Foreign text={subject === '' ? t('mailbox.noSubject') : subject} />
            </a>
            <span className="hint">
              <Foreign text={from ?? ''} /> · {formatTime(receivedMs, language)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Receipts({ receipts }: { readonly receipts: readonly ReceiptView[] }): ReactNode {
  const { t, language } = useDesk();
  return (
    <section aria-label={t('letter.receipts')}>
      <h3>{t('letter.receipts')}</h3>
      {receipts.length === 0 ? <p className="muted">{t('letter.noReceipts')}</p> : null}
      <ul className="plain-list receipts">
        {receipts.map((receipt, i) => (
          <li key={`${i} ${receipt.kind}`}>
            <span className="tag tag-good">
              <Icon name="check" />
              {t(`receipt.${receipt.kind}`)}
            </span>
            <span>
              <Foreign text={receipt.from ?? ''} /> · <Foreign text={receipt.member} />
            </span>
            <span className="hint">
              {formatTime(receipt.timeMs, language)} ·{' '}
              {t('receipt.line', { n: receipt.instances, total: receipt.total })}
            </span>
            {receipt.agrees ? null : <span className="tag tag-bad">{t('receipt.differs')}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
