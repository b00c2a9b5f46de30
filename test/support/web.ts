import { createServer } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import { parseAddress } from '../../crypto/wire/ids.js';
import { openAdministration } from '../../server/administration.js';
import { type Relay, startRelay } from '../../server/main.js';
import { launchBrowser, sharedBrowser } from './browser.js';
import { enrolPractice } from './world.js';
import { atEnd } from './hooks.js';

/** A real relay that serves the built web client, and browsers as the practices at it. Passkeys need a host name: localhost. */

export const WEB_PASSPHRASE = 'vier eigene Worte am Fenster';

export interface WebWorld {
  /** Where the relay keeps everything. */
  readonly dataDir: string;
  readonly relay: Relay;
  readonly browser: Browser;
  readonly origin: string;
  readonly folder: string;
  invite(name: string, address: string): Promise<string>;
  /** A browser of its own, with what the page complained about. */
  open(language: 'de-DE' | 'en-GB', options?: Parameters<Browser['newContext']>[0]): Promise<WebPractice>;
  restartRelay(): Promise<void>;
  close(): Promise<void>;
}

export interface WebPractice {
  readonly context: BrowserContext;
  /** A tab that was closed is replaced by the next one. */
  page: Page;
  /** Errors, policy violations, requests that left the origin. */
  readonly complaints: string[];
}

let shared: Promise<WebWorld> | null = null;

/** One relay and one browser for all files of a run; each file has practices of its own, or says whose it takes. */
export function sharedWebWorld(): Promise<WebWorld> {
  shared ??= createWebWorld(sharedBrowser).then((world) => {
    atEnd(() => world.close());
    return world;
  });
  return shared;
}

export interface Pair {
  readonly world: WebWorld;
  /** Radiologie Nord, in German; who works there has a hostile name. */
  readonly nord: WebPractice;
  /** Hausarztpraxis Süd, in English. */
  readonly sued: WebPractice;
}

export const NORD = 'befund@radiologie-nord.example';
export const SUED = 'praxis@hausarzt-sued.example';
export const HOSTILE = '<img src=x onerror="globalThis.pwned=1"><svg onload=globalThis.pwned=1>';

let pair: Promise<Pair> | null = null;

/** Two practices in two browsers, made once for the files that use them one after the other. */
export async function sharedPair(): Promise<Pair> {
  pair ??= enrolPair();
  const { nord, sued, world } = await pair;
  for (const { page, complaints } of [nord, sued]) {
    await page.goto(`${world.origin}/#/inbox`);
    complaints.length = 0;
  }
  return pair;
}

async function enrolPair(): Promise<Pair> {
  const world = await sharedWebWorld();
  const [nord, sued] = [await world.open('de-DE'), await world.open('en-GB')];
  const links = [await world.invite('Radiologie Nord', NORD), await world.invite('Hausarztpraxis Süd', SUED)];
  await Promise.all([
    enrolInBrowser(nord.page, links[0] ?? '', { member: HOSTILE.slice(0, 90), device: 'Befundraum' }),
    enrolInBrowser(sued.page, links[1] ?? '', { member: 'Dr. B. Schulz', device: 'Front desk' }),
  ]);
  return { world, nord, sued };
}

export interface Reader {
  readonly world: WebWorld;
  /** Of Radiologie West, who sends from the command line. */
  readonly keystore: string;
  /** Praxis Ost, in English. */
  readonly ost: WebPractice;
}

export const WEST = 'befund@radiologie-west.example';
export const OST = 'praxis@ost.example';

let reader: Promise<Reader> | null = null;

/** Who sends from the command line, and who looks at it in a browser; made once. */
export async function sharedReader(): Promise<Reader> {
  reader ??= enrolReader();
  const { ost, world } = await reader;
  await ost.page.goto(`${world.origin}/#/inbox`);
  ost.complaints.length = 0;
  return reader;
}

async function enrolReader(): Promise<Reader> {
  const world = await sharedWebWorld();
  const keystore = join(world.folder, 'keys-west');
  const ost = await world.open('en-GB');
  await enrolPractice(world.dataDir, keystore, 'Radiologie West', WEST);
  const link = await world.invite('Praxis Ost', OST);
  await enrolInBrowser(ost.page, link, { member: 'Dr. B. Schulz', device: 'Front desk' });
  return { world, keystore, ost };
}

