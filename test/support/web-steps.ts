import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Page, type Route } from 'playwright-core';
import { type WebPractice } from './web.js';

/** Troubles on the way, and where files come from: what a test does to a browser from outside. */

export interface Files {
  readonly study: string;
  readonly report: string;
}

export interface Held {
  /** Something was held up. */
  some(): Promise<void>;
  /** The line is back; what was on it is lost. */
  release(): Promise<void>;
  forget(): Promise<void>;
}

/** From the second part on nothing gets through. */
export async function holdParts({ context }: WebPractice): Promise<Held> {
  const pattern = '**/api/payloads/*/parts/*';
  const held: Route[] = [];
  let arrived = (): void => undefined;
  const first = new Promise<void>((resolve) => (arrived = resolve));
  const hold = async (route: Route): Promise<void> => {
    if (Number(new URL(route.request().url()).pathname.split('/').at(-1)) === 0) return route.continue();
    held.push(route);
    arrived();
  };
  await context.route(pattern, hold);
  return {
    some: () => first,
    async release() {
      await context.unroute(pattern, hold);
      // Some of them were given up by the page itself.
      for (const route of held) await route.abort('connectionreset').catch(() => undefined);
    },
    forget: () => context.unroute(pattern, hold),
  };
}

/** A browser that keeps no handles, as most do not: it asks with its plain dialog. */
export async function withoutPickers(page: Page): Promise<void> {
  await page.evaluate(() => {
    const page = globalThis as Record<string, unknown>;
    for (const name of ['showOpenFilePicker', 'showDirectoryPicker']) page[name] = undefined;
  });
}

/** The study and its report into the private files of a browser; its own dialogs lead there, as a test cannot use the system's. */
export async function putIntoBrowser({ context, page }: WebPractice, { study, report }: Files): Promise<void> {
  const paths = (await readdir(study, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  const files = await Promise.all(
    paths.map(async ({ name, parentPath }) => [name, (await readFile(join(parentPath, name))).toString('base64')]),
  );
  await page.evaluate(writePrivately, { files, report: (await readFile(report)).toString('base64') });
  await context.addInitScript({ content: PICK_PRIVATELY });
  await page.evaluate(`(() => {${PICK_PRIVATELY}})()`);
}

/** In the page: the browser's dialogs give what lies there. As a text, because the compiler's names for functions are not known there. */
const PICK_PRIVATELY = `
  globalThis.chosenFolder = async () => (await navigator.storage.getDirectory()).getDirectoryHandle('chosen');
  globalThis.showDirectoryPicker = async () => (await chosenFolder()).getDirectoryHandle('study');
  globalThis.showOpenFilePicker = async () => [await (await chosenFolder()).getFileHandle('Befund.pdf')];
`;

/** In the page. */
async function writePrivately({ files, report }: { files: string[][]; report: string }): Promise<void> {
  const chosen = await (await navigator.storage.getDirectory()).getDirectoryHandle('chosen', { create: true });
  const study = await chosen.getDirectoryHandle('study', { create: true });
  for (const [folder, name = '', base64 = ''] of [
    ...files.map(([name, base64]) => [study, name, base64] as const),
    [chosen, 'Befund.pdf', report] as const,
  ]) {
    const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
    await file.write(Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0)));
    await file.close();
  }
}
