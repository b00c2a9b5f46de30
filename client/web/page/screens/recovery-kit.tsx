import { type ReactNode, useState } from 'react';
import { Button, Check, Notice } from '../parts/controls.js';
import { saveFile } from '../parts/save-file.js';
import { useDesk } from '../state/desk.js';
import { formatDate } from '../texts/format.js';
import { type Enrolled } from './enrolled.js';
import { Gate } from './gate.js';

/** Those of the code; four more name the witnesses (docs/spec/keystore.md). */
const CODE_WORDS = 24;

/** The words, once: to print or to save, and only then on. */
export function RecoveryKit({
  enrolled,
  onDone,
}: {
  readonly enrolled: Enrolled;
  readonly onDone: () => void;
}): ReactNode {
  const { t, language } = useDesk();
  const [isKept, setKept] = useState(false);
  const { account, words, passkeyFailure } = enrolled;
  const save = (): void => {
    const lines = [
      t('kit.fileTitle'),
      account.address,
      formatDate(Date.now(), language),
      '',
      ...words.map((word, i) => `${String(i + 1).padStart(2)}  ${word}`),
      '',
      t('kit.warning'),
    ];
    const text = new TextEncoder().encode(`${lines.join('\r\n')}\r\n`);
    saveFile(t('kit.fileName', { address: account.address.replaceAll(/[^a-z0-9.-]/g, '_') }), 'text/plain', text);
  };
  return (
    <Gate title={t('kit.title')} wide>
      <p className="step no-print">{t('welcome.step', { n: 3 })}</p>
      <p className="lead">{t('kit.intro')}</p>
      <p className="kit-address">
        <strong dir="auto">{account.address}</strong> · {formatDate(Date.now(), language)}
      </p>
      <ol className="words" aria-label={t('kit.words')}>
        {words.map((word, i) => (
          <li key={`${i} ${word}`} lang="en" translate="no">
            {word}
          </li>
        ))}
      </ol>
      <p className="hint">{t('kit.warning')}</p>
      {words.length > CODE_WORDS ? null : <Notice kind="warn">{t('kit.unwitnessed')}</Notice>}
      {passkeyFailure === null ? null : (
        <Notice kind="warn">{t('welcome.passkeyLater', { reason: passkeyFailure })}</Notice>
      )}
      <div className="row no-print">
        <Button icon="print" onClick={() => print()}>
          {t('kit.print')}
        </Button>
        <Button icon="download" onClick={save}>
          {t('kit.save')}
        </Button>
      </div>
      <div className="stack no-print">
        <Check label={t('kit.kept')} isChecked={isKept} onChange={setKept} />
        <Button look="main" disabled={!isKept} onClick={onDone}>
          {t('kit.done')}
        </Button>
      </div>
    </Gate>
  );
}
