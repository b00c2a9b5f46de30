import { type ButtonHTMLAttributes, type InputHTMLAttributes, type ReactNode, useId } from 'react';
import { Icon, type IconName } from './icon.js';

/** The few controls that everything is made of: the browser's own, with one look. */

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> {
  readonly look?: 'main' | 'plain' | 'quiet' | 'danger';
  readonly icon?: IconName;
  readonly size?: 'normal' | 'small';
}

export function Button({ look = 'plain', icon, size = 'normal', children, ...rest }: ButtonProps): ReactNode {
  return (
    <button type="button" className={`button button-${look} button-${size}`} {...rest}>
      {icon === undefined ? null : <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className'> {
  readonly icon: IconName;
  readonly label: string;
}

export function IconButton({ icon, label, ...rest }: IconButtonProps): ReactNode {
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'className' | 'id'> {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | null;
}

export function Field({ label, hint, error = null, ...rest }: FieldProps): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        aria-describedby={hint === undefined && error === null ? undefined : `${id}-hint`}
        aria-invalid={error !== null}
        {...rest}
      />
      <div id={`${id}-hint`} className={error === null ? 'hint' : 'hint hint-error'}>
        {error ?? hint}
      </div>
    </div>
  );
}

interface ChoiceProps<T extends string | number> {
  readonly label: string;
  readonly value: T;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChange: (value: T) => void;
  readonly hint?: string;
}

export function Choice<T extends string | number>({
  label,
  value,
  options,
  onChange,
  hint,
}: ChoiceProps<T>): ReactNode {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => {
          const found = options.find(([one]) => String(one) === event.target.value);
          if (found !== undefined) onChange(found[0]);
        }}
      >
        {options.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
      {hint === undefined ? null : (
        <div id={`${id}-hint`} className="hint">
          {hint}
        </div>
      )}
    </div>
  );
}

interface CheckProps {
  readonly label: ReactNode;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
  readonly hint?: string;
}

export function Check({ label, isChecked, onChange, hint }: CheckProps): ReactNode {
  const id = useId();
  return (
    <div className="check">
      <input
        id={id}
        type="checkbox"
        checked={isChecked}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {hint === undefined ? null : (
        <div id={`${id}-hint`} className="hint">
          {hint}
        </div>
      )}
    </div>
  );
}

export function Failure({ title, text }: { readonly title: string; readonly text: string | null }): ReactNode {
  if (text === null) return null;
  return (
    <div className="notice notice-bad" role="alert">
      <Icon name="warning" />
      <div>
        <strong>{title}</strong> <span>{text}</span>
      </div>
    </div>
  );
}

export function Notice({
  children,
  kind = 'info',
}: {
  readonly children: ReactNode;
  readonly kind?: 'info' | 'warn';
}): ReactNode {
  return (
    <div className={`notice notice-${kind}`} role="status">
      <Icon name={kind === 'warn' ? 'warning' : 'info'} />
      <div>{children}</div>
    </div>
  );
}

/** A share of a whole, for eyes and for screen readers. */
export function Progress({
  label,
  value,
  max,
}: {
  readonly label: string;
  readonly value: number;
  readonly max: number;
}): ReactNode {
  return (
    <progress aria-label={label} value={max > 0 ? Math.min(value, max) : undefined} max={max > 0 ? max : undefined} />
  );
}

/** Text from outside: shown as text, and its writing direction stays inside (attack A24). */
export function Foreign({
  text,
  as = 'span',
}: {
  readonly text: string;
  readonly as?: 'span' | 'p' | 'h2' | 'strong';
}): ReactNode {
  const Tag = as;
  return (
    <Tag dir="auto" className="foreign">
      {visible(text)}
    </Tag>
  );
}

/** Controls of direction and format become visible: nothing reads otherwise than it is. Line breaks and joiners stay. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu, (sign) =>
    /[\n\t\u200c\u200d]/.test(sign) ? sign : '\u{fffd}',
  );
}
