import { type Language } from './texts.js';
import { createProgressLine } from './progress.js';

/** Where a command speaks: lines for people or one JSON object a line. Results go to standard output, the rest to standard error. */
export interface Output {
  readonly isJson: boolean;
  readonly language: Language;
  /** One result: `json` for machines, `text` for people. */
  result(json: Readonly<Record<string, unknown>>, text: string): void;
  /** For people only. */
  note(text: string): void;
  progress(phase: string, bytes: number, totalBytes: number | null): void;
  /** Ends the progress line. */
  progressDone(): void;
}

export function createOutput(options: { readonly json: boolean; readonly language: Language }): Output {
  const line = createProgressLine(process.stderr, options.language);
  const write = (text: string): void => void process.stdout.write(`${text}\n`);
  let lastJsonMs = 0;
  return {
    isJson: options.json,
    language: options.language,
    result: (json, text) => {
      line.done();
      write(options.json ? JSON.stringify(json) : text);
    },
    note: (text) => {
      line.done();
      if (!options.json) process.stderr.write(`${text}\n`);
    },
    progress: (phase, bytes, totalBytes) => {
      if (!options.json) return line.show(phase, bytes, totalBytes);
      // A machine does not need more than a few lines a second, but always the last one.
      if (Date.now() - lastJsonMs < 250 && bytes !== totalBytes) return;
      lastJsonMs = Date.now();
      write(JSON.stringify({ type: 'progress', phase, bytes, totalBytes }));
    },
    progressDone: () => line.done(),
  };
}
