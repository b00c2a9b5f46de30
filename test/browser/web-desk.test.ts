import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Page } from 'playwright-core';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { receivedLetters } from '../../client/core/receive/inbox.js';
import { syncInbox } from '../../client/core/receive/sync.js';
import { importsOf, offerPacs, tellImported } from '../../client/core/work/imports.js';
import { addNote } from '../../client/core/work/work.js';
import { deskMaker } from '../support/device-desk.js';
import { accessibilityOf } from '../support/axe.js';
import { NORD, SUED, WEB_PASSPHRASE, type WebPractice, type WebWorld, sharedPair } from '../support/web.js';

/** The everyday of a practice beside reading: common work, finding, passing on, further devices, whom to trust. */

const SLICES = 3;

describe('the desk of a practice in the browser', function () {
  this.timeout(120_000);
  let world: WebWorld;
  let nord: WebPractice;
  let sued: WebPractice;
  let second: WebPractice;
  let study: string;

  before(async () => {
    ({ world, nord, sued } = await sharedPair());
    second = await world.open('en-GB');
    study = join(world.folder, 'study');
    for (const { name, bytes } of ctStudy({
      slices: SLICES,
      patientName: 'Müller^Jürgen',
      referringPhysician: 'Zuweiser^Zoe',
    })) {
      await mkdir(dirname(join(study, name)), { recursive: true });
      await writeFile(join(study, name), bytes);
    }
  });
  after(() => second?.context.close());

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
    await row.click();
    await nord.page.getByText('Dateien versiegelt und signiert von').waitFor();
    await assertAccessible(nord.page);
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
    const sheet = await page.locator('.mask-sheet svg').boundingBox();
    if (sheet === null) throw new Error('no picture to draw on');
    // A quarter of the picture; a click alone is no mask.
    await page.mouse.click(sheet.x + 10, sheet.y + 10);
    await page.mouse.move(sheet.x + sheet.width / 2, sheet.y + sheet.height / 2);
    await page.mouse.down();
    await page.mouse.move(sheet.x + 3, sheet.y + 3, { steps: 4 });
    await page.mouse.move(sheet.x, sheet.y);
    await page.mouse.up();
    await page.getByText('Maske 2: 0, 0, 256 × 256').waitFor();
    await page.getByRole('button', { name: 'Maske 2 entfernen' }).click();
    await page.getByText('Maske 2').waitFor({ state: 'detached' });
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
    // As a phone's camera opens it: the secret leaves the address before anything else.
    await other.goto(link);
    await other.getByRole('heading', { name: 'Join a mailbox' }).waitFor();
    expect(other.url()).to.equal(`${world.origin}/`);
    expect(await other.getByLabel('Link or 24 words').inputValue()).to.equal(link);
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

  it('has a study stored in a PACS by a gateway of the mailbox, and shows who asked and what the PACS has', async () => {
    const { page } = sued;
    await openAt(page, 'settings');
    await page.getByRole('button', { name: 'Add a device' }).click();
    const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
    const desks = deskMaker({ invite: () => Promise.reject(new Error('nobody is invited')) }, world.origin);
    const joining = desks.join(link, { name: 'Gateway', member: 'Technik' });
    await page.getByText('Gateway (Technik) asks to be added.').waitFor();
    await page.getByRole('button', { name: 'The digits are the same: add' }).click();
    await page.getByText('The device belongs to the mailbox now.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
    const gateway = await joining;
    await syncInbox(gateway);
    const letter = receivedLetters(gateway.account).find(({ body }) => body.subject === 'CT Schädel');
    if (letter === undefined) throw new Error('no message');
    await offerPacs(gateway, ['archiv']);
    await addNote(gateway, letter, 'Das Gateway ist da');
    const open = async (): Promise<void> => {
      await openAt(page, 'inbox');
      await page.getByRole('option', { name: /CT Schädel/ }).click();
    };
    await open();
    await page.getByText('Das Gateway ist da').waitFor();
    await open();
    await page.getByRole('button', { name: 'To PACS: archiv' }).click();
    await page.getByRole('dialog', { name: 'Store in the PACS archiv?' }).waitFor();
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Have it stored' }).click();
    await page.getByText('PACS archiv: asked for').waitFor();
    await syncInbox(gateway);
    expect(importsOf(gateway.account, letter).get('archiv')?.asked?.member).to.equal('Dr. B. Schulz');
    await tellImported(gateway, letter, { pacs: 'archiv', instances: SLICES, total: SLICES });
    await page.getByText(`PACS archiv: ${SLICES} of ${SLICES} images`).waitFor();
    desks.close();
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

  it('needed nothing that the policy forbids, and asked nobody but its relay', () => {
    expect(nord.complaints).to.deep.equal([]);
    expect(sued.complaints).to.deep.equal([]);
  });
});

/** In the page: names of the files in a folder of the private file system. */
async function namesBelow(name: string): Promise<string[]> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(name);
  const names: string[] = [];
  for await (const key of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) names.push(key);
  return names;
}

/** In the page: pixels of a canvas that are not dark. */
declare function litPixels(selector: string): number;
