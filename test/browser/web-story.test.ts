import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Page } from 'playwright-core';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { accessibilityOf } from '../support/axe.js';
import { reportFile } from '../../client/cli/demo/report-file.js';
import { WEB_PASSPHRASE, type WebPractice, type WebWorld, createWebWorld, enrolInBrowser } from '../support/web.js';

/** Two practices in two browsers at a real relay, as two people would use it: one in German, one in English. */

const SLICES = 12;

describe('the web client', function () {
  this.timeout(120_000);
  let world: WebWorld;
  let nord: WebPractice;
  let sued: WebPractice;
  let study: string;
  let report: string;

  before(async () => {
    world = await createWebWorld();
    nord = await world.open('de-DE');
    sued = await world.open('en-GB');
    study = join(world.folder, 'study');
    report = join(world.folder, 'Befund.pdf');
    for (const { name, bytes } of ctStudy({ slices: SLICES, patientName: 'Muster^Erika' })) {
      await mkdir(dirname(join(study, name)), { recursive: true });
      await writeFile(join(study, name), bytes);
    }
    await writeFile(report, reportFile(['Befund', 'Kein Hinweis auf frische Blutung']));
  });
  after(() => world?.close());

  async function assertAccessible(page: Page): Promise<void> {
    expect(await accessibilityOf(page)).to.deep.equal([]);
  }

  it('makes a mailbox of an invitation, whose token leaves the address, and shows 28 words once', async () => {
    const link = await world.invite('Radiologie Nord', 'befund@radiologie-nord.example');
    await nord.page.goto(link);
    await nord.page.getByText('Radiologie Nord').waitFor();
    expect(nord.page.url()).to.equal(`${world.origin}/`);
    await assertAccessible(nord.page);
    const words = await enrolInBrowser(nord.page, link, { member: 'Dr. A. Meier', device: 'Befundraum' });
    expect(words).to.have.length(28);
    await nord.page.reload();
    await nord.page.getByRole('heading', { name: 'Gesperrt' }).waitFor();
    await assertAccessible(nord.page);
    expect(await nord.page.content()).not.to.include(words.slice(0, 3).join('</li>'));
    await unlock(nord.page);
  });

  it('does the same with nothing but the keyboard', async () => {
    const link = await world.invite('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    const { page } = sued;
    await page.goto(link);
    const { keyboard } = page;
    await page.getByText('Hausarztpraxis Süd').waitFor();
    for (const text of ['Dr. B. Schulz', 'Front desk']) {
      await keyboard.press('Tab');
      await keyboard.type(text);
    }
    await keyboard.press('Enter');
    await page.getByLabel('Passphrase', { exact: true }).waitFor();
    await keyboard.press('Tab');
    for (const text of [WEB_PASSPHRASE, WEB_PASSPHRASE]) {
      if ((await focused(page)) !== 'password') await keyboard.press('Tab');
      await keyboard.type(text);
      await keyboard.press('Tab');
    }
    await keyboard.press('Shift+Tab');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Recovery kit' }).waitFor();
    await assertAccessible(page);
    await tabTo(page, 'checkbox');
    await keyboard.press('Space');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    await assertAccessible(page);
  });

  it('sends a study with a report, urgent, and it arrives by itself', async () => {
    const { page } = nord;
    await page.getByRole('link', { name: 'Schreiben' }).click();
    await page.getByRole('combobox', { name: 'Empfänger' }).fill('süd');
    await page.getByRole('option', { name: /Hausarztpraxis Süd/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByLabel('Betreff').fill('CT Schädel');
    await page.getByLabel('Nachricht', { exact: true }).fill('Bitte ansehen.\n\nMit freundlichen Grüßen');
    await page.locator('input[type=file][webkitdirectory]').setInputFiles(study);
    await page.getByText('Muster, Erika').waitFor();
    await page.locator('input[accept*=pdf]').setInputFiles(report);
    await page.getByLabel('Dringlichkeit').selectOption('2');
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
    await page.getByRole('option', { name: /CT Schädel/ }).waitFor();

    const row = sued.page.getByRole('option', { name: /CT Schädel/ });
    await row.getByText('Complete', { exact: true }).waitFor();
    expect(await row.textContent()).to.include('befund@radiologie-nord.example');
    expect(await row.textContent()).to.match(/Urgent: (2 h|1 h \d+ min) left/);
    expect(await row.textContent()).to.include('not verified');
    await row.filter({ hasText: `Muster, Erika · CT · ${SLICES} images` }).waitFor();
  });

  it('tells the sender "delivered", and "opened" only when a person has looked', async () => {
    const row = nord.page.getByRole('option', { name: /CT Schädel/ });
    await row.getByText('Zugestellt 1 von 1').waitFor();
    await sued.page.getByRole('listbox', { name: 'Inbox' }).focus();
    await sued.page.keyboard.press('Enter');
    await sued.page.getByRole('heading', { name: 'CT Schädel' }).waitFor();
    await row.getByText('Geöffnet 1 von 1').waitFor();
    await row.click();
    await nord.page.getByText('Dr. B. Schulz').first().waitFor();
    expect(await nord.page.getByRole('region', { name: 'Quittungen' }).textContent()).to.include(
      `${SLICES} von ${SLICES} Instanzen`,
    );
    await assertAccessible(nord.page);
  });

  it('shows the message: verified, text as text, the report drawn with its text behind it', async () => {
    const { page } = sued;
    const verified = `Complete: ${SLICES} of ${SLICES}, signed by befund@radiologie-nord.example, verified`;
    await page.getByText(verified).waitFor();
    await page.getByText('Mit freundlichen Grüßen').waitFor();
    await page.getByRole('button', { name: 'Show report' }).click();
    await page.getByText('Kein Hinweis auf frische Blutung').waitFor({ state: 'attached' });
    const dark = await page.locator('.report-page canvas').evaluate((element) => {
      const canvas = element as unknown as OffscreenCanvas;
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return [...pixels].filter((value, i) => i % 4 === 0 && value < 100).length;
    });
    expect(dark).to.be.greaterThan(200);
    await assertAccessible(page);
  });

  it('shows the images with keys alone, says whose they are, and that they are not for diagnosis', async () => {
    const { page } = sued;
    await page.getByRole('button', { name: 'Look at the images' }).focus();
    await page.keyboard.press('Enter');
    const picture = page.getByRole('img', { name: /^Image 1 of 12, Phantom CT$/ });
    await picture.waitFor();
    const viewer = page.locator('.viewport');
    for (const text of ['Muster, Erika', 'Not for diagnosis', 'C 40 W 80 HU', 'CT Schädel nativ', 'Image 1 / 12']) {
      await viewer.getByText(text).waitFor();
    }
    await page.waitForFunction(() => shadesOf().length > 3);
    const first = await page.evaluate(() => shadesOf().join());
    await page.keyboard.press('ArrowDown');
    await page.getByRole('img', { name: /^Image 2 of 12/ }).waitFor();
    await page.keyboard.press('End');
    await page.getByRole('img', { name: /^Image 12 of 12/ }).waitFor();
    await page.keyboard.press('Home');
    await page.getByRole('img', { name: /^Image 1 of 12/ }).waitFor();
    await page.getByLabel('Window', { exact: true }).selectOption('Bone');
    await viewer.getByText('C 400 W 1800 HU').waitFor();
    expect(await page.evaluate(() => shadesOf().join())).not.to.equal(first);
    await assertAccessible(page);
    await page.locator('.viewer').focus();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'CT Schädel' }).waitFor();
  });

  it('fits a phone of 360 pixels: nothing to scroll sideways', async () => {
    const { page } = sued;
    const before = page.viewportSize();
    await page.setViewportSize({ width: 360, height: 740 });
    const places = ['#/inbox', '#/sent', '#/write', '#/settings'];
    const letter = new URL(page.url()).hash;
    for (const hash of [...places, letter, `${letter}/images`]) {
      await page.goto(`${world.origin}/${hash}`);
      await page.locator(hash.endsWith('/images') ? '.viewport' : '.screen').waitFor();
      const width = await page.evaluate(() => {
        const { document } = globalThis as unknown as { document: { documentElement: { scrollWidth: number } } };
        return document.documentElement.scrollWidth;
      });
      expect(width, hash).to.equal(360);
    }
    await page.goto(`${world.origin}/${letter}`);
    await assertAccessible(page);
    await page.setViewportSize(before ?? { width: 1280, height: 720 });
  });

  it('lets one tab work, and tells a second one so', async () => {
    const second = await sued.context.newPage();
    await second.goto(world.origin);
    await second.getByRole('heading', { name: 'Open in another tab' }).waitFor();
    await assertAccessible(second);
    await second.close();
  });

  it('keeps what it received sealed, and has it after locking without asking the relay', async () => {
    const { page } = sued;
    await page.getByRole('button', { name: 'Lock' }).click();
    await page.getByRole('heading', { name: 'Locked' }).waitFor();
    expect(await page.content()).not.to.include('Muster');
    const readable = await page.evaluate(privateFilesHold, 'Muster');
    expect(readable).to.deep.equal({ files: 1, found: false });
    await page.getByLabel('Passphrase').fill('a wrong passphrase');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('The passphrase is wrong.').waitFor();
    let fetched = 0;
    page.on('request', (request) => void (fetched += Number(request.url().includes('/segments/'))));
    await unlock(page);
    await page.getByRole('option', { name: /CT Schädel/ }).click();
    await page.getByRole('button', { name: 'Look at the images' }).click();
    await page.waitForFunction(() => shadesOf().length > 3);
    expect(fetched).to.equal(0);
    await page.locator('.viewer').focus();
    await page.keyboard.press('Escape');
  });

  it('shows settings, changes the language at once, and the digest of the relay', async () => {
    const { page } = sued;
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText(world.relay.webDigest ?? 'none').waitFor();
    await page.getByText('this browser').waitFor();
    await assertAccessible(page);
    await page.getByLabel('Language').selectOption('de');
    await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).to.equal('de');
    await page.getByLabel('Farben').selectOption('dark');
    await assertAccessible(page);
    await page.getByLabel('Sprache').selectOption('en');
  });

  it('needed nothing that the policy forbids, and asked nobody but its relay', () => {
    expect(nord.complaints).to.deep.equal([]);
    expect(sued.complaints).to.deep.equal([]);
  });
});

async function unlock(page: Page): Promise<void> {
  await page.getByLabel('Passphrase').fill(WEB_PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /Eingang|Inbox/ }).waitFor();
}

function focused(page: Page): Promise<string | null> {
  return page.evaluate(() => {
    const { document } = globalThis as unknown as { document: { activeElement: { type?: string } | null } };
    return document.activeElement?.type ?? null;
  });
}

async function tabTo(page: Page, type: string): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('Tab');
    if ((await focused(page)) === type) return;
  }
  throw new Error(`no ${type} by Tab`);
}

/** In the page: the distinct shades that a viewport shows. */
declare function shadesOf(): number[];

/** In the page: whether any file of the private file system holds a text as it is. */
async function privateFilesHold(text: string): Promise<{ files: number; found: boolean }> {
  const wanted = new TextEncoder().encode(text);
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle('received');
  let [files, found] = [0, false];
  for await (const handle of (folder as unknown as { values(): AsyncIterable<FileSystemFileHandle> }).values()) {
    const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
    files += 1;
    const holds = bytes.some((_, at) => wanted.every((byte, i) => bytes[at + i] === byte));
    found ||= holds;
  }
  return { files, found };
}
