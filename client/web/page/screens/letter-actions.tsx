import { type ReactNode, useState } from 'react';
import { type MediumPlace } from '../../desk/api.js';
import { type LetterView } from '../../desk/view.js';
import { Button, Failure, Notice, Progress } from '../parts/controls.js';
import { chooseFolderToWrite, chooseZipToWrite } from '../parts/choose-place.js';
import { PacsButtons } from './pacs-action.js';
import { Withdraw } from './withdrawal.js';
import { saveBlob } from '../parts/save-file.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { go } from '../state/route.js';
import { formatBytes } from '../texts/format.js';

interface Props {
  readonly letter: LetterView;
  readonly folder: 'inbox' | 'sent';
}

/** What can be done with a message. */
export function LetterActions({ letter, folder }: Props): ReactNode {
  const { t } = useDesk();
  const isInbox = folder === 'inbox';
  const hasImages = letter.studyList.length > 0 && isInbox;
  const isWhole = letter.state.kind === 'complete';
  const hasFiles = letter.instances > 0 || letter.bytes > 0;
  const isHeld = letter.state.kind === 'held';
  const { saving, failure, save } = useSaving(letter);
  const write = (replyTo: string | null, forwardOf: string | null): void => go({ kind: 'write', replyTo, forwardOf });
  return (
    <>
      <div className="row letter-actions">
        {hasImages ? (
          <Button look="main" icon="images" onClick={() => go({ kind: 'images', folder, letter: letter.key })}>
            {t('letter.open')}
          </Button>
        ) : null}
        {isInbox && !isHeld ? (
          <Button icon="reply" data-action="reply" onClick={() => write(letter.key, null)}>
            {t('letter.reply')}
          </Button>
        ) : null}
        {hasFiles && (isWhole || !isInbox) ? (
          <Button icon="forward" data-action="forward" onClick={() => write(null, letter.key)}>
            {t('letter.forward')}
          </Button>
        ) : null}
        {isInbox || letter.isWithdrawn ? null : <Withdraw letterKey={letter.key} />}
        <span className="letter-more">
          {isInbox && hasImages && isWhole ? <PacsButtons letterKey={letter.key} /> : null}
          {isInbox && hasFiles && isWhole ? <SaveButtons isBusy={saving.kind === 'saving'} save={save} /> : null}
          <Button look="quiet" size="small" icon="print" onClick={() => print()}>
            {t('letter.print')}
          </Button>
        </span>
      </div>
      <SavingState letter={letter} saving={saving} failure={failure} />
    </>
  );
}

type Saving =
  | { readonly kind: 'no' }
  | { readonly kind: 'saving'; readonly bytes: number }
  | { readonly kind: 'saved'; readonly images: number; readonly bytes: number };

interface SaveProps {
  readonly isBusy: boolean;
  readonly save: (kind: MediumPlace['kind']) => void;
}

/** A zip or a folder with DICOMDIR, as a PACS or a viewer of the practice takes it. */
function SaveButtons({ isBusy, save }: SaveProps): ReactNode {
  const { t } = useDesk();
  return (
    <>
      <Button look="quiet" size="small" icon="download" disabled={isBusy} onClick={() => save('zip')}>
        {t('letter.saveZip')}
      </Button>
      {'showDirectoryPicker' in globalThis ? (
        <Button look="quiet" size="small" icon="folder" disabled={isBusy} onClick={() => save('folder')}>
          {t('letter.saveFolder')}
        </Button>
      ) : null}
    </>
  );
}

interface SavingProps {
  readonly letter: LetterView;
  readonly saving: Saving;
  readonly failure: string | null;
}

function SavingState({ letter, saving, failure }: SavingProps): ReactNode {
  const { t, language } = useDesk();
  if (saving.kind === 'no' && failure === null) return null;
  const done = saving.kind === 'saving' ? formatBytes(saving.bytes, language) : '';
  const text = t('letter.saving', { done, total: formatBytes(letter.bytes, language) });
  return (
    <div className="save-medium">
      <Failure title={t('error.title')} text={failure} />
      {saving.kind === 'saving' ? (
        <>
          <Progress label={text} value={saving.bytes} max={letter.bytes} />
          <p className="hint">{text}</p>
        </>
      ) : null}
      {saving.kind === 'saved' ? (
        <Notice>{t('letter.savedMedium', { n: saving.images, size: formatBytes(saving.bytes, language) })}</Notice>
      ) : null}
    </div>
  );
}

function useSaving(letter: LetterView) {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [saving, setSaving] = useState<Saving>({ kind: 'no' });
  const [failure, setFailure] = useState<string | null>(null);
  const name = t('letter.mediumName', { id: letter.messageId.slice(0, 8) });
  const run = async (kind: MediumPlace['kind']): Promise<void> => {
    const place = kind === 'zip' ? await chooseZipToWrite(name) : await chooseFolderToWrite();
    if (place === null) return;
    setSaving({ kind: 'saving', bytes: 0 });
    const onProgress = ({ bytes }: { bytes: number }): void => setSaving({ kind: 'saving', bytes });
    const saved = await worker.call('saveMedium', { key: letter.key, place }, { onProgress });
    if (saved.blob !== null) saveBlob(name, saved.blob);
    setSaving({ kind: 'saved', images: saved.instances, bytes: saved.bytes });
  };
  const save = (kind: MediumPlace['kind']): void => {
    setFailure(null);
    run(kind).catch((error: unknown) => {
      setSaving({ kind: 'no' });
      setFailure(errorText(error));
    });
  };
  return { saving, failure, save };
}
