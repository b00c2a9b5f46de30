import { type ReactNode, useRef } from 'react';
import { Button, Foreign, IconButton } from '../parts/controls.js';
import { Icon } from '../parts/icon.js';
import { useDesk } from '../state/desk.js';
import { formatBytes } from '../texts/format.js';

export function ReportPicker({
  report,
  onChange,
}: {
  readonly report: File | null;
  readonly onChange: (report: File | null) => void;
}): ReactNode {
  const { t, language } = useDesk();
  const input = useRef<HTMLInputElement>(null);
  return (
    <fieldset className="files">
      <legend>{t('write.report')}</legend>
      <input
        ref={input}
        className="sr-only"
        type="file"
        accept="application/pdf,.pdf"
        tabIndex={-1}
        aria-label={t('write.chooseReport')}
        onChange={(event) => {
          onChange(event.target.files?.[0] ?? null);
          event.target.value = '';
        }}
      />
      {report === null ? (
        <Button icon="file" onClick={() => input.current?.click()}>
          {t('write.chooseReport')}
        </Button>
      ) : (
        <div className="file-line">
          <Icon name="file" />
          <Foreign text={report.name} />
          <span className="hint">{formatBytes(report.size, language)}</span>
          <IconButton icon="close" label={t('write.removeReport')} onClick={() => onChange(null)} />
        </div>
      )}
    </fieldset>
  );
}
