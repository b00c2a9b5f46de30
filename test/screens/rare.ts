import { createHash } from 'node:crypto';
import { type Page } from 'playwright-core';
import { ForkedLog } from '../support/forked-log.js';
import { type WebPractice, type WebWorld, enrolInBrowser } from '../support/web.js';

/** What a practice sees seldom, for the camera: a stranger, what was taken back, what cannot be believed, and what is asked before. */

type Take = (page: Page, name: string) => Promise<void>;

/** Once: a message that is taken back before anybody has fetched it, and one of somebody who is new. */
export async function prepareRare(world: WebWorld, nord: WebPractice, sued: WebPractice): Promise<void> {
  await sued.page.goto(`${world.origin}/#/settings`);
  const told = sued.page.waitForResponse((one) => one.url().includes('contact') && one.request().method() === 'PUT');
  await sued.page.getByLabel('Erste Nachrichten annehmen von').selectOption('known');
  await told;
  await sued.page.goto('about:blank');
  await nord.page.goto(`${world.origin}/#/write`);
  await writeText(nord.page, 'Irrläufer');
  await nord.page.getByRole('option', { name: /Irrläufer/ }).click();
  await nord.page.getByRole('button', { name: 'Zurückziehen' }).click();
  await nord.page.getByRole('dialog').getByRole('button', { name: 'Zurückziehen' }).click();
  await nord.page.getByText(/nie abgerufen/).waitFor();
  const neu = await world.open('de-DE');
  const link = await world.invite('Praxis Neuhaus', 'praxis@neuhaus.example');
  await enrolInBrowser(neu.page, link, { member: 'Dr. N. Neuhaus', device: 'Empfang' });
  await neu.page.goto(`${world.origin}/#/write`);
  await writeText(neu.page, 'Vorstellung');
  await neu.page.getByRole('option', { name: /Vorstellung/ }).waitFor();
  await neu.context.close();
}

async function writeText(page: Page, subject: string): Promise<void> {
  await page.getByRole('combobox').first().fill('süd');
  await page.getByRole('option', { name: /Süd/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByLabel('Betreff').fill(subject);
  await page.getByLabel('Nachricht', { exact: true }).fill('Guten Tag.');
  await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
  await page.getByRole('heading', { name: 'Gesendet', level: 1 }).waitFor();
}

/** Once: from now on the relay shows this practice another directory. */
export async function deceive({ context, page }: WebPractice, { dataDir, origin }: WebWorld): Promise<void> {
  const seen = createHash('sha256').update('a mailbox of another history').digest();
  const fork = await ForkedLog.of(dataDir, [{ index: seen, seq: 1, head: seen }], 400);
  await context.route('**/api/log/proofs/*', (route) =>
    route.fulfill({ contentType: 'application/json', body: fork.proofAnswer(new URL(route.request().url())) }),
  );
  await page.goto(`${origin}/#/write`);
  await page.getByRole('combobox').first().fill('süd');
  await page.getByRole('option', { name: /Süd/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByLabel('Nachricht', { exact: true }).fill('Text');
  await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
  await page.getByRole('heading', { name: /widerspricht/ }).waitFor();
}

export async function rareInbox(origin: string, take: Take, sued: Page): Promise<void> {
  await sued.goto(`${origin}/#/inbox`);
  await sued.getByRole('option', { name: /Vorstellung/ }).click();
  await sued.locator('.consent').waitFor();
  await take(sued, 'consent');
  await sued.getByRole('option', { name: /zurückgezogen|Taken back/ }).click();
  await sued.getByRole('heading', { level: 2 }).first().waitFor();
  await take(sued, 'removed');
  await sued.getByRole('option', { name: /CT Schädel/ }).click();
  await sued.getByRole('button', { name: /^(Übergeben|Hand over)$/ }).click();
  await take(sued, 'hand-over');
  await sued.keyboard.press('Escape');
}

/** On the page of a message that is being written and holds a study. */
export async function rareWriting(take: Take, nord: Page): Promise<void> {
  const patient = nord.getByLabel(/Wer der Patient ist|Who the patient is/);
  await patient.selectOption('teaching');
  await patient.scrollIntoViewIfNeeded();
  await take(nord, 'write-deidentify');
  await nord.getByRole('button', { name: /Vorher und nachher|Before and after/ }).click();
  await nord.getByRole('row', { name: /0010,0010/ }).waitFor();
  await take(nord, 'deidentify');
  await nord.keyboard.press('Escape');
  await patient.selectOption('');
}

export async function rareSent(take: Take, nord: Page): Promise<void> {
  await nord
    .getByRole('option', { name: /CT Schädel/ })
    .first()
    .click();
  await nord.getByRole('button', { name: /^(Zurückziehen|Take back)$/ }).click();
  await take(nord, 'withdraw');
  await nord.keyboard.press('Escape');
  await nord.getByRole('option', { name: /Irrläufer/ }).click();
  await nord.getByText(/nie abgerufen|never fetched/).waitFor();
  await take(nord, 'withdrawn');
}

/** The way out of an alarm, filled in by somebody who has asked. */
export async function settleForm(take: Take, page: Page): Promise<void> {
  await page.getByText(/^(Alarm erledigen|Settle the alarm)$/).click();
  const root = (await page.locator('.alarm-facts dd').nth(2).textContent()) ?? '';
  await page.getByLabel(/^(Wurzel, die gilt|Root that counts)/).fill(root);
  await page.getByLabel(/^(Grund|Reason)/).fill('Kopie vom 3. Mai eingespielt, am Telefon erklärt, Herr Adler');
  await page.locator('form').scrollIntoViewIfNeeded();
  await take(page, 'alarm-settle');
}
