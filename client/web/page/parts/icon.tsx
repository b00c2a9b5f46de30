import { type ReactNode } from 'react';

/** Line drawings of 24 × 24; decoration beside a text or a label, never alone. */
const PATHS = {
  inbox: 'M4 13h4l2 3h4l2-3h4M4 13v5a1 1 0 0 0 1 1h14a1 1 0 0 0 1-1v-5M4 13l3-8h10l3 8',
  sent: 'M4 12l16-7-5 15-4-6-7-2zM11 14l9-9',
  write: 'M4 20h4L19 9l-4-4L4 16v4zM13 7l4 4',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  lock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3',
  unlock: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 6.8-1.2',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8v.5',
  shield: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6z',
  shieldCheck: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM8.6 11.6l2.5 2.5 4.4-4.6',
  shieldOpen: 'M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM12 8v4.5M12 15.6v.3',
  archive: 'M4 5h16v4H4zM5.5 9v10h13V9M9.5 13h5',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  unfold: 'M10 6l6 6-6 6',
  fold: 'M6 10l6 6 6-6',
  back: 'M14 6l-6 6 6 6',
  close: 'M6 6l12 12M18 6L6 18',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2',
  file: 'M7 3h7l4 4v14H7zM14 3v4h4',
  images: 'M4 5h12v12H4zM8 19h12V8M7 14l3-4 2 2.5L13.5 11l2.5 4',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14',
  reply: 'M9 7l-5 5 5 5M4 12h10a6 6 0 0 1 6 6v1',
  forward: 'M15 7l5 5-5 5M20 12H10a6 6 0 0 0-6 6v1',
  person: 'M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20a7.5 7.5 0 0 1 15 0',
  note: 'M5 4h14v11l-5 5H5zM14 20v-5h5M8 9h8M8 12.5h5',
  star: 'M12 4l2.4 5.2 5.6.6-4.2 3.8 1.2 5.6-5-2.9-5 2.9 1.2-5.6L4 9.8l5.6-.6z',
  thread: 'M5 5h14v10H10l-5 4z',
  bell: 'M6 16h12l-1.5-2.5V10a4.5 4.5 0 0 0-9 0v3.5zM10.5 19h3',
  folder: 'M3 7h6l2 2h10v10H3z',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5L20 20',
  play: 'M8 5l11 7-11 7z',
  stop: 'M7 6h3v12H7zM14 6h3v12h-3z',
  invert: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  rotate: 'M19 12a7 7 0 1 1-2-5l2 2M19 4v5h-5',
  reset: 'M5 12a7 7 0 1 0 2-5L5 9M5 4v5h5',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  key: 'M8 11a4 4 0 1 1 0 .1M11.5 11H21M17 11v4M20 11v3',
  print: 'M7 9V4h10v5M7 17H4v-8h16v8h-3M7 14h10v6H7z',
  window:
    'M12 4v2M12 18v2M4 12h2M18 12h2M6.3 6.3l1.5 1.5M16.2 16.2l1.5 1.5M6.3 17.7l1.5-1.5M16.2 7.8l1.5-1.5M12 8a4 4 0 0 1 0 8z',
  stack: 'M4 16l8 4 8-4M4 12l8 4 8-4M12 4l8 4-8 4-8-4z',
  move: 'M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3',
  cross: 'M12 3v6M12 15v6M3 12h6M15 12h6',
  ruler: 'M3 16L16 3l5 5L8 21zM7 12l2 2M10 9l3 3M13 6l2 2',
  angle: 'M5 19L16 5M5 19h15M12 19a7 7 0 0 0-2.6-5.5',
  ellipse: 'M12 6c5 0 9 2.7 9 6s-4 6-9 6-9-2.7-9-6 4-6 9-6z',
  probe: 'M12 4v5M12 15v5M4 12h5M15 12h5M12 12h.1',
  erase: 'M9 20h11M5 15l9-10 6 5-8.5 10H9z',
  flip: 'M12 3v18M9 7v10H3zM15 7v10h6z',
  two: 'M4 5h7v14H4zM13 5h7v14h-7z',
  link: 'M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1',
  planes: 'M4 4h9v16H4zM15 4h5v7h-5zM15 13h5v7h-5z',
  keys: 'M3 7h18v10H3zM7 10.5h.1M11 10.5h.1M15 10.5h.1M8 13.5h8',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): ReactNode {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** An envelope whose flap is a picture's horizon. */
export function Mark(): ReactNode {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect x="2" y="6" width="28" height="20" rx="3" />
      <path d="M3 9l9.5 9 3.5-3.2 3.5 3.2L29 9" />
      <circle cx="16" cy="11" r="2" />
    </svg>
  );
}
