import { GlobalWorkerOptions, type PDFDocumentProxy, getDocument } from 'pdfjs-dist';
import { startReaderWorker } from '../state/desk-worker.js';

/** Most reports have a page or two; nobody draws more than these at once. */
const MAX_PAGES = 500;

/** @throws when the bytes are no PDF that can be read */
export async function openReport(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<{ report: PDFDocumentProxy; close: () => Promise<void> }> {
  const worker = startReaderWorker();
  GlobalWorkerOptions.workerPort = worker;
  const task = getDocument({
    data: bytes,
    // Fonts and tables of this build, from this relay: a report brings nothing in.
    standardFontDataUrl: `${BILDBOTE_READER_FOLDER}standard_fonts/`,
    cMapUrl: `${BILDBOTE_READER_FOLDER}cmaps/`,
    cMapPacked: true,
    wasmUrl: `${BILDBOTE_READER_FOLDER}wasm/`,
    isEvalSupported: false,
    enableXfa: false,
    disableAutoFetch: true,
    disableStream: true,
    stopAtErrors: false,
    verbosity: 0,
  });
  const close = async (): Promise<void> => {
    await task.destroy().catch(() => undefined);
    worker.terminate();
  };
  try {
    const report = await task.promise;
    if (report.numPages > MAX_PAGES) throw new RangeError('too many pages');
    return { report, close };
  } catch (error) {
    await close();
    throw error;
  }
}
