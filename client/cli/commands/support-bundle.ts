import { open } from 'node:fs/promises';
import { makeSupportBundle } from '../../../server/main.js';
import { CliError } from '../failure.js';
import { type Output } from '../output.js';
import { UsageError } from '../usage-error.js';

export interface SupportBundleOptions {
  readonly data: string;
  readonly out: string;
  readonly lines: string;
}

const MAX_LINES = 20_000;

/** `bildbote relay support-bundle`: one readable file, to be read before it is sent. */
export async function runSupportBundle(options: SupportBundleOptions, output: Output): Promise<void> {
  const logLines = Number(options.lines);
  if (!Number.isInteger(logLines) || logLines < 0 || logLines > MAX_LINES) {
    throw new UsageError(`--lines: from 0 to ${MAX_LINES}`);
  }
  const bundle = await makeSupportBundle({ dataDir: options.data, logLines });
  const file = await open(options.out, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EEXIST' ? new CliError('file-exists', options.out) : error;
  });
  try {
    await file.writeFile(`${JSON.stringify(bundle, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  const text =
    output.language === 'de'
      ? `Geschrieben: ${options.out}. Vor dem Verschicken lesen; Namen, Adressen und Geheimnisse sind nicht darin.`
      : `Written: ${options.out}. Read it before you send it; no names, addresses or secrets are in it.`;
  output.result({ type: 'support-bundle', out: options.out, logLines: bundle.log.length }, text);
}
