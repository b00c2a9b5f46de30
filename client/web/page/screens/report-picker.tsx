import { type ReactNode, useRef } from 'react';
import { type Chosen } from '../../desk/api.js';
import { chooseToSend } from '../parts/choose-place.js';
import { chosenFrom } from '../parts/chosen.js';
import { Button, Foreign, IconButton } from '../parts/controls.js';
import { Icon } from '../parts/icon.js';
import { useDesk } from '../state/desk.js';
import { formatBytes } from '../texts/format.js';
import { type ChosenReport } from './draft.js';

interface Props {
  readonly report: ChosenReport | null;
  readonly onChange: (report: ChosenReport | null) => void;
}

export function ReportPicker({ report, onChange }: Props): ReactNode {
  const { t, language } = useDesk();
  const input = useRef<HTMLInputElement>(null);
  const take = async ([chosen]: readonly Chosen[]): Promise<void> => {
    if (chosen !== undefined) onChange(await chosenReport(chosen));
  };
  const ask = (): void => input.current?.click();
  // Like the images: by a handle the next visit finds it again.
  const choose = (): void => {
    chooseToSend('report')
      .then((chosen) => (chosen === null ? ask() : take(chosen)), ask)
      .catch(ask);
  };
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
          void take(chosenFrom([...(event.target.files ?? [])]));
          event.target.value = '';
        }}
      />
      {report === null ? (
        <Button icon="file" onClick={choose}>
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

async function chosenReport(chosen: Chosen): Promise<ChosenReport> {
  const file = chosen.kind === 'file' ? chosen.file : await (chosen.handle as FileSystemFileHandle).getFile();
  return { chosen, name: file.name, size: file.size };
}
