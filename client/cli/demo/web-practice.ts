import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseInvitation } from '../../core/account/enrol.js';
import { CoreError } from '../../core/error.js';
import { createRelay } from '../../core/relay/relay.js';
import { platformRetry } from '../../core/relay/retry.js';
import { createHttpTransport } from '../../node/http-transport.js';
import { replaceFile } from '../../node/durable.js';
import { reportFile } from './report-file.js';

/**
 * A third practice, for a person and a browser: an invitation to open, and a study that comes as soon as the mailbox is there.
 */
export const MARKT = {
  name: 'Praxis am Markt',
  address: 'praxis@praxis-am-markt.example',
  folder: 'praxis-am-markt',
} as const;

export interface WebPractice {
  /** To be opened in a browser; null when it has been used. */
  readonly invitation: string | null;
}

type Standing = 'open' | 'used' | 'gone';

const LOOK_EVERY_MS = 2000;

/** @param invite makes a new link */
export async function ensureWebPractice(root: string, invite: () => Promise<string>): Promise<WebPractice> {
  const path = join(root, `${MARKT.folder}.invitation`);
  if (existsSync(path)) {
    const link = (await readFile(path, 'utf8')).trim();
    const standing = await standingOf(link);
    if (standing !== 'gone') return { invitation: standing === 'open' ? link : null };
  }
  const link = (await invite()).trim();
  await replaceFile(path, Buffer.from(`${link}\n`));
  return { invitation: link };
}

/** Waits until the invitation has been used, then calls `send`, once for all starts. */
export async function greetWebPractice(
  root: string,
  signal: AbortSignal,
  send: (report: string) => Promise<void>,
): Promise<void> {
  const done = join(root, `${MARKT.folder}.greeted`);
  const link = (await readFile(join(root, `${MARKT.folder}.invitation`), 'utf8')).trim();
  while (!existsSync(done) && !signal.aborted) {
    if ((await standingOf(link)) === 'used') {
      const report = join(root, 'Befund.pdf');
      await writeFile(report, reportFile(REPORT));
      await send(report);
      await replaceFile(done, Buffer.from('\n'));
      await rm(report, { force: true });
      return;
    }
    await pause(LOOK_EVERY_MS, signal);
  }
}

const REPORT = [
  'CT Schädel nativ',
  'Patientin: Muster, Erika (erfunden)',
  '',
  'Fragestellung: Sturz, Kopfschmerz. Blutung?',
  '',
  'Befund: Kein Hinweis auf frische intrakranielle Blutung.',
  'Mittellinie nicht verlagert, Ventrikel normal weit.',
  '',
  'Beurteilung: Unauffällige native Darstellung.',
  '',
  'Erzeugte Bilder, keine Patientendaten. Nicht zur Befundung.',
];

/** The relay says of a link whether it can still be used. */
async function standingOf(link: string): Promise<Standing> {
  using transport = createHttpTransport();
  const { origin, token } = parseInvitation(link);
  const relay = createRelay({ origin, transport, retry: platformRetry(0), signer: null });
  try {
    await relay.lookupInvitation(token);
    return 'open';
  } catch (error) {
    if (error instanceof CoreError && error.code === 'invitation-used') return 'used';
    if (error instanceof CoreError && error.code.startsWith('invitation-')) return 'gone';
    throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
