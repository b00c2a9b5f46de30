import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { Button, IconButton } from '../parts/controls.js';
import { Icon } from '../parts/icon.js';
import { useDesk } from '../state/desk.js';

/** Above everything, while there is an alarm. */
export function AlarmBanner({ onShow }: { readonly onShow: () => void }): ReactNode {
  const { t } = useDesk();
  return (
    <div className="alarm-banner" role="alert">
      <Icon name="warning" />
      <span>{t('alarm.banner')}</span>
      <Button size="small" onClick={onShow}>
        {t('alarm.show')}
      </Button>
    </div>
  );
}

/** To whoever has settled it just now, who was on a page that is gone. */
export function SettledNotice({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useDesk();
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.focus(), []);
  return (
    <div ref={box} className="settled-notice" role="status" tabIndex={-1}>
      <Icon name="check" />
      <span>{t('alarm.settled')}</span>
      <IconButton icon="close" label={t('common.close')} onClick={onClose} />
    </div>
  );
}
