import { type FormEvent, type ReactNode, useEffect, useState } from 'react';
import { type DeviceView } from '../../desk/view.js';
import { Button, Failure, Field, Foreign } from '../parts/controls.js';
import { Dialog } from '../parts/dialog.js';
import { Icon } from '../parts/icon.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { formatDate } from '../texts/format.js';
import { PairDialog } from './pair-dialog.js';
import { Section } from './section.js';

type Asked =
  | { readonly kind: 'pair' }
  | { readonly kind: 'rename'; readonly device: DeviceView }
  | { readonly kind: 'revoke'; readonly device: DeviceView };

/** The devices of the mailbox, and whose they are. */
export function DeviceSection(): ReactNode {
  const { t, worker, setAccount } = useDesk();
  const errorText = useErrorText();
  const [devices, setDevices] = useState<readonly DeviceView[]>([]);
  const [failure, setFailure] = useState<string | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    worker.call('devices', null).then(setDevices, (error: unknown) => setFailure(errorText(error)));
  }, [worker, errorText]);
  const close = (): void => setAsked(null);
  const run = (action: () => Promise<void>): void => {
    close();
    setFailure(null);
    action().catch((error: unknown) => setFailure(errorText(error)));
  };
  const isAdmin = devices.some((device) => device.isThis && device.isAdmin);
  return (
    <Section title={t('settings.devices')}>
      <Failure title={t('error.title')} text={failure} />
      <ul className="plain-list devices">
        {devices.map((device) => (
          <DeviceLine key={device.deviceId} device={device} isAdmin={isAdmin} onAsk={setAsked} />
        ))}
      </ul>
      {isAdmin ? (
        <Button icon="plus" onClick={() => setAsked({ kind: 'pair' })}>
          {t('devices.pair')}
        </Button>
      ) : (
        <p className="hint">{t('devices.pairNoAdmin')}</p>
      )}
      <Members devices={devices} />
      {asked?.kind === 'pair' ? <PairDialog onClose={close} onDevices={setDevices} /> : null}
      {asked?.kind === 'rename' ? (
        <Rename
          device={asked.device}
          onClose={close}
          onName={(name) =>
            run(async () => {
              const { deviceId } = asked.device;
              const changed = await worker.call('renameDevice', { deviceId, name });
              setDevices(changed.devices);
              setAccount(changed.account);
            })
          }
        />
      ) : null}
      {asked?.kind === 'revoke' ? (
        <Revoke
          device={asked.device}
          onClose={close}
          onReason={(reason) =>
            run(async () => setDevices(await worker.call('revokeDevice', { deviceId: asked.device.deviceId, reason })))
          }
        />
      ) : null}
    </Section>
  );
}

function Members({ devices }: { readonly devices: readonly DeviceView[] }): ReactNode {
  const { t } = useDesk();
  const there = devices.filter(({ isRevoked }) => !isRevoked);
  const names = [...new Set(there.flatMap(({ member }) => (member === null ? [] : [member])))];
  return (
    <div className="members">
      <h3>{t('devices.members')}</h3>
      <ul className="plain-list">
        {names
          .sort((a, b) => a.localeCompare(b))
          .map((name) => (
            <li key={name} className="file-line">
              <Icon name="person" />
              <Foreign text={name} />
              <span className="hint">
                {there
                  .filter(({ member }) => member === name)
                  .map((device) => device.name ?? t('settings.device', { id: device.deviceId.slice(0, 8) }))
                  .join(', ')}
              </span>
            </li>
          ))}
      </ul>
      <p className="hint">{t('devices.membersHint')}</p>
    </div>
  );
}

interface LineProps {
  readonly device: DeviceView;
  readonly isAdmin: boolean;
  readonly onAsk: (asked: Asked) => void;
}

function DeviceLine({ device, isAdmin, onAsk }: LineProps): ReactNode {
  const { t, language } = useDesk();
  const { deviceId, member, addedMs, isThis, isRevoked } = device;
  const name = nameOf(device);
  return (
    <li className="device" data-revoked={isRevoked}>
      <div className="device-what">
        <Foreign as="strong" text={name} />{' '}
        <span className="hint">
          <Foreign text={member ?? ''} /> · {t('devices.since', { date: formatDate(addedMs, language) })} ·{' '}
          <code>{deviceId.slice(0, 8)}</code>
        </span>
      </div>
      <div className="row">
        {isThis ? <span className="tag tag-calm">{t('settings.thisDevice')}</span> : null}
        {device.isAdmin && !isRevoked ? <span className="tag tag-calm">{t('devices.isAdmin')}</span> : null}
        {isRevoked ? <span className="tag tag-bad">{t('settings.revoked')}</span> : null}
        {isRevoked || device.name === null ? null : (
          <Button
            size="small"
            aria-label={t('devices.of', { what: t('devices.rename'), name })}
            onClick={() => onAsk({ kind: 'rename', device })}
          >
            {t('devices.rename')}
          </Button>
        )}
        {isRevoked || isThis || !isAdmin ? null : (
          <Button
            size="small"
            look="danger"
            aria-label={t('devices.of', { what: t('devices.revoke'), name })}
            onClick={() => onAsk({ kind: 'revoke', device })}
          >
            {t('devices.revoke')}
          </Button>
        )}
      </div>
    </li>
  );
}

function nameOf({ name, deviceId }: DeviceView): string {
  return name ?? deviceId.slice(0, 8);
}

interface RenameProps {
  readonly device: DeviceView;
  readonly onName: (name: string) => void;
  readonly onClose: () => void;
}

function Rename({ device, onName, onClose }: RenameProps): ReactNode {
  const { t } = useDesk();
  return (
    <Ask
      title={t('devices.rename')}
      label={t('devices.newName')}
      initial={nameOf(device)}
      maxLength={100}
      action={t('devices.rename')}
      look="main"
      onAnswer={onName}
      onClose={onClose}
    />
  );
}

interface RevokeProps {
  readonly device: DeviceView;
  readonly onReason: (reason: string) => void;
  readonly onClose: () => void;
}

function Revoke({ device, onReason, onClose }: RevokeProps): ReactNode {
  const { t } = useDesk();
  return (
    <Ask
      title={t('devices.revokeTitle', { name: nameOf(device) })}
      text={t('devices.revokeText')}
      label={t('devices.reason')}
      initial=""
      maxLength={200}
      action={t('devices.revoke')}
      look="danger"
      onAnswer={onReason}
      onClose={onClose}
    />
  );
}

interface AskProps {
  readonly title: string;
  readonly text?: string;
  readonly label: string;
  readonly initial: string;
  readonly maxLength: number;
  readonly action: string;
  readonly look: 'main' | 'danger';
  readonly onAnswer: (answer: string) => void;
  readonly onClose: () => void;
}

function Ask({ title, text, label, initial, maxLength, action, look, onAnswer, onClose }: AskProps): ReactNode {
  const { t } = useDesk();
  const [answer, setAnswer] = useState(initial);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onAnswer(answer.trim());
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {text === undefined ? null : <p>{text}</p>}
        <Field
          label={label}
          value={answer}
          required
          maxLength={maxLength}
          autoComplete="off"
          onChange={(event) => setAnswer(event.target.value)}
        />
        <div className="row dialog-end">
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" look={look} disabled={answer.trim() === ''}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
