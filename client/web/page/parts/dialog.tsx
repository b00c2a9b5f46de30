import { type ReactNode, useEffect, useId, useRef } from 'react';

/** A question above the page: the browser keeps the focus inside, and Escape is "no". */
export function Dialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}): ReactNode {
  const id = useId();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const at = box.current;
    at?.showModal();
    return () => at?.close();
  }, []);
  return (
    <dialog
      ref={box}
      className="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}
