import { type ReactNode, useState } from 'react';
import { Button, Check, Choice } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { type TextKey } from '../texts/keys.js';
import { type Draft } from './draft.js';
import { PreviewDialog } from './preview-dialog.js';

interface Props {
  readonly draft: Draft;
  readonly change: (part: Partial<Draft>) => void;
}

const PROFILES: readonly (readonly [string, TextKey])[] = [
  ['', 'deid.none'],
  ['basic', 'deid.basic'],
  ['second-opinion', 'deid.secondOpinion'],
  ['teaching', 'deid.teaching'],
  ['research', 'deid.research'],
];

/** PS3.15 §E.3, in the order of its table. */
const OPTIONS = [
  'retainSafePrivate',
  'retainUIDs',
  'retainDeviceIdentity',
  'retainInstitutionIdentity',
  'retainPatientCharacteristics',
  'retainLongFullDates',
  'retainLongModifiedDates',
  'cleanDescriptors',
  'cleanStructuredContent',
  'cleanGraphics',
  'cleanPixelData',
  'cleanVisualFeatures',
] as const;

/** Whether the patient goes along, and if not, by which rules he is taken out: shown before anything is made. */
export function DeidentifyPicker({ draft, change }: Props): ReactNode {
  const { t } = useDesk();
  const [isOpen, setOpen] = useState(false);
  const { deidentify } = draft;
  const choose = (profile: string): void =>
    change({ deidentify: profile === '' ? null : { profile, options: deidentify?.options ?? [] } });
  return (
    <fieldset className="files">
      <legend>{t('deid.title')}</legend>
      <Choice
        label={t('deid.profile')}
        value={deidentify?.profile ?? ''}
        options={PROFILES.map(([name, key]) => [name, t(key)] as const)}
        onChange={choose}
        {...(deidentify === null ? {} : { hint: t('deid.hint') })}
      />
      {deidentify === null ? null : (
        <>
          {draft.report === null && draft.attachments.length === 0 ? null : (
            <p className="notice notice-warn">{t('deid.noReport')}</p>
          )}
          <details className="fold">
            <summary>{`${t('deid.options')} (${deidentify.options.length})`}</summary>
            <div className="columns deid-options">
              {OPTIONS.map((option) => (
                <Check
                  key={option}
                  label={t(`deid.${option}`)}
                  isChecked={deidentify.options.includes(option)}
                  onChange={(isIn) => {
                    const others = deidentify.options.filter((one) => one !== option);
                    change({ deidentify: { ...deidentify, options: isIn ? [...others, option] : others } });
                  }}
                />
              ))}
            </div>
          </details>
          <div className="row">
            <Button icon="images" onClick={() => setOpen(true)}>
              {t('deid.preview')}
            </Button>
          </div>
        </>
      )}
      {isOpen && deidentify !== null && draft.collection !== null ? (
        <PreviewDialog
          collection={draft.collection}
          leftOut={draft.leftOut}
          how={deidentify}
          masks={draft.masks}
          onMasks={(masks) => change({ masks })}
          onClose={() => setOpen(false)}
        />
      ) : null}
    </fieldset>
  );
}
