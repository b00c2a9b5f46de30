import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Page } from 'playwright-core';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok } from '../support/cli.js';
import { createWebWorld, enrolInBrowser } from '../support/web.js';

/**
 * A long CT in the viewer (docs/web-client.md §7): how long until the first image, how long an image is waited for while scrolling through all of
 * them, and how much memory it takes. `npm run bench:viewer -- 200` for fewer slices.
 */

const slices = Number(process.argv[2] ?? 1000);
const TO = 'praxis@hausarzt-sued.example';

interface Scrolled {
  readonly steps: number;
  readonly longestMs: number;
  readonly over100: number;
  readonly medianMs: number;
}

const world = await createWebWorld();
try {
  const keystore = join(world.folder, 'keys');
  const folder = join(world.folder, 'study');
  for (const { name, bytes } of ctStudy({ slices, patientName: 'Muster^Erika' })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  const invitation = await world.invite('Radiologie Nord', 'befund@radiologie-nord.example');
  await ok(['enrol', invitation, '--keystore', keystore, '--device', 'T', '--member', 'Dr. A. Meier']);
  const { page, complaints } = await world.open('en-GB', { viewport: { width: 1600, height: 1000 } });
  page.setDefaultTimeout(300_000);
  await enrolInBrowser(page, await world.invite('Süd', TO), { member: 'Dr. B', device: 'X' });
  const startMs = performance.now();
  await ok(['send', '--keystore', keystore, '--to', TO, '--subject', 'CT', folder]);
  const row = page.getByRole('option', { name: /CT/ });
  await row.getByText('Complete', { exact: true }).waitFor();
  const arrivedS = (performance.now() - startMs) / 1000;
  await row.click();
  // The loader of this script names functions by a helper, which the page does not have.
  await page.evaluate('globalThis.__name = (named) => named');
  const firstMs = await firstImage(page);
  const early = await scrollAll(page);
  await page.waitForTimeout(8000);
  const late = await scrollAll(page);
  const result = {
    slices,
    arrivedS: round(arrivedS),
    firstMs,
    early,
    late,
    pageMb: await largestRenderer(),
    complaints,
  };
  process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
} finally {
  await world.close();
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** From the click until something stands on the canvas. */
async function firstImage(page: Page): Promise<number> {
  const button = page.getByRole('button', { name: 'Look at the images' });
  await button.waitFor();
  await page.evaluate(watchFirst);
  await button.click();
  return page.evaluate(() => (globalThis as unknown as { first: Promise<number> }).first);
}

/** In the page. */
function watchFirst(): void {
  const page = globalThis as unknown as {
    document: {
      querySelector(selector: string): OffscreenCanvas | null;
      addEventListener(kind: string, listen: () => void, options: object): void;
    };
    requestAnimationFrame(next: () => void): void;
    first: Promise<number>;
  };
  page.first = new Promise((resolve) => {
    page.document.addEventListener(
      'click',
      () => {
        const from = performance.now();
        const look = (): void => {
          const canvas = page.document.querySelector('.viewport canvas');
          const middle = canvas?.getContext('2d')?.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
          if (middle?.[3] === 255) resolve(Math.round(performance.now() - from));
          else page.requestAnimationFrame(look);
        };
        look();
      },
      { once: true, capture: true },
    );
  });
}

/** Every image once, as fast as it goes: how long after a step until its own picture stands there. */
async function scrollAll(page: Page): Promise<Scrolled> {
  await page.locator('.viewer').focus();
  await page.keyboard.press('Home');
  await page.getByText(`Image 1 / ${slices}`).waitFor();
  const times = await page.evaluate(scrollThrough, slices);
  const sorted = [...times].sort((a, b) => a - b);
  return {
    steps: times.length,
    longestMs: Math.round(sorted.at(-1) ?? 0),
    over100: times.filter((ms) => ms > 100).length,
    medianMs: round(sorted[Math.floor(sorted.length / 2)] ?? 0),
  };
}

/** In the page. */
async function scrollThrough(total: number): Promise<number[]> {
  const { document, requestAnimationFrame, KeyboardEvent } = globalThis as unknown as {
    document: { querySelector(selector: string): { textContent: string; dispatchEvent(event: unknown): void } | null };
    requestAnimationFrame(next: () => void): void;
    KeyboardEvent: new (kind: string, options: object) => unknown;
  };
  const times: number[] = [];
  for (let n = 2; n <= total; n++) {
    const from = performance.now();
    document.querySelector('.viewer')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true }));
    await new Promise<void>((resolve) => {
      const look = (): void => {
        const text = document.querySelector('.overlay-bottom-left')?.textContent ?? '';
        if (text.includes(`Image ${n} /`)) resolve();
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
    times.push(performance.now() - from);
  }
  return times;
}

/** The page with its workers: the largest of the browser's processes for pages, as the system counts it. */
async function largestRenderer(): Promise<number | null> {
  let most: number | null = null;
  for (const id of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(id)) continue;
    const command = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    if (!command.includes('--type=renderer')) continue;
    const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
    const kb = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    most = Math.max(most ?? 0, Math.round(kb / 1000));
  }
  return most;
}
