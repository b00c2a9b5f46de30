import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { type PDFDocumentProxy } from 'pdfjs-dist';
import { Failure, IconButton } from '../parts/controls.js';
import { useDesk } from '../state/desk.js';
import { openReport } from './open-report.js';
import { ReportPage } from './report-page.js';

type Opened =
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly report: PDFDocumentProxy }
  | { readonly kind: 'unreadable' };

const SCALES = [0.75, 1, 1.25, 1.5, 2, 3] as const;

export function Report({ letterKey, fileId }: { readonly letterKey: string; readonly fileId: string }): ReactNode {
  const { worker } = useDesk();
  const load = useCallback(
    async () => (await worker.call('document', { key: letterKey, fileId })) as Uint8Array<ArrayBuffer>,
    [worker, letterKey, fileId],
  );
  return <ReportOf load={load} />;
}

/**
 * A report drawn page by page. The PDF is read in a worker without scripts, forms, links or a way out: a browser's own viewer would
 * follow links and send forms (docs/web-client.md §4).
 */
export function ReportOf({ load: loadBytes }: { readonly load: () => Promise<Uint8Array<ArrayBuffer>> }): ReactNode {
  const { t } = useDesk();
  const [opened, setOpened] = useState<Opened>({ kind: 'opening' });
  const [step, setStep] = useState(1);
  const [width, setWidth] = useState(0);
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let isCurrent = true;
    const load = async (): Promise<AsyncDisposable> => {
      const { report, close } = await openReport(await loadBytes());
      if (isCurrent) setOpened({ kind: 'open', report });
      return { [Symbol.asyncDispose]: close };
    };
    const loading = load();
    loading.catch(() => isCurrent && setOpened({ kind: 'unreadable' }));
    return () => {
      isCurrent = false;
      loading.then(
        (held) => held[Symbol.asyncDispose](),
        () => undefined,
      );
    };
  }, [loadBytes]);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    if (box.current !== null) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  return (
    <div className="report">
      <div className="report-tools">
        <IconButton icon="minus" label={t('report.smaller')} disabled={step === 0} onClick={() => setStep(step - 1)} />
        <IconButton
          icon="plus"
          label={t('report.larger')}
          disabled={step === SCALES.length - 1}
          onClick={() => setStep(step + 1)}
        />
      </div>
      <div ref={box} className="report-pages" tabIndex={0} role="region" aria-label={t('letter.report')}>
        {opened.kind === 'opening' ? <p role="status">{t('report.loading')}</p> : null}
        {opened.kind === 'unreadable' ? <Failure title={t('error.title')} text={t('report.unreadable')} /> : null}
        {opened.kind === 'open' && width > 0
          ? Array.from({ length: opened.report.numPages }, (_, i) => (
              <ReportPage key={i} report={opened.report} number={i + 1} width={width * (SCALES[step] ?? 1)} />
            ))
          : null}
      </div>
    </div>
  );
}
