import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Page } from 'playwright-core';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { accessibilityOf } from '../support/axe.js';
import { WEB_PASSPHRASE, type WebPractice, type WebWorld, createWebWorld, enrolInBrowser } from '../support/web.js';

/** The everyday of a practice beside reading: common work, finding, passing on, further devices, whom to trust. */

const SLICES = 3;
const NORD = 'befund@radiologie-nord.example';
const SUED = 'praxis@hausarzt-sued.example';

describe('the desk of a practice in the browser', function () {
  this.timeout(120_000);
  let world: WebWorld;
  let nord: WebPractice;
  let sued: WebPractice;
  let second: WebPractice;
  let study: string;

  before(async () => {
    world = await createWebWorld();
    [nord, sued, second] = [await world.open('de-DE'), await world.open('en-GB'), await world.open('en-GB')];
    study = join(world.folder, 'study');
    for (const { name, bytes } of ctStudy({
      slices: SLICES,
      patientName: 'Müller^Jürgen',
      referringPhysician: 'Zuweiser^Zoe',
    })) {
      await mkdir(dirname(join(study, name)), { recursive: true });
      await writeFile(join(study, name), bytes);
    }
    const links = [await world.invite('Radiologie Nord', NORD), await world.invite('Hausarztpraxis Süd', SUED)];
    await Promise.all([
      enrolInBrowser(nord.page, links[0] ?? '', { member: 'Dr. A. Meier', device: 'Befundraum' }),
      enrolInBrowser(sued.page, links[1] ?? '', { member: 'Dr. B. Schulz', device: 'Front desk' }),
    ]);
  });
  after(() => world?.close());

  async function assertAccessible(page: Page): Promise<void> {
    expect(await accessibilityOf(page)).to.deep.equal([]);
  }
  async function openAt(page: Page, hash: string): Promise<void> {
    await page.goto(`${world.origin}/#/${hash}`);
  }
  async function write(page: Page, to: string, subject: string): Promise<void> {
    await openAt(page, 'inbox');
    await page.getByRole('link', { name: /Schreiben|Write/ }).click();
    await page.getByRole('combobox').first().fill(to);
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByLabel(/Betreff|Subject/).fill(subject);
  }

  it('asks once more when the study was referred by somebody else than the recipient', async () => {
    const { page } = nord;
    await write(page, 'süd', 'CT Schädel');
    await page.locator('input[type=file][webkitdirectory]').setInputFiles(study);
    await page.getByText('Müller, Jürgen').waitFor();
    await page.waitForFunction(() => litPixels('.series-picture') > 50);
    await page.getByText(/Zu senden: .* in 3 Dateien/).waitFor();
    await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
    const guard = page.getByRole('dialog', { name: 'Ist das der richtige Empfänger?' });
    await guard.getByText(/Zuweiser, Zoe/).waitFor();
    await assertAccessible(page);
    await page.keyboard.press('Escape');
    await guard.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
    await guard.getByRole('button', { name: 'Der Empfänger stimmt: senden' }).click();
    const row = sued.page.getByRole('option', { name: /CT Schädel/ });
    await row.getByText('Complete', { exact: true }).waitFor();
  });

  it('is claimed, noted and done with keys alone, by name and device', async () => {
    const { page } = sued;
    await page.getByRole('listbox', { name: 'Inbox' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'CT Schädel' }).waitFor();
    await page.keyboard.press('c');
    const work = page.getByRole('region', { name: 'In this practice' });
    await work.getByText('Dr. B. Schulz has it').waitFor();
    await work.getByText(/^Dr\. B\. Schulz, Front desk, /).waitFor();
    await work.getByText('Internal notes (0)').click();
    await work.getByLabel('New note').fill('Termin Montag vereinbart');
    await page.keyboard.press('Enter');
    await work.getByText('Termin Montag vereinbart').waitFor();
    await page.getByRole('heading', { name: 'CT Schädel' }).focus();
    await page.keyboard.press('d');
    await work.getByText(/Done: Dr\. B\. Schulz/).waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: /^Open/ }).click();
    await page.getByText('Nothing of this kind.').waitFor();
    await page.getByRole('button', { name: /^Done \d/ }).click();
    await page.getByRole('option', { name: /CT Schädel/ }).waitFor();
    await page.getByRole('button', { name: 'All' }).click();
  });

  it('is found by a part of a name in either spelling, by a date, and by a note; and not by what is nowhere', async () => {
    const { page } = sued;
    const search = page.getByRole('searchbox');
    for (const query of ['muell', 'mulle jurg', 'MÜLL', '12.08.1964', 'montag verein', 'phantom']) {
      await search.fill(query);
      await page.getByRole('option', { name: /CT Schädel/ }).waitFor();
      await search.fill('nirgends');
      await page.getByText('No message fits the search.').waitFor();
    }
    await search.fill('');
  });

  it('is saved as a folder with DICOMDIR, and as a zip', async () => {
    const { page } = sued;
    await page.evaluate(() => {
      const page = globalThis as Record<string, unknown>;
      page['showDirectoryPicker'] = () => navigator.storage.getDirectory();
      delete page['showSaveFilePicker'];
    });
    await page.getByRole('button', { name: 'Save as folder' }).click();
    await page.getByText(/Written: 3 images with DICOMDIR/).waitFor();
    const names = await page.evaluate(namesBelow, 'Bildbote');
    expect(names).to.include.members(['DICOMDIR', 'README.TXT', 'DIGESTS.TXT', 'INDEX.HTM']);
    const download = page.waitForEvent('download');
    await page.evaluate(() => void ((globalThis as Record<string, unknown>)['showSaveFilePicker'] = undefined));
    await page.getByRole('button', { name: 'Save as zip' }).click();
    const bytes = await readFile((await (await download).path()) ?? '');
    expect(bytes.subarray(0, 2).toString('latin1')).to.equal('PK');
    expect(bytes.includes('DICOMDIR')).to.equal(true);
  });

  it('is forwarded without one byte of it being sent again, in a thread of its own', async () => {
    const { page, context } = sued;
    const parts: string[] = [];
    context.on('request', (request) => void (/\/parts\//.test(request.url()) && parts.push(request.url())));
    await page.getByRole('heading', { name: 'CT Schädel' }).focus();
    await page.keyboard.press('f');
    await page.getByText(/The images of “CT Schädel” go along without being sent again/).waitFor();
    await page.getByRole('combobox', { name: 'Recipients' }).fill('nord');
    await page.getByRole('option', { name: /Radiologie Nord/ }).waitFor();
    await page.keyboard.press('Enter');
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Seal and send' }).click();
    const row = nord.page.getByRole('option', { name: /Fwd: CT Schädel/ });
    await openAt(nord.page, 'inbox');
    await row.getByText('Vollständig', { exact: true }).waitFor();
    expect(parts).to.deep.equal([]);
  });

  it('takes the patient out where that is asked, shows before and after, and blackens what was drawn over', async () => {
    const { page } = nord;
    await write(page, 'süd', 'Lehrfall');
    await page.locator('input[type=file][webkitdirectory]').setInputFiles(study);
    await page.getByText('Müller, Jürgen').waitFor();
    await page.getByLabel('Wer der Patient ist').selectOption('teaching');
    await page.getByRole('button', { name: 'Vorher und nachher' }).click();
    const table = page.getByRole('region', { name: 'Vorher und nachher' });
    const name = table.getByRole('row', { name: /\(0010,0010\)/ });
    expect(await name.getByRole('cell').first().textContent()).to.equal('Müller^Jürgen');
    expect(await name.getByRole('cell').nth(1).textContent()).not.to.match(/ller/);
    await page.getByText('Maske nach Zahlen hinzufügen').click();
    for (const [label, value] of [
      ['Links', '4'],
      ['Oben', '8'],
      ['Breite', '40'],
      ['Höhe', '20'],
    ] as const) {
      await page.getByLabel(label).fill(value);
    }
    await page.getByRole('button', { name: 'Hinzufügen', exact: true }).click();
    await page.getByText('Maske 1: 4, 8, 40 × 20').waitFor();
    await page.waitForFunction(() => litPixels('.mask-sheet canvas') > 50);
    await table.getByText('Müller^Jürgen').waitFor();
    await assertAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Schließen' }).click();
    await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
    await page.getByRole('button', { name: 'Der Empfänger stimmt: senden' }).click();
    await openAt(sued.page, 'inbox');
    const row = sued.page.getByRole('option', { name: /Lehrfall/ });
    await row.getByText('Complete', { exact: true }).waitFor();
    await row.click();
    await sued.page.getByText(/Complete: 3 of 3/).waitFor();
    const shown = (await sued.page.locator('.detail-pane').textContent()) ?? '';
    expect(shown).not.to.match(/Müller|Jürgen|Zuweiser/);
  });

  it('is taken back only from who has not fetched it, and the relay says so', async () => {
    const { page } = nord;
    await openAt(page, 'sent');
    await page.getByRole('option', { name: /Lehrfall/ }).click();
    await page.getByRole('button', { name: 'Zurückziehen' }).click();
    await assertAccessible(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Zurückziehen' }).click();
    await page
      .getByRole('region', { name: 'Antwort des Relays' })
      .getByText(/zu spät: abgerufen/)
      .waitFor();
    await page
      .getByRole('option', { name: /Lehrfall/ })
      .getByText('Zurückgezogen')
      .waitFor();
  });

  it('takes a second browser in by six digits, hands it what was, and shuts it out again', async () => {
    const { page } = sued;
    await openAt(page, 'settings');
    await page.getByRole('button', { name: 'Add a device' }).click();
    const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
    await assertAccessible(page);
    const other = second.page;
    await other.goto(world.origin);
    await other.getByRole('button', { name: 'Join an existing mailbox' }).click();
    await other.getByLabel('Link or 24 words').fill(link.replace(world.origin, 'https://evil.example'));
    await other.getByLabel('Your name').fill('Frau Lenz');
    await other.getByLabel('Name of this workplace').fill('Room 2');
    await other.getByLabel('Passphrase', { exact: true }).fill(WEB_PASSPHRASE);
    await other.getByLabel('Passphrase once more').fill(WEB_PASSPHRASE);
    await other.getByRole('button', { name: 'Join', exact: true }).click();
    await other.getByText(/No device waits for this link/).waitFor();
    await assertAccessible(other);
    await other.getByLabel('Link or 24 words').fill(link);
    await other.getByRole('button', { name: 'Join', exact: true }).click();
    const check = await other.locator('.check-number').textContent();
    await page.getByText('Room 2 (Frau Lenz) asks to be added.').waitFor();
    expect(await page.locator('.check-number').textContent()).to.equal(check);
    await page.getByRole('button', { name: 'The digits are the same: add' }).click();
    await other
      .getByRole('option', { name: /CT Schädel/ })
      .first()
      .waitFor();
    await page.getByText('The device belongs to the mailbox now.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    await other
      .getByRole('option', { name: /CT Schädel/ })
      .first()
      .click();
    await other.getByText('Termin Montag vereinbart').waitFor();
    await page.getByRole('button', { name: 'Revoke: Room 2' }).click();
    await page.getByLabel('Reason').fill('test');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('listitem').filter({ hasText: 'Room 2' }).getByText('revoked').waitFor();
    expect(second.complaints.filter((text) => !/40[0-9]/.test(text))).to.deep.equal([]);
  });

  it('marks a contact as verified when the numbers are the same on both sides, and not otherwise', async () => {
    const number = async (page: Page, address: string): Promise<string> => {
      await openAt(page, 'settings');
      await page.getByRole('button', { name: new RegExp(`^(Sicherheitsnummer|Safety number): ${address}`) }).click();
      return (await page.locator('.safety-number code').textContent()) ?? '';
    };
    const [ours, theirs] = [await number(sued.page, NORD), await number(nord.page, SUED)];
    expect(ours)
      .to.equal(theirs)
      .and.to.match(/^(\d{5} ){11}\d{5}$/);
    await assertAccessible(sued.page);
    const given = sued.page.getByLabel('Number as the other side reads it out');
    await given.fill(theirs.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)));
    await sued.page.getByRole('button', { name: 'Compare and mark' }).click();
    await sued.page.getByText(/This is not the number of these two mailboxes/).waitFor();
    await given.fill(theirs);
    await sued.page.getByRole('button', { name: 'Compare and mark' }).click();
    await sued.page.getByText(/Verified in person: Dr\. B\. Schulz, Front desk/).waitFor();
    await sued.page.keyboard.press('Escape');
    await nord.page.keyboard.press('Escape');
    await assertAccessible(sued.page);
  });

  it('lets first messages wait for a decision, and fetches nothing of them before', async () => {
    await openAt(nord.page, 'settings');
    await nord.page.getByLabel('Erste Nachrichten annehmen von').selectOption('known');
    await second.context.close();
    second = await world.open('en-GB');
    const invited = await world.invite('Klinik West', 'post@klinik-west.example');
    await enrolInBrowser(second.page, invited, { member: 'Dr. C. West', device: 'Ward' });
    await write(second.page, 'nord', 'Zweitmeinung');
    await second.page.getByLabel('Message', { exact: true }).fill('Bitte um Einschätzung.');
    await second.page.getByRole('button', { name: 'Seal and send' }).click();
    await openAt(nord.page, 'inbox');
    const row = nord.page.getByRole('option', { name: /Zweitmeinung/ });
    await row.getByText('Wartet auf Ihre Zustimmung').waitFor();
    await row.click();
    await nord.page.getByRole('heading', { name: 'Dieser Absender ist neu für Sie' }).waitFor();
    await assertAccessible(nord.page);
    await nord.page.getByRole('button', { name: 'Nachrichten dieses Absenders annehmen' }).click();
    await row.getByText('Vollständig', { exact: true }).waitFor();
  });

  it('goes on after the tab was killed, without choosing the files again where the browser keeps handles', async () => {
    const { page, context } = nord;
    await page.evaluate(async (bytes) => {
      const root = await navigator.storage.getDirectory();
      const folder = await root.getDirectoryHandle('chosen', { create: true });
      for (let i = 0; i < 3; i++) {
        const file = await (await folder.getFileHandle(`${i}.bin`, { create: true })).createWritable();
        const noise = new Uint8Array(bytes);
        for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(noise.subarray(at, at + 65_536));
        await file.write(noise);
        await file.close();
      }
    }, 1_500_000);
    await context.addInitScript(() => {
      (globalThis as Record<string, unknown>)['showDirectoryPicker'] = async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle('chosen');
    });
    await page.reload();
    await unlock(page);
    let isHeld = true;
    let held = 0;
    await context.route('**/api/payloads/*/parts/*', async (route) => {
      const part = Number(new URL(route.request().url()).pathname.split('/').at(-1));
      if (isHeld && part > 0) return void (held += 1);
      await route.continue();
    });
    await write(page, 'süd', 'Drei Dateien');
    await page.getByText('Ordner wählen').click();
    await page.getByText(/Andere Dateien/).click();
    for (const box of await page.getByRole('checkbox', { name: /bin/ }).all()) await box.check();
    await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
    await page.getByText('Drei Dateien').first().waitFor();
    for (let i = 0; i < 200 && held === 0; i++) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(held).to.be.greaterThan(0);
    await page.close();
    isHeld = false;
    const again = await context.newPage();
    await again.goto(world.origin);
    await unlock(again);
    await openAt(sued.page, 'inbox');
    const row = sued.page.getByRole('option', { name: /Drei Dateien/ });
    await row.getByText('Complete', { exact: true }).waitFor();
  });

  it('needed nothing that the policy forbids, and asked nobody but its relay', () => {
    expect(nord.complaints).to.deep.equal([]);
    expect(sued.complaints).to.deep.equal([]);
  });
});

async function unlock(page: Page): Promise<void> {
  await page.getByLabel('Passphrase').fill(WEB_PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByRole('link', { name: /Schreiben|Write/ }).waitFor();
}

/** In the page: names of the files in a folder of the private file system. */
async function namesBelow(name: string): Promise<string[]> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(name);
  const names: string[] = [];
  for await (const key of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(key);
  return names;
}

/** In the page: pixels of a canvas that are not dark. */
declare function litPixels(selector: string): number;
