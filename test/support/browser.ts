import { existsSync } from 'node:fs';
import { platform, arch } from 'node:process';
import { type Browser, chromium } from 'playwright-core';
import { atEnd } from './hooks.js';

/**
 * A Chromium for tests: CHROME_PATH, else one that is installed, else the one that comes as a package (Linux on x64).
 * @throws Error that names what to install
 */
const INSTALLED = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const FLAGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export async function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await browserPath(), headless: true, args: FLAGS });
}

let shared: Promise<Browser> | null = null;

/** One for all files of a run: starting it takes longer than most tests. Who opens a context of it closes that. */
export function sharedBrowser(): Promise<Browser> {
  shared ??= launchBrowser().then((browser) => {
    atEnd(() => browser.close());
    return browser;
  });
  return shared;
}

async function browserPath(): Promise<string> {
  const named = process.env['CHROME_PATH'];
  if (named !== undefined && named !== '') return named;
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed !== undefined) return installed;
  if (platform === 'linux' && arch === 'x64') {
    const { default: packaged } = await import('@sparticuz/chromium');
    return packaged.executablePath();
  }
  throw new Error('no browser: install Chromium (Debian: apt-get install chromium) or set CHROME_PATH');
}
