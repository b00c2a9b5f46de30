import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Button, Choice, Failure, Field, Foreign } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { go } from '../state/route.js';
import { formatBytes } from '../texts/format.js';
import { BlockedDialog } from './blocked-dialog.js';
import { DeidentifyPicker } from './deidentify-picker.js';
import { type Draft, EMPTY_DRAFT, EXPIRY_DAYS, URGENT_HOURS, isDeidentified, missingIn, sizeOf } from './draft.js';
import { FilePicker } from './file-picker.js';
import { GuardDialog } from './guard-dialog.js';
import { Priors } from './priors.js';
import { RecipientPicker } from './recipient-picker.js';
import { ReportPicker } from './report-picker.js';
import { useSend } from './use-send.js';

interface Props {
  readonly replyTo: string | null;
  readonly forwardOf: string | null;
}

export function Write({ replyTo, forwardOf }: Props): ReactNode {
  const { t } = useDesk();
  const [draft, setDraft] = useState<Draft>({ ...EMPTY_DRAFT, forwardOf });
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const about = useAbout(replyTo ?? forwardOf, replyTo === null ? 'forward' : 'reply', change);
  const { isBusy, failure, findings, blocked, progress, look, send, sendConfirmed, back } = useSend(draft, replyTo);
  const missing = missingIn(draft);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (missing === null) look();
  };
  const title = replyTo !== null ? 'write.replyTitle' : forwardOf !== null ? 'write.forwardTitle' : 'write.title';
  return (
    <form className="page write" onSubmit={submit}>
      <h1>{t(title)}</h1>
      <Failure title={t('error.title')} text={failure} />
      <RecipientPicker chosen={draft.to} onChange={(to) => change({ to })} />
      <Field
        label={t('write.subject')}
        value={draft.subject}
        maxLength={200}
        autoComplete="off"
        onChange={(event) => change({ subject: event.target.value })}
      />
      <TextArea label={t('write.text')} value={draft.text} onChange={(text) => change({ text })} />
      {forwardOf === null ? null : (
        <div className="notice">
          <Foreign text={t('write.forwardText', { subject: about || t('mailbox.noSubject') })} />
        </div>
      )}
      {replyTo === null ? null : (
        <Priors replyTo={replyTo} chosen={draft.forwardOf} onChange={(prior) => change({ forwardOf: prior })} />
      )}
      {draft.forwardOf !== null ? null : <Contents draft={draft} change={change} />}
      <Conditions draft={draft} change={change} />
      <div className="write-end">
        <span className="hint" role="status">
          {missing !== null ? (
            t(missing)
          ) : progress === null ? (
            <Total draft={draft} />
          ) : (
            <Working draft={draft} bytes={progress} />
          )}
        </span>
        <Button onClick={() => history.back()}>{t('write.cancel')}</Button>
        <Button type="submit" look="main" icon="sent" disabled={missing !== null || isBusy}>
          {t(isBusy ? 'write.sending' : 'write.send')}
        </Button>
      </div>
      {findings === null ? null : <GuardDialog findings={findings} onSend={send} onBack={back} />}
      {blocked === null ? null : <BlockedDialog blocked={blocked} onSend={sendConfirmed} onBack={back} />}
    </form>
  );
}

interface PartProps {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

/** Files, what is taken out of them, and the report that goes along. */
function Contents({ draft, change }: PartProps): ReactNode {
  return (
    <>
      <FilePicker draft={draft} change={change} />
      {draft.collection === null || draft.collection.studies.length === 0 ? null : (
        <DeidentifyPicker draft={draft} change={change} />
      )}
      {isDeidentified(draft) ? null : <ReportPicker report={draft.report} onChange={(report) => change({ report })} />}
    </>
  );
}

function Conditions({ draft, change }: PartProps): ReactNode {
  const { t } = useDesk();
  return (
    <div className="columns">
      <Choice
        label={t('write.urgency')}
        value={draft.urgentHours}
        options={URGENT_HOURS.map(
          (n) =>
            [n, t(n === 0 ? 'write.urgentNone' : n === 1 ? 'write.urgentHour' : 'write.urgentHours', { n })] as const,
        )}
        onChange={(urgentHours) => change({ urgentHours })}
      />
      <Choice
        label={t('write.expiry')}
        value={draft.expiresDays}
        options={EXPIRY_DAYS.map((n) => [n, t('write.days', { n })] as const)}
        onChange={(expiresDays) => change({ expiresDays })}
      />
    </div>
  );
}

/** What travels, and whether the relay has room for it. */
function Total({ draft }: { readonly draft: Draft }): ReactNode {
  const { t, language, worker } = useDesk();
  const { files, bytes } = sizeOf(draft);
  const [room, setRoom] = useState<number | null>(null);
  useEffect(() => {
    worker.call('room', null).then(setRoom, () => setRoom(null));
  }, [worker]);
  if (draft.forwardOf !== null) return null;
  if (files === 0) return t('write.totalNone');
  const total = t('write.total', { size: formatBytes(bytes, language), n: files });
  if (room === null) return total;
  const size = formatBytes(room, language);
  if (bytes > room) return <span className="hint-error">{t('write.noRoom', { size })}</span>;
  return `${total} · ${t('write.room', { size })}`;
}

function Working({ draft, bytes }: { readonly draft: Draft; readonly bytes: number }): ReactNode {
  const { t, language } = useDesk();
  const total = formatBytes(sizeOf(draft).bytes, language);
  return t('deid.working', { done: formatBytes(bytes, language), total });
}

const MAX_SUBJECT = 200;
const PREFIX = { reply: ['Re: ', /^re: /i], forward: ['Fwd: ', /^(fwd|wg): /i] } as const;

/** An answer goes to the sender; both are about the same thing. @returns the subject of the message it is about */
function useAbout(key: string | null, kind: 'reply' | 'forward', change: (part: Partial<Draft>) => void): string {
  const { worker } = useDesk();
  const apply = useRef(change);
  apply.current = change;
  const [about, setAbout] = useState('');
  useEffect(() => {
    if (key === null) return;
    worker.call('openLetter', { key }).then(
      ({ from, subject }) => {
        const [prefix, known] = PREFIX[kind];
        setAbout(subject);
        const again = (known.test(subject) ? subject : `${prefix}${subject}`).slice(0, MAX_SUBJECT);
        if (kind === 'forward') apply.current({ subject: again });
        else if (from !== null) apply.current({ to: [from], subject: again });
      },
      // The message is gone: what remains is a new one.
      () => go({ kind: 'write', replyTo: null, forwardOf: null }),
    );
  }, [worker, key, kind]);
  return about;
}

function TextArea({
  label,
  value,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
}): ReactNode {
  return (
    <div className="field">
      <label htmlFor="write-text">{label}</label>
      <textarea
        id="write-text"
        rows={6}
        maxLength={100_000}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
