import { type ReactNode } from 'react';

/** For the list of subjects beside them. */
export function sectionId(title: string): string {
  return `section-${title.replaceAll(/\W+/g, '-')}`;
}

/** One subject of the settings. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  return (
    <section id={sectionId(title)} className="card settings-section" aria-label={title}>
      <h2 tabIndex={-1}>{title}</h2>
      {children}
    </section>
  );
}
