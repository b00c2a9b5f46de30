import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { type ContactPolicy, type ContactView, type ContactsView } from '../../desk/view.js';
import { Button, Choice, Failure, Foreign } from '../parts/controls.js';
import { LongList } from '../parts/long-list.js';
import { useDesk, useErrorText } from '../state/desk.js';
import { SafetyDialog } from './safety-dialog.js';
import { Section } from './section.js';

/** Whose messages are taken, and whom somebody has made sure of. */
export function ContactSection(): ReactNode {
  const { t, worker } = useDesk();
  const errorText = useErrorText();
  const [view, setView] = useState<ContactsView | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [asked, setAsked] = useState<string | null>(null);
  const load = useCallback(() => {
    worker.call('contacts', null).then(setView, (error: unknown) => setFailure(errorText(error)));
  }, [worker, errorText]);
  useEffect(load, [load]);
  const run = (action: Promise<null>): void => {
    setFailure(null);
    action.then(load, (error: unknown) => setFailure(errorText(error)));
  };
  const policies: readonly (readonly [ContactPolicy, string])[] = [
    ['all', t('contacts.policyAll')],
    ['verified', t('contacts.policyVerified')],
    ['known', t('contacts.policyKnown')],
  ];
  return (
    <Section title={t('contacts.title')}>
      <Failure title={t('error.title')} text={failure} />
      {view === null ? null : (
        <>
          <Choice
            label={t('contacts.policy')}
            hint={t('contacts.policyHint')}
            value={view.policy}
            options={policies}
            onChange={(policy) => run(worker.call('setContactPolicy', { policy }))}
          />
          {view.contacts.length === 0 ? <p className="muted">{t('contacts.none')}</p> : null}
          <LongList
            block="ul"
            className="plain-list devices"
            items={view.contacts}
            keyOf={({ mailboxId }) => mailboxId}
            rowHeight={64}
            render={(contact) => (
              <ContactLine
                contact={contact}
                onSafety={setAsked}
                onPermit={(permission) => run(worker.call('permit', { mailboxId: contact.mailboxId, permission }))}
              />
            )}
          />
        </>
      )}
      {asked === null ? null : (
        <SafetyDialog
          address={asked}
          onClose={() => {
            setAsked(null);
            load();
          }}
        />
      )}
    </Section>
  );
}

interface LineProps {
  readonly contact: ContactView;
  readonly onSafety: (address: string) => void;
  readonly onPermit: (permission: 'allowed' | 'denied' | 'none') => void;
}

function ContactLine({ contact, onSafety, onPermit }: LineProps): ReactNode {
  const { t } = useDesk();
  const { address, mailboxId, practiceName, isNameVerified, permission, inPerson, isFormer } = contact;
  const name = address ?? mailboxId.slice(0, 12);
  const labelled = (what: string): string => t('contacts.of', { what, name });
  return (
    <li className="device">
      <div className="device-what">
        {practiceName === null ? null : <Foreign as="strong" text={practiceName} />} <Foreign text={name} />{' '}
        <span className="row-tags">
          {isNameVerified ? <span className="tag tag-verified">{t('contacts.nameVerified')}</span> : null}
          {inPerson === null ? null : <span className="tag tag-verified">{t('contacts.inPerson')}</span>}
          {permission === 'allowed' ? <span className="tag tag-calm">{t('contacts.allowed')}</span> : null}
          {permission === 'denied' ? <span className="tag tag-bad">{t('contacts.denied')}</span> : null}
          {isFormer ? <span className="tag tag-bad">{t('contacts.former')}</span> : null}
        </span>
      </div>
      <div className="row">
        {address === null || isFormer ? null : (
          <Button
            size="small"
            icon="shield"
            aria-label={labelled(t('contacts.safety'))}
            onClick={() => onSafety(address)}
          >
            {t('contacts.safety')}
          </Button>
        )}
        {permission === 'allowed' ? null : (
          <Button size="small" aria-label={labelled(t('contacts.allow'))} onClick={() => onPermit('allowed')}>
            {t('contacts.allow')}
          </Button>
        )}
        {permission === 'denied' ? null : (
          <Button size="small" aria-label={labelled(t('contacts.deny'))} onClick={() => onPermit('denied')}>
            {t('contacts.deny')}
          </Button>
        )}
        {permission === null ? null : (
          <Button size="small" aria-label={labelled(t('contacts.forget'))} onClick={() => onPermit('none')}>
            {t('contacts.forget')}
          </Button>
        )}
      </div>
    </li>
  );
}
