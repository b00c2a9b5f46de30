import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type PDFDocumentProxy } from 'pdfjs-dist';
import { useDesk } from '../state/desk.js';

interface Props {
  readonly report: PDFDocumentProxy;
  readonly number: number;
  /** CSS pixels. */
  readonly width: number;
}

const MAX_CANVAS_PIXELS = 16_000_000;

/** One page, drawn when it comes near the visible part; its text stands behind it for those who cannot see it. */
export function ReportPage({ report, number, width }: Props): ReactNode {
  const { t } = useDesk();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [text, setText] = useState('');
  const [height, setHeight] = useState(width * Math.SQRT2);
  const [isNear, setNear] = useState(false);

  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting === true && setNear(true), {
      rootMargin: '800px',
    });
    if (canvas.current !== null) observer.observe(canvas.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!isNear) return undefined;
    let cancel = (): void => undefined;
    let isCurrent = true;
    const draw = async (): Promise<void> => {
      const page = await report.getPage(number);
      const whole = page.getViewport({ scale: 1 });
      const scale = width / whole.width;
      if (!isCurrent) return;
      setHeight(whole.height * scale);
      const target = canvas.current;
      if (target === null) return;
      const sharp = Math.min(devicePixelRatio, Math.sqrt(MAX_CANVAS_PIXELS / (width * whole.height * scale)));
      const viewport = page.getViewport({ scale: scale * sharp });
      target.width = Math.floor(viewport.width);
      target.height = Math.floor(viewport.height);
      const task = page.render({ canvas: target, viewport });
      cancel = () => task.cancel();
      await task.promise;
      const { items } = await page.getTextContent();
      if (isCurrent)
        setText(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : ' ') : '')).join(''));
    };
    // A page that is drawn anew before it was done is no failure.
    draw().catch(() => undefined);
    return () => {
      isCurrent = false;
      cancel();
    };
  }, [report, number, width, isNear]);

  const label = t('report.page', { n: number, total: report.numPages });
  return (
    <figure className="report-page" aria-label={label}>
      <canvas ref={canvas} style={{ width, height }} aria-hidden="true" />
      <figcaption className="hint">{label}</figcaption>
      <div className="sr-only" dir="auto">
        {text}
      </div>
    </figure>
  );
}
