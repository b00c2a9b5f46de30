import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { type WebWorld, createWebWorld, enrolInBrowser } from '../support/web.js';
import { enrolPractice } from '../support/world.js';

/**
 * `npm run bench:web-send -- 1000 5000`: studies of so many CT slices chosen, coded, sealed and uploaded by a browser: how fast, and how much memory the page's
 * process takes before, while files are looked through, and while they are sent (docs/web-client.md §6). Beside it, in the same run, what the
 * browser and the machine can do at all: the same bytes put to a server that throws them away, without reading, sealing or keeping anything.
 */

const counts = process.argv.slice(2).map(Number);
const TO = 'praxis@hausarzt-sued.example';
const MEGABYTE = 1_000_000;
const WATCH_EVERY_MS = 500;

/** In the page; as a text, because the compiler's names for functions are not known there. @returns megabytes a second */
const BARE_PUT = `(async () => {
  const part = new Uint8Array(8 * 1024 * 1024);
  for (let at = 0; at < part.length; at += 65536) crypto.getRandomValues(part.subarray(at, at + 65536));
  const from = performance.now();
  const line = async () => {
    for (let i = 0; i < 16; i++) await fetch('/' + i, { method: 'PUT', body: part });
  };
  await Promise.all([line(), line(), line(), line()]);
  return (64 * part.length) / 1000 / (performance.now() - from);
})()`;

interface Result {
  readonly instances: number;
  readonly megabytes: number;
  readonly collectedS: number;
  readonly sentS: number;
  readonly megabytesPerS: number;
  readonly wireMegabytes: number;
  readonly beforeMb: number;
  readonly collectPeakMb: number;
  readonly sendPeakMb: number;
}

const world = await createWebWorld();
try {
  await enrolPractice(world.dataDir, join(world.folder, 'keys'), 'Hausarztpraxis Süd', TO);
  const { page, complaints, context } = await world.open('en-GB', { viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(900_000);
  const invitation = await world.invite('Radiologie Nord', 'befund@radiologie-nord.example');
  await enrolInBrowser(page, invitation, { member: 'Dr. A. Meier', device: 'Bench' });
  let wire = 0;
  context.on('requestfinished', (request) => {
    if (!/\/parts\/\d+$/.test(request.url())) return;
    void request.sizes().then(({ requestBodySize }) => (wire += requestBodySize));
  });
  for (const instances of counts.length === 0 ? [1000, 5000] : counts) {
    wire = 0;
    const result = await sendOne(world, page, instances);
    print({ ...result, wireMegabytes: Math.round(wire / MEGABYTE) });
  }
  print({ bareMegabytesPerS: await barePut(world.browser), complaints });
} finally {
  await world.close();
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function sendOne({ origin, folder }: WebWorld, page: Page, instances: number): Promise<Result> {
  const study = join(folder, `study-${instances}`);
  let bytes = 0;
  for (const file of ctStudy({ slices: instances, seed: instances, patientName: 'Muster^Erika' })) {
    bytes += file.bytes.length;
    await mkdir(dirname(join(study, file.name)), { recursive: true });
    await writeFile(join(study, file.name), file.bytes);
  }
  await page.goto(`${origin}/#/inbox`);
  const beforeMb = await pageMb();
  await page.getByRole('link', { name: 'Write' }).click();
  await page.getByRole('combobox', { name: 'Recipients' }).fill('süd');
  await page.getByRole('option', { name: /Süd/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByLabel('Subject').fill(`CT of ${instances}`);
  const [collectedS, collectPeakMb] = await watched(async () => {
    await page.locator('input[type=file][webkitdirectory]').setInputFiles(study);
    await page.getByText('Muster, Erika').waitFor();
  });
  const [sentS, sendPeakMb] = await watched(async () => {
    await page.getByRole('button', { name: 'Seal and send' }).click();
    const guard = page.getByRole('button', { name: 'The recipient is right: send' });
    const row = page.getByRole('option', { name: new RegExp(`CT of ${instances}`) });
    await guard.or(row).first().waitFor();
    if (await guard.isVisible()) await guard.click();
    // The page comes here once the message is journaled; its card stays until the last byte is at the relay.
    await page.getByRole('heading', { name: 'Sent', level: 1 }).waitFor();
    await page.locator('.sending').waitFor({ state: 'detached' });
    await row.waitFor();
  });
  await rm(study, { recursive: true });
  return {
    ...{ instances, megabytes: Math.round(bytes / MEGABYTE), collectedS: round(collectedS), sentS: round(sentS) },
    ...{ megabytesPerS: round(bytes / MEGABYTE / sentS), wireMegabytes: 0, beforeMb, collectPeakMb, sendPeakMb },
  };
}

/** @returns seconds, and the most memory meanwhile */
async function watched(action: () => Promise<void>): Promise<[seconds: number, peakMb: number]> {
  let peak = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      peak = Math.max(peak, await pageMb());
      await new Promise((resolve) => setTimeout(resolve, WATCH_EVERY_MS));
    }
  })();
  const from = performance.now();
  try {
    await action();
  } finally {
    isOver = true;
    await watching;
  }
  return [(performance.now() - from) / 1000, peak];
}

/** The page with its workers: the largest of the processes for pages that this script's browser has, as the system counts it. */
async function pageMb(): Promise<number> {
  let most = 0;
  for (const id of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(id)) continue;
    const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('--type=renderer') || !(await isBelow(Number(id)))) continue;
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
    most = Math.max(most, Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1000));
  }
  return most;
}

/** Other people's browsers run on this machine, too. */
async function isBelow(id: number): Promise<boolean> {
  for (let at = id; at > 1;) {
    if (at === process.pid) return true;
    const stat = await readFile(`/proc/${at}/stat`, 'utf8').catch(() => '');
    at = Number(stat.split(') ').at(-1)?.split(' ')[1] ?? 0);
  }
  return false;
}

/** Half a gigabyte of noise, four parts of 8 MiB at a time, to a server that throws them away. */
async function barePut(browser: Browser): Promise<number> {
  const server: Server = createServer((request, response) => {
    request.resume();
    request.once('end', () => response.end('<!doctype html><title>bare</title>'));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const tab = await browser.newPage();
  await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const rate = await tab.evaluate<number>(BARE_PUT);
  await tab.close();
  server.close();
  return Math.round(rate);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
