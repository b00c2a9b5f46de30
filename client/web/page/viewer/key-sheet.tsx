import { type ReactNode, useEffect, useRef } from 'react';
import { IconButton } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { type TextKey } from '../texts/keys.js';

const KEYS: readonly (readonly [keys: string, text: TextKey])[] = [
  ['↑ ↓', 'viewer.keyScroll'],
  ['PgUp PgDn', 'viewer.keyTen'],
  ['Home End', 'viewer.keyEnds'],
  ['← →', 'viewer.keySeries'],
  ['1 – 9', 'viewer.keyWindow'],
  ['Shift + ← → ↑ ↓', 'viewer.keyAdjust'],
  ['W S P Z', 'viewer.keyTools'],
  ['L A E V', 'viewer.keyMeasure'],
  ['Enter', 'viewer.keyPoint'],
  ['Del', 'viewer.keyRemove'],
  ['+ −', 'viewer.toolZoom'],
  ['I R X', 'viewer.keyTurn'],
  ['Y', 'viewer.keyBare'],
  ['0', 'viewer.reset'],
  ['Space', 'viewer.play'],
  [', .', 'viewer.keyRate'],
  ['D', 'viewer.layoutTwo'],
  ['K', 'viewer.link'],
  ['M', 'viewer.layoutPlanes'],
  ['O', 'viewer.keyOther'],
  ['B', 'viewer.keyBeside'],
  ['Esc', 'viewer.close'],
];

/** All keys on one sheet. */
export function KeySheet({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useDesk();
  const sheet = useRef<HTMLDialogElement>(null);
  useEffect(() => sheet.current?.showModal(), []);
  return (
    <dialog ref={sheet} className="key-sheet" aria-label={t('viewer.keys')} onClose={onClose} onCancel={onClose}>
      <header>
        <h2>{t('viewer.keys')}</h2>
        <IconButton icon="close" label={t('common.close')} onClick={onClose} />
      </header>
      <dl>
        {KEYS.map(([keys, text]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
      <p className="hint">{t('viewer.mouseHint')}</p>
    </dialog>
  );
}
