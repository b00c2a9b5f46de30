import { type MarkView } from '../../desk/view.js';
import { useDesk } from '../state/desk.js';
import { formatTime } from '../texts/format.js';

/** Member and device, as they have signed. */
export function useBy(): (mark: MarkView) => string {
  const { t, language } = useDesk();
  return ({ member, device, timeMs }) => {
    const time = formatTime(timeMs, language);
    return device === null ? t('work.byMember', { member, time }) : t('work.by', { member, device, time });
  };
}
