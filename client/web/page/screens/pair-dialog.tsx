import { type ReactNode, useEffect, useState } from 'react';
import { type ApplicantView, type PairingView } from '../../desk/api.js';
import { type DeviceView } from '../../desk/view.js';
import { Button, Check, Failure, Foreign, Notice } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { QrCode } from '../parts/qr-code.js';
import { useDesk, useErrorText } from '../state/desk.js';

interface Props {
  readonly onClose: () => void;
  readonly onDevices: (devices: readonly DeviceView[]) => void;
}

/** A secret for ten minutes, then six digits that a person compares, then the device is in (docs/spec/pairing.md). */
export function PairDialog({ onClose, onDevices }: Props): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [pairing, setPairing] = useState<PairingView | null>(null);
  const [applicant, setApplicant] = useState<ApplicantView | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [isDone, setDone] = useState(false);
  useEffect(() => {
    const end = new AbortController();
    const options = { signal: end.signal, onProgress: setPairing as (progress: never) => void };
    worker.call('pair', null, options).then(setApplicant, (error: unknown) => {
      if (!end.signal.aborted) setFailure(errorText(error));
    });
    return () => end.abort();
  }, [worker, errorText]);
  const refuse = (): void => {
    void worker.call('refuse', null).catch(() => undefined);
    onClose();
  };
  return (
    <Dialog title={t('devices.pairTitle')} onClose={applicant === null || isDone ? onClose : refuse}>
      <Failure title={t('error.title')} text={failure} />
      {isDone ? <Notice>{t('devices.admitted')}</Notice> : null}
      {pairing !== null && applicant === null && failure === null ? <Secret pairing={pairing} /> : null}
      {applicant !== null && !isDone ? (
        <Decide
          applicant={applicant}
          onRefuse={refuse}
          onFailure={setFailure}
          onIn={(devices) => {
            onDevices(devices);
            setDone(true);
          }}
        />
      ) : (
        <div className="row dialog-end">
          <Button onClick={onClose}>{t(isDone ? 'common.close' : 'common.cancel')}</Button>
        </div>
      )}
    </Dialog>
  );
}

function Secret({ pairing }: { readonly pairing: PairingView }): ReactNode {
  const { t } = useDesk();
  const { link, words } = pairing;
  return (
    <>
      <p>{t('devices.pairText', { origin: location.origin })}</p>
      <div className="pairing">
        <QrCode text={link} label={t('devices.code')} />
        <div className="stack">
          <label className="field">
            <span className="hint">{t('devices.link')}</span>
            <input readOnly value={link} onFocus={(event) => event.target.select()} />
          </label>
          <details className="fold">
            <summary>{t('devices.words')}</summary>
            <ol className="words">
              {words.map((word, i) => (
                <li key={`${i} ${word}`} lang="en" translate="no">
                  {word}
                </li>
              ))}
            </ol>
          </details>
        </div>
      </div>
      <p role="status">{t('devices.waiting')}</p>
    </>
  );
}

interface DecideProps {
  readonly applicant: ApplicantView;
  readonly onRefuse: () => void;
  readonly onFailure: (text: string | null) => void;
  readonly onIn: (devices: readonly DeviceView[]) => void;
}

function Decide({ applicant, onRefuse, onFailure, onIn }: DecideProps): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [isAdmin, setAdmin] = useState(false);
  const [isAll, setAll] = useState(true);
  const [isBusy, setBusy] = useState(false);
  const { name, member, check } = applicant;
  const admit = (): void => {
    setBusy(true);
    onFailure(null);
    worker.call('admit', { isAdmin, history: isAll ? 'all' : 'none' }).then(onIn, (error: unknown) => {
      setBusy(false);
      onFailure(errorText(error));
    });
  };
  return (
    <div className="stack">
      <Foreign as="p" text={t('devices.asks', { name, member })} />
      <p>{t('devices.check')}</p>
      <p className="check-number">{digits(check)}</p>
      <Check label={t('devices.history')} isChecked={isAll} onChange={setAll} />
      <Check label={t('devices.admin')} isChecked={isAdmin} onChange={setAdmin} />
      <div className="row dialog-end">
        <Button disabled={isBusy} onClick={onRefuse}>
          {t('devices.refuse')}
        </Button>
        <Button look="main" disabled={isBusy} onClick={admit}>
          {t(isBusy ? 'devices.admitting' : 'devices.admit')}
        </Button>
      </div>
    </div>
  );
}

/** As they are read out: `123 456`. */
export function digits(check: string): string {
  return `${check.slice(0, 3)} ${check.slice(3)}`;
}
