import { type ReactNode } from 'react';
import { type LetterView, type StudyView } from '../../desk/view.js';
import { Foreign } from '../parts/controls.js';
import { LongList } from '../parts/long-list.js';
import { useDesk } from '../state/desk.js';
import { formatDicomDate, formatPersonName } from '../texts/format.js';

interface Props {
  readonly letter: LetterView;
  readonly study: StudyView;
  readonly folder: 'inbox' | 'sent';
}

/** A study as the plan describes it, and how much of each series is here. */
export function StudyCard({ letter, study, folder }: Props): ReactNode {
  const { t } = useDesk();
  const here = new Set(letter.here);
  const isInbox = folder === 'inbox';
  return (
    <div className="card study">
      <PatientLine study={study} />
      <div className="study-line">
        <Foreign as="strong" text={study.description === '' ? '–' : study.description} />
        <span className="hint">
          <StudyFacts study={study} />
        </span>
      </div>
      <table className="series-table">
        <LongList
          block="tbody"
          items={study.series}
          keyOf={({ uid }) => uid}
          rowHeight={32}
          render={(series) => {
            const count = series.instances.filter(({ fileId }) => here.has(fileId)).length;
            const total = series.instances.length;
            return (
              <tr>
                <td className="modality">{series.modality}</td>
                <td>
                  <Foreign text={series.description === '' ? '–' : series.description} />
                </td>
                <td className="number">
                  {!isInbox || count === total
                    ? total === 1
                      ? t('mailbox.image')
                      : t('mailbox.images', { n: total })
                    : t('sending.progress', { done: count, total })}
                </td>
              </tr>
            );
          }}
        />
      </table>
    </div>
  );
}

export function PatientLine({ study: { patient } }: { readonly study: StudyView }): ReactNode {
  const { t, language } = useDesk();
  const born =
    patient.birthDate === '' ? null : t('letter.born', { date: formatDicomDate(patient.birthDate, language) });
  const rest = [born, patient.sex, patient.id].filter((part) => part !== null && part !== '');
  return (
    <div className="patient">
      <Foreign as="strong" text={formatPersonName(patient.name) || '–'} />
      {rest.map((part) => (
        <Foreign key={part} text={` · ${part}`} />
      ))}
    </div>
  );
}

function StudyFacts({ study }: { readonly study: StudyView }): ReactNode {
  const { language } = useDesk();
  const physician = formatPersonName(study.referringPhysician);
  const parts = [formatDicomDate(study.date, language), study.accessionNumber, physician].filter((part) => part !== '');
  return <Foreign text={parts.join(' · ')} />;
}
