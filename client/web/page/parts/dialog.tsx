import { type ReactNode, useEffect, useId, useRef } from 'react';
import { createPortal } from 'react-dom';

/** A question above the page: the browser keeps the focus inside, and Escape is "no". */
export function Dialog({
  title,
  onClose,
  children,
  size = 'normal',
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly size?: 'normal' | 'wide';
}): ReactNode {
  const id = useId();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const at = box.current;
    at?.showModal();
    return () => at?.close();
  }, []);
  // Outside of what asks: a form within a form is none.
  return createPortal(
    <dialog
      ref={box}
      className={`dialog dialog-${size}`}
      aria-labelledby={id}
      onSubmit={(event) => event.stopPropagation()}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>,
    document.body,
  );
}
