import { type Page } from 'playwright-core';

/** What a practice does beside reading, for the camera: notes, contacts, devices, forwarding, a warning before sending. */
export interface Everyday {
  readonly origin: string;
  readonly take: (page: Page, name: string) => Promise<void>;
}

/** Once: somebody has taken a message on and noted something about it. */
export async function workOn(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Übernehmen|Take on)$/ }).click();
  await page.locator('.work strong').waitFor();
  await page.locator('.notes summary').click();
  await page.getByLabel(/Neue Notiz|New note/).fill('Patientin angerufen, Kontrolle am 12. Januar vereinbart.');
  await page.keyboard.press('Enter');
  await page.locator('.note').waitFor();
}

export async function everydayScreens({ origin, take }: Everyday, sued: Page, nord: Page): Promise<void> {
  await sued.goto(`${origin}/#/inbox`);
  await sued.getByRole('option', { name: /CT Schädel/ }).click();
  await sued.locator('.work').scrollIntoViewIfNeeded();
  await take(sued, 'work');
  await sued.goto(`${origin}/#/settings`);
  await sued.getByRole('button', { name: /Gerät hinzufügen|Add a device/ }).click();
  await sued.locator('.qr').waitFor();
  await take(sued, 'pair');
  await sued.keyboard.press('Escape');
  await sued.locator('.device').first().scrollIntoViewIfNeeded();
  const safety = sued.getByRole('button', { name: /^(Sicherheitsnummer|Safety number): befund@/ });
  await safety.scrollIntoViewIfNeeded();
  await take(sued, 'settings-contacts');
  await safety.click();
  await sued.locator('.safety-number').waitFor();
  await take(sued, 'safety-number');
  await sued.keyboard.press('Escape');
  await nord.goto(`${origin}/#/sent`);
  await nord.getByRole('option', { name: /CT Schädel/ }).click();
  await nord.getByRole('button', { name: /^(Weiterleiten|Forward)$/ }).click();
  await nord.getByRole('combobox').first().fill('klinik');
  await nord.getByRole('option', { name: /Klinik/ }).waitFor();
  await take(nord, 'forward');
}

/** An answer, and an answer to it: three messages of one conversation. */
export async function converse(nord: Page, sued: Page, subject: string): Promise<void> {
  for (const [page, text] of [
    [sued, 'Donnerstag passt.'],
    [nord, 'Dann bis Donnerstag, bitte nüchtern.'],
  ] as const) {
    await page.goto(page.url().replace(/#.*|$/, '#/inbox'));
    await page
      .getByRole('option', { name: new RegExp(subject) })
      .first()
      .click();
    await page.getByRole('button', { name: /^(Antworten|Reply)$/ }).click();
    await page.getByLabel(/^(Nachricht|Message)$/).fill(text);
    await page.getByRole('button', { name: /Versiegeln|Seal/ }).click();
    await page.getByRole('heading', { name: /Gesendet|Sent/, level: 1 }).waitFor();
  }
  await sued.goto(sued.url().replace(/#.*|$/, '#/inbox'));
}

/** What the operator gives when he has changed the witnesses. */
export async function policyOf(take: Everyday['take'], page: Page, origin: string): Promise<void> {
  await page.getByText(/^(Andere Zeugen|Other witnesses)/).click();
  const policy = await (await fetch(`${origin}/log/policy`)).text();
  await page.getByLabel(/^(Richtlinie als Text|Policy, as text)$/).fill(policy);
  await page.getByText(/^(Protokoll|Log) /).waitFor();
  await take(page, 'recover-policy');
}
