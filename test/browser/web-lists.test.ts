import { expect } from 'chai';
import { type Page } from 'playwright-core';
import { accessibilityOf } from '../support/axe.js';
import { type WebPractice, type WebWorld, sharedPair } from '../support/web.js';

/** Lists that grow: conversations, hundreds of files, a directory of many practices. */

describe('a long list in the web client', function () {
  this.timeout(120_000);
  let world: WebWorld;
  let nord: WebPractice;
  let sued: WebPractice;

  before(async () => {
    ({ world, nord, sued } = await sharedPair());
  });

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
  /** A text and nothing else. */
  async function send(page: Page, to: string, subject: string): Promise<void> {
    await write(page, to, subject);
    await page.getByLabel(/^(Nachricht|Message)$/).fill('Text');
    await page.getByRole('button', { name: /^(Versiegeln und senden|Seal and send)$/ }).click();
    await page.getByRole('heading', { name: /^(Gesendet|Sent)$/, level: 1 }).waitFor();
  }

  it('has one row with its number for a conversation, which the arrows unfold and fold, and a search finds each of it', async () => {
    const reply = async (page: Page, subject: RegExp): Promise<void> => {
      await page.getByRole('option', { name: subject }).click();
      await page.getByRole('button', { name: /^(Antworten|Reply)$/ }).click();
      await page.getByLabel(/^(Nachricht|Message)$/).fill('Antwort');
      await page.getByRole('button', { name: /^(Versiegeln und senden|Seal and send)$/ }).click();
      await page.getByRole('heading', { name: /^(Gesendet|Sent)$/, level: 1 }).waitFor();
    };
    await send(nord.page, 'süd', 'Kontrolltermin');
    await openAt(sued.page, 'inbox');
    await reply(sued.page, /Kontrolltermin/);
    await openAt(nord.page, 'inbox');
    await reply(nord.page, /Kontrolltermin/);
    const { page } = sued;
    await openAt(page, 'inbox');
    const rows = page.getByRole('option', { name: /Kontrolltermin/ });
    await rows.getByText('Conversation of 2, folded').waitFor({ state: 'attached' });
    expect(await rows.count()).to.equal(1);
    expect(await rows.getByRole('img', { name: 'Unread' }).count()).to.equal(1);
    await page.getByRole('searchbox').fill('Kontrolltermin');
    await rows.nth(1).waitFor();
    await page.getByRole('searchbox').fill('');
    await rows.nth(1).waitFor({ state: 'detached' });
    await page.getByRole('listbox', { name: 'Inbox' }).focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowRight');
    await rows.nth(1).waitFor();
    expect(await accessibilityOf(page)).to.deep.equal([]);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowLeft');
    await rows.nth(1).waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Kontrolltermin/, level: 2 }).waitFor();
    await rows.nth(1).waitFor();
    // On a message of it that is not its newest: the conversation is folded all the same, by the mouse, too.
    await rows.getByTitle('Conversation of 2, unfolded').click();
    await rows.nth(1).waitFor({ state: 'detached' });
  });

  it('draws of hundreds of files only those that can be seen, and each can be reached', async () => {
    const { page } = nord;
    await write(page, 'süd', 'Viele Dateien');
    const files = Array.from({ length: 400 }, (_, i) => {
      return { name: `notiz-${1000 + i}.txt`, mimeType: 'text/plain', buffer: Buffer.from(`Zeile ${i}`) };
    });
    await page.locator('input[type=file]:not([webkitdirectory]):not([accept])').setInputFiles(files);
    await page.getByText('Andere Dateien (400)').click();
    const boxes = page.getByRole('checkbox', { name: /notiz/ });
    await boxes.first().waitFor();
    expect(await boxes.count()).to.be.within(50, 200);
    const last = page.getByRole('checkbox', { name: /notiz-1399/ });
    expect(await last.count()).to.equal(0);
    await page.locator('.fold-items').last().scrollIntoViewIfNeeded();
    await last.uncheck();
    const first = page.getByRole('checkbox', { name: /notiz-1000/ });
    await first.waitFor({ state: 'detached' });
    await page.getByText('Andere Dateien (400)').scrollIntoViewIfNeeded();
    expect(await first.isChecked()).to.equal(true);
    await page.locator('.fold-items').last().scrollIntoViewIfNeeded();
    expect(await last.isChecked()).to.equal(false);
    await page.getByRole('button', { name: 'Alle Dateien entfernen' }).click();
  });

  it('says that the directory knows more than one page of it, and nothing of the kind when it does not', async () => {
    const { page, context } = nord;
    await openAt(page, 'inbox');
    await page.getByRole('link', { name: 'Schreiben' }).click();
    const combo = page.getByRole('combobox').first();
    await combo.fill('hausarzt');
    await page.getByRole('option', { name: /Hausarztpraxis Süd/ }).waitFor();
    expect(await page.getByText('Es gibt noch mehr.').count()).to.equal(0);
    await context.route(/\/api\/directory\?/, async (route) => {
      const response = await route.fetch();
      const page = (await response.json()) as { readonly entries: readonly { readonly address: string }[] };
      await route.fulfill({ response, json: { ...page, next: page.entries.at(-1)?.address ?? null } });
    });
    await combo.fill('hausarztp');
    await page.getByText('Es gibt noch mehr.').waitFor();
    await context.unroute(/\/api\/directory\?/);
  });
});
