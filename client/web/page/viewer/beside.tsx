import { type ReactNode, Suspense, lazy, useCallback } from 'react';
import { type LetterView } from '../../desk/view.js';
import { type ContentView, type DocumentTree } from '../../desk/picture.js';
import { Foreign, IconButton } from '../parts/controls.js';
import { type Translate } from '../texts/translate.js';
import { useDesk } from '../state/desk.js';
import { type FoundObject } from './stacks.js';

/** A report beside the pictures: the message's PDF, a structured report as text, or a PDF that came as an instance. */
export interface BesideItem {
  readonly id: string;
  readonly title: string;
  readonly isHere: boolean;
  readonly content:
    | { readonly kind: 'file'; readonly letter: string; readonly fileId: string }
    | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
    | { readonly kind: 'text'; readonly document: DocumentTree };
}

export function besideItems(
  letters: readonly LetterView[],
  objects: readonly FoundObject[],
  t: Translate,
): BesideItem[] {
  const files = letters.flatMap((letter) =>
    letter.documents
      .filter(({ mediaType }) => mediaType === 'application/pdf')
      .map(({ fileId, name }): BesideItem => {
        const content = { kind: 'file', letter: letter.key, fileId } as const;
        return { id: `${letter.key} ${fileId}`, title: name, isHere: letter.here.includes(fileId), content };
      }),
  );
  const instances = objects.flatMap(({ letter, fileId, series, view }): BesideItem[] => {
    const base = { id: `${letter} ${fileId}`, isHere: true };
    if (view.kind === 'pdf') {
      const title = view.title || series.description || t('letter.report');
      return [{ ...base, title, content: { kind: 'bytes', bytes: view.bytes } }];
    }
    if (view.kind !== 'document') return [];
    const title = view.document.title || series.description || t('viewer.document');
    return [{ ...base, title, content: { kind: 'text', document: view.document } }];
  });
  return [...files, ...instances];
}

const FileReport = lazy(async () => ({ default: (await import('../report/report.js')).Report }));
const BytesReport = lazy(async () => ({ default: (await import('../report/report.js')).ReportOf }));

export function Beside({ item, onClose }: { readonly item: BesideItem; readonly onClose: () => void }): ReactNode {
  const { t } = useDesk();
  const { content } = item;
  return (
    <aside className="beside" aria-label={item.title}>
      <header className="beside-head">
        <Foreign as="strong" text={item.title} />
        <IconButton icon="close" label={t('report.close')} onClick={onClose} />
      </header>
      <Suspense fallback={<p role="status">{t('report.loading')}</p>}>
        {content.kind === 'file' ? <FileReport letterKey={content.letter} fileId={content.fileId} /> : null}
        {content.kind === 'bytes' ? <BytesDocument key={item.id} bytes={content.bytes} /> : null}
        {content.kind === 'text' ? <DocumentText document={content.document} /> : null}
      </Suspense>
    </aside>
  );
}

function DocumentText({ document }: { readonly document: DocumentTree }): ReactNode {
  const { t } = useDesk();
  return (
    <div className="document" tabIndex={0} role="region" aria-label={document.title || t('viewer.document')}>
      <h2>
        <Foreign text={document.title || t('viewer.document')} />
      </h2>
      <p className="hint">
        {t(document.isVerified ? 'viewer.documentVerified' : 'viewer.documentUnverified')}
        {document.isComplete ? '' : ` · ${t('viewer.documentPartial')}`}
        {document.observers.length === 0 ? null : (
          <>
            {' · '}
            <Foreign text={document.observers.join(', ')} />
          </>
        )}
      </p>
      {document.content.map((item, i) => (
        <Content key={i} item={item} depth={3} />
      ))}
    </div>
  );
}

function Content({ item, depth }: { readonly item: ContentView; readonly depth: number }): ReactNode {
  const { t } = useDesk();
  const children = item.children.map((child, i) => <Content key={i} item={child} depth={depth + 1} />);
  if (item.kind === 'container') {
    return (
      <section className="document-part" data-depth={Math.min(depth, 6)}>
        {item.name === '' ? null : <Heading depth={depth} text={item.name} />}
        {children}
      </section>
    );
  }
  const value = item.kind === 'image' ? t('viewer.documentImage') : item.value;
  if (value === '' && item.children.length === 0) return null;
  return (
    <div className="document-line">
      {item.name === '' ? null : (
        <span className="document-name">
          <Foreign text={item.name} />
        </span>
      )}
      <Foreign text={value} as="p" />
      {children.length === 0 ? null : <div className="document-more">{children}</div>}
    </div>
  );
}

function Heading({ depth, text }: { readonly depth: number; readonly text: string }): ReactNode {
  const content = <Foreign text={text} />;
  if (depth === 3) return <h3>{content}</h3>;
  return depth === 4 ? <h4>{content}</h4> : <h5>{content}</h5>;
}

/** The reader takes bytes for good, so it gets its own. */
function BytesDocument({ bytes }: { readonly bytes: Uint8Array<ArrayBuffer> }): ReactNode {
  const load = useCallback(() => Promise.resolve(bytes.slice()), [bytes]);
  return <BytesReport load={load} />;
}