export async function createWebWorld(browserOf = launchBrowser): Promise<WebWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'bildbote-web-'));
  const dataDir = join(folder, 'relay');
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const start = (): Promise<Relay> =>
    startRelay({ port, host: '127.0.0.1', origin, dataDir, logLevel: 'silent', rateLimit: 'off' });
  let relay = await start();
  const browser = await browserOf();
  const contexts: BrowserContext[] = [];
  return {
    get relay() {
      return relay;
    },
    browser,
    dataDir,
    origin,
    folder,
    async invite(practiceName, address) {
      const administration = await openAdministration({ dataDir });
      try {
        const made = await administration.invite({ practiceName, address: parseAddress(address), expiresInDays: 14 });
        return made.invitation.href;
      } finally {
        await administration.close();
      }
    },
    // The guard answers before a test can; what is to be tested of it asks for it (test/browser/web-guard.test.ts).
    open: async (locale, options = {}) => {
      const context = await browser.newContext({ locale, serviceWorkers: 'block', ...options });
      contexts.push(context);
      return openPractice(context, origin);
    },
    async restartRelay() {
      await relay.close();
      relay = await start();
    },
    async close() {
      for (const context of contexts) await context.close().catch(() => undefined);
      if (browserOf === launchBrowser) await browser.close();
      await relay.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Deriving a key takes seconds by intent, and longer on a machine that has other things to do. */
const PATIENCE_MS = 60_000;

async function openPractice(context: BrowserContext, origin: string): Promise<WebPractice> {
  context.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const { violatedDirective, blockedURI } = event as unknown as Record<string, string>;
      // eslint-disable-next-line no-console -- how a page tells its test
      console.error(`policy: ${violatedDirective} ${blockedURI}`);
    });
  });
  // Every 97th pixel of what the viewer shows now, each shade once.
  await context.addInitScript(() => {
    const page = globalThis as unknown as {
      document: { querySelector(selector: string): OffscreenCanvas | null };
      shadesOf: () => number[];
    };
    page.shadesOf = () => {
      const canvas = page.document.querySelector('.viewport canvas');
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return [...new Set([...pixels].filter((_, i) => i % 388 === 0))];
    };
  });
  await context.addInitScript(() => {
    const page = globalThis as unknown as {
      document: { querySelector(selector: string): OffscreenCanvas | null };
      litPixels: (selector: string) => number;
    };
    page.litPixels = (selector) => {
      const canvas = page.document.querySelector(selector);
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return [...pixels].filter((value, i) => i % 4 === 0 && value > 40).length;
    };
  });
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !/^(blob|data):/.test(url)) complaints.push(`left the origin: ${url}`);
  });
  context.on('page', (page) => watch(page, complaints));
  const page = await context.newPage();
  return { context, page, complaints };
}

function watch(page: Page, complaints: string[]): void {
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  page.on('pageerror', (error) => void complaints.push(error.message));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

export interface EnrolChoices {
  readonly member: string;
  readonly device: string;
}

/** From the link to the mailbox, as a person does it, by label in the page's language. */
export async function enrolInBrowser(page: Page, link: string, { member, device }: EnrolChoices): Promise<string[]> {
  await page.goto(link);
  await page.getByLabel(/Ihr Name|Your name/).fill(member);
  await page.getByLabel(/Name dieses Arbeitsplatzes|Name of this workplace/).fill(device);
  await page.getByRole('button', { name: /^(Weiter|Continue)$/ }).click();
  await page.getByLabel('Passphrase', { exact: true }).fill(WEB_PASSPHRASE);
  await page.getByLabel(/Passphrase (noch einmal|once more)/).fill(WEB_PASSPHRASE);
  await page.getByRole('button', { name: /Postfach anlegen|Create mailbox/ }).click();
  const words = page.getByRole('list', { name: /Wiederherstellungswörter|Recovery words/ }).getByRole('listitem');
  await words.first().waitFor();
  const shown = await words.allTextContents();
  await page.getByLabel(/Ich habe die Wörter|I have printed/).check();
  await page.getByRole('button', { name: /Zum Postfach|To the mailbox/ }).click();
  await page.getByRole('heading', { name: /Eingang|Inbox/ }).waitFor();
  return shown;
}
