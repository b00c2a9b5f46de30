import { type ReactNode, useEffect, useState } from 'react';
import { type Answer } from '../../desk/rpc.js';
import { type DeskApi } from '../../desk/api.js';
import { Choice } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { formatDate } from '../texts/format.js';

const NONE = '';

interface Props {
  readonly replyTo: string;
  readonly chosen: string | null;
  readonly onChange: (key: string | null) => void;
}

/** Earlier studies of the patient that an answer is about: they go along without being sent again. */
export function Priors({ replyTo, chosen, onChange }: Props): ReactNode {
  const { t, worker, language } = useDesk();
  const [priors, setPriors] = useState<Answer<DeskApi['priorsOf']>>([]);
  useEffect(() => {
    worker.call('priorsOf', { key: replyTo }).then(setPriors, () => setPriors([]));
  }, [worker, replyTo]);
  if (priors.length === 0) return null;
  const text = ({ subject, receivedMs, from }: (typeof priors)[number]): string =>
    `${formatDate(receivedMs, language)} · ${subject || t('mailbox.noSubject')} · ${from ?? ''}`;
  return (
    <Choice
      label={t('write.priors')}
      hint={t('write.priorsHint')}
      value={chosen ?? NONE}
      options={[[NONE, t('write.noPriors')] as const, ...priors.map((prior) => [prior.key, text(prior)] as const)]}
      onChange={(key) => onChange(key === NONE ? null : key)}
    />
  );
}
