import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { Button, Choice, Failure, Field } from '../parts/controls.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { go } from '../state/route.js';
import { type Draft, EMPTY_DRAFT, EXPIRY_DAYS, URGENT_HOURS } from './draft.js';
import { FilePicker } from './file-picker.js';
import { RecipientPicker } from './recipient-picker.js';
import { ReportPicker } from './report-picker.js';

const HOUR_MS = 3_600_000;

export function Write({ replyTo }: { readonly replyTo: string | null }): ReactNode {
  const { t } = useDesk();
  const [draft, setDraft] = useState<Draft>(EMPTY_DRAFT);
  const change = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  useReply(replyTo, change);
  const { isBusy, failure, send } = useSend(draft, replyTo);
  const missing = missingIn(draft);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (missing === null) send();
  };
  return (
    <form className="page write" onSubmit={submit}>
      <h1>{t(replyTo === null ? 'write.title' : 'write.replyTitle')}</h1>
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
      <FilePicker draft={draft} change={change} />
      <ReportPicker report={draft.report} onChange={(report) => change({ report })} />
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
      <div className="write-end">
        <span className="hint" role="status">
          {missing === null ? null : t(missing)}
        </span>
        <Button onClick={() => history.back()}>{t('write.cancel')}</Button>
        <Button type="submit" look="main" icon="sent" disabled={missing !== null || isBusy}>
          {t(isBusy ? 'write.sending' : 'write.send')}
        </Button>
      </div>
    </form>
  );
}

function missingIn(draft: Draft): 'write.needRecipient' | 'write.needContent' | null {
  if (draft.to.length === 0) return 'write.needRecipient';
  const series = draft.collection?.studies.flatMap((study) => study.series) ?? [];
  const hasSeries = series.some(({ uid }) => !draft.leftOut.includes(uid));
  const hasContent = hasSeries || draft.text.trim() !== '' || draft.report !== null || draft.attachments.length > 0;
  return hasContent ? null : 'write.needContent';
}

/** A reply goes to the sender, about the same thing. */
function useReply(replyTo: string | null, change: (part: Partial<Draft>) => void): void {
  const { worker } = useDesk();
  const apply = useRef(change);
  apply.current = change;
  useEffect(() => {
    if (replyTo === null) return;
    worker.call('openLetter', { key: replyTo }).then(
      ({ from, subject }) => {
        const again = /^re: /i.test(subject) ? subject : `Re: ${subject}`;
        if (from !== null) apply.current({ to: [from], subject: again.slice(0, 200) });
      },
      // The message is gone: what remains is a new one.
      () => go({ kind: 'write', replyTo: null }),
    );
  }, [worker, replyTo]);
}

function useSend(draft: Draft, replyTo: string | null): { isBusy: boolean; failure: string | null; send: () => void } {
  const { worker } = useDesk();
  const errorText = useErrorText();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const send = (): void => {
    setBusy(true);
    setFailure(null);
    const { to, subject, text, expiresDays, urgentHours, collection, leftOut, attachments, report } = draft;
    worker
      .call('send', {
        to,
        cc: [],
        subject: subject.trim(),
        text: text.trim(),
        urgentMs: urgentHours === 0 ? null : urgentHours * HOUR_MS,
        expiresDays,
        replyTo,
        collectionId: collection?.id ?? null,
        leftOut,
        attachments,
        report,
      })
      .then(
        () => go({ kind: 'folder', folder: 'sent', letter: null }),
        (error: unknown) => {
          setFailure(errorText(error));
          setBusy(false);
        },
      );
  };
  return { isBusy, failure, send };
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
