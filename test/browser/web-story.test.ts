import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Page } from 'playwright-core';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { reportFile } from '../../client/cli/demo/report-file.js';
import { type Translate, translator } from '../../client/web/page/texts/translate.js';
import { accessibilityOf } from '../support/axe.js';
import { handsOn } from '../support/keyboard.js';
import { WEB_PASSPHRASE, type WebPractice, type WebWorld, enrolInBrowser, sharedWebWorld } from '../support/web.js';
import { type Files, holdParts, putIntoBrowser, withoutPickers } from '../support/web-steps.js';

/**
 * The whole way of a study between two practices in two browsers, as two people would use it who have only a keyboard: told once in German, with the
 * relay restarted in the middle of the upload, and once back in English, with the tab killed in the middle of it.
 */

const SLICES = 12;
const PHANTOM = { slices: SLICES, patientName: 'Muster^Erika', referringPhysician: 'Zuweiser^Zoe' };
const MITTE = 'befund@radiologie-mitte.example';
const TAL = 'praxis@hausarzt-tal.example';

describe('the web client', function () {
  // Most of it is waiting for two browsers on a machine that may have other things to do.
  this.timeout(240_000);
  let world: WebWorld;
  let mitte: WebPractice;
  let tal: WebPractice;
  let study: string;
  let report: string;

  before(async () => {
    world = await sharedWebWorld();
    mitte = await world.open('de-DE');
    tal = await world.open('en-GB');
    study = join(world.folder, 'told');
    report = join(world.folder, 'Befund.pdf');
    for (const { name, bytes } of ctStudy(PHANTOM)) {
      await mkdir(dirname(join(study, name)), { recursive: true });
      await writeFile(join(study, name), bytes);
    }
    await writeFile(report, reportFile(['Befund', 'Kein Hinweis auf frische Blutung']));
  });
  after(async () => {
    await mitte?.context.close();
    await tal?.context.close();
  });

  async function assertAccessible(page: Page): Promise<void> {
    expect(await accessibilityOf(page)).to.deep.equal([]);
  }

  it('makes a mailbox of an invitation, whose token leaves the address, and shows 28 words once', async () => {
    const link = await world.invite('Radiologie Mitte', MITTE);
    const { page } = mitte;
    await page.goto(link);
    await page.getByText('Radiologie Mitte').waitFor();
    expect(page.url()).to.equal(`${world.origin}/`);
    await assertAccessible(page);
    const words = await enrolInBrowser(page, link, { member: 'Dr. A. Meier', device: 'Befundraum' });
    expect(words).to.have.length(28);
    await page.reload();
    await page.getByRole('heading', { name: 'Gesperrt' }).waitFor();
    await assertAccessible(page);
    expect(await page.content()).not.to.include(words.slice(0, 3).join('</li>'));
    await unlock(page);
  });

  it('does the same with nothing but the keyboard', async () => {
    const { page } = tal;
    await page.goto(await world.invite('Hausarztpraxis Tal', TAL));
    await page.getByText('Hausarztpraxis Tal').waitFor();
    const hands = handsOn(page);
    await hands.type('Your name', 'Dr. B. Schulz');
    await hands.type('Name of this workplace', 'Front desk');
    await hands.key('Enter');
    await page.getByLabel('Passphrase', { exact: true }).waitFor();
    await hands.type('Passphrase', WEB_PASSPHRASE);
    await hands.type('Passphrase once more', WEB_PASSPHRASE);
    await hands.key('Enter');
    await page.getByRole('heading', { name: 'Recovery kit' }).waitFor();
    await assertAccessible(page);
    await hands.to('I have printed or saved the words');
    await hands.key('Space');
    await hands.press('To the mailbox');
    await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    await assertAccessible(page);
  });

  it('changes its language at once', async () => {
    const { page } = tal;
    await handsOn(page).press('Settings');
    await page.getByText(world.relay.webDigest ?? 'none').waitFor();
    await page.getByText('this browser').waitFor();
    await assertAccessible(page);
    await choose(page, 'Language', 'ArrowUp');
    await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).to.equal('de');
    await page.getByLabel('Farben').selectOption('dark');
    await assertAccessible(page);
    await page.goto(`${world.origin}/#/inbox`);
  });

  it('carries a study from one practice to the other in German, and the relay is restarted in between', async () => {
    const t = translator('de');
    const sender = { practice: mitte, name: 'Radiologie Mitte', address: MITTE };
    const recipient = { practice: tal, name: 'Hausarztpraxis Tal', address: TAL };
    const held = await holdParts(mitte);
    await withoutPickers(mitte.page);
    await compose(mitte.page, t, recipient.name, { study, report });
    await held.some();
    await world.restartRelay();
    await held.release();
    await readIt({ t, sender, recipient });
  });

  it('carries one back in English, and the tab is killed in the middle of the upload', async () => {
    for (const { page } of [mitte, tal]) {
      await page.goto(`${world.origin}/#/settings`);
      await choose(page, 'Sprache', 'ArrowDown');
      await page.goto(`${world.origin}/#/inbox`);
      await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    }
    const t = translator('en');
    const sender = { practice: tal, name: 'Hausarztpraxis Tal', address: TAL };
    const recipient = { practice: mitte, name: 'Radiologie Mitte', address: MITTE };
    await putIntoBrowser(tal, { study, report });
    const held = await holdParts(tal);
    await compose(tal.page, t, recipient.name, null);
    await held.some();
    const killed = tal.page;
    const again = await tal.context.newPage();
    await killed.close();
    await held.forget();
    await again.goto(world.origin);
    await handsOn(again).type('Passphrase', WEB_PASSPHRASE);
    await again.keyboard.press('Enter');
    await again.getByRole('heading', { name: 'Inbox' }).waitFor();
    await readIt({ t, sender: { ...sender, practice: { ...tal, page: again } }, recipient });
    tal = { ...tal, page: again };
  });

  it('fits a phone of 360 pixels: nothing to scroll sideways', async () => {
    const { page } = mitte;
    const before = page.viewportSize();
    await page.setViewportSize({ width: 360, height: 740 });
    const places = ['#/inbox', '#/sent', '#/write', '#/settings'];
    await page.goto(`${world.origin}/#/inbox`);
    await page
      .getByRole('option', { name: /CT Schädel/ })
      .first()
      .click();
    await page.getByRole('heading', { name: 'CT Schädel', exact: true }).waitFor();
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
    const second = await mitte.context.newPage();
    await second.goto(world.origin);
    await second.getByRole('heading', { name: 'Open in another tab' }).waitFor();
    await assertAccessible(second);
    await second.close();
  });

  it('keeps what it received sealed, and has it after locking without asking the relay', async () => {
    const { page } = mitte;
    await page.evaluate(typeAtOnce);
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await page.getByRole('heading', { name: 'Locked' }).waitFor();
    await page.keyboard.type('abc');
    expect(await page.getByLabel('Passphrase').inputValue()).to.equal('abc');
    expect(await page.content()).not.to.include('Muster');
    const { files, found } = await page.evaluate(privateFilesHold, 'Muster');
    expect(files).to.be.greaterThan(0);
    expect(found).to.equal(false);
    await page.getByLabel('Passphrase').fill('a wrong passphrase');
    await page.getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('The passphrase is wrong.').waitFor();
    let fetched = 0;
    page.on('request', (request) => void (fetched += Number(request.url().includes('/segments/'))));
    await unlock(page);
    await page
      .getByRole('option', { name: /CT Schädel/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Look at the images' }).click();
    await page.waitForFunction(() => shadesOf().length > 3);
    expect(fetched).to.equal(0);
  });

  it('needed nothing that the policy forbids, and asked nobody but its relay', () => {
    // What a browser says of connections that were broken is no complaint of the page.
    const own = [...mitte.complaints, ...tal.complaints].filter(
      (text) => !/ERR_(CONNECTION|FAILED)|WebSocket/.test(text),
    );
    expect(own).to.deep.equal([]);
  });
});

/** From the list to the sealed message, without a pointer. @param files null: the browser keeps handles to its private files */
async function compose(page: Page, t: Translate, to: string, files: Files | null): Promise<void> {
  const hands = handsOn(page);
  await hands.press(t('nav.write'));
  await page.getByRole('heading', { name: t('write.title') }).waitFor();
  await hands.type(t('write.to'), to);
  await page.getByRole('option', { name: to }).waitFor();
  await hands.key('Enter');
  await hands.type(t('write.subject'), 'CT Schädel');
  await hands.type(t('write.text'), 'Bitte ansehen.');
  if (files === null) await hands.press(t('write.chooseFolder'));
  else await hands.choose(t('write.chooseFolder'), files.study);
  await page.getByText('Muster, Erika').waitFor();
  if (files === null) await hands.press(t('write.chooseReport'));
  else await hands.choose(t('write.chooseReport'), files.report);
  await page.getByText('Befund.pdf').waitFor();
  await hands.to(t('write.urgency'));
  await hands.key('ArrowDown', 'ArrowDown');
  await hands.press(t('write.send'));
  // The study was referred by somebody else: it is asked once more.
  await page.getByRole('dialog', { name: t('write.guardTitle') }).waitFor();
  await hands.press(t('write.guardSend'));
  await page.getByRole('heading', { name: t('nav.sent'), level: 1 }).waitFor();
}

interface Party {
  readonly practice: WebPractice;
  readonly name: string;
  readonly address: string;
}

interface Told {
  readonly t: Translate;
  readonly sender: Party;
  readonly recipient: Party;
}

/** It arrives by itself; it is read, looked at, measured, passed on and taken back. */
async function readIt({ t, sender, recipient }: Told): Promise<void> {
  const { page } = recipient.practice;
  const hands = handsOn(page);
  const row = page.getByRole('option', { name: /CT Schädel/ }).first();
  await row.getByText(t('state.complete'), { exact: true }).waitFor();
  expect(await row.textContent()).to.include(`Muster, Erika · CT · `);
  await handsOn(sender.practice.page).press(t('nav.sent'));
  const sent = sender.practice.page.getByRole('option', { name: /CT Schädel/ }).first();
  await sent.getByText(t('state.delivered', { n: 1, total: 1 })).waitFor();
  await hands.press(new RegExp(`^${t('nav.inbox')}`));
  await hands.toList(t('nav.inbox'));
  await hands.key('Home', 'Enter');
  await page.getByRole('heading', { name: 'CT Schädel', exact: true }).waitFor();
  await page.getByText(t('state.verifiedComplete', { n: SLICES, sender: sender.address })).waitFor();
  await sent.getByText(t('state.opened', { n: 1, total: 1 })).waitFor();
  expect(await accessibilityOf(page)).to.deep.equal([]);
  await lookAt(page, t);
  await passOn(page, t, sender);
  await takeBack(sender.practice.page, t);
}

async function lookAt(page: Page, t: Translate): Promise<void> {
  const hands = handsOn(page);
  await hands.press(t('letter.showReport'));
  await page.getByText('Kein Hinweis auf frische Blutung').waitFor({ state: 'attached' });
  const dark = await page.locator('.report-page canvas').evaluate((element) => {
    const canvas = element as unknown as OffscreenCanvas;
    const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    return [...pixels].filter((value, i) => i % 4 === 0 && value < 100).length;
  });
  expect(dark).to.be.greaterThan(200);
  await page.getByRole('heading', { name: 'CT Schädel', exact: true }).focus();
  await hands.press(t('letter.open'));
  const viewport = page.locator('.viewport');
  const at = (n: number) =>
    page.getByRole('img', { name: t('viewer.viewport', { n, total: SLICES, description: 'Phantom CT' }) });
  await at(1).waitFor();
  await viewport.getByText(t('viewer.notDiagnostic')).waitFor();
  await page.waitForFunction(() => shadesOf().length > 3);
  await hands.key('ArrowDown');
  await at(2).waitFor();
  await hands.key('End');
  await at(SLICES).waitFor();
  await hands.key('Home');
  await at(1).waitFor();
  await hands.key('l', 'Enter', 'Enter', ...Array.from({ length: 4 }, () => 'Shift+ArrowRight'), 'Enter', 'Escape');
  // 40 pixels of 240 / 512 mm.
  await viewport.getByText(/^18[.,]8 mm$/).waitFor();
  expect(await accessibilityOf(page)).to.deep.equal([]);
  await hands.key('Escape');
  await page.getByRole('heading', { name: 'CT Schädel', exact: true }).waitFor();
}

async function passOn(page: Page, t: Translate, { name, practice }: Party): Promise<void> {
  const hands = handsOn(page);
  await page.getByRole('heading', { name: 'CT Schädel', exact: true }).focus();
  await hands.key('f');
  await page.getByRole('heading', { name: t('write.forwardTitle') }).waitFor();
  await hands.type(t('write.to'), name);
  await page.getByRole('option', { name }).waitFor();
  await hands.key('Enter');
  await hands.press(t('write.send'));
  await page.getByRole('heading', { name: t('nav.sent'), level: 1 }).waitFor();
  await handsOn(practice.page).press(new RegExp(`^${t('nav.inbox')}`));
  const row = practice.page.getByRole('option', { name: /Fwd: CT Schädel/ }).first();
  await row.getByText(t('state.complete'), { exact: true }).waitFor();
}

async function takeBack(page: Page, t: Translate): Promise<void> {
  const hands = handsOn(page);
  await hands.press(t('nav.sent'));
  await hands.toList(t('nav.sent'));
  await hands.key('Home', 'Enter');
  await page.getByRole('heading', { name: 'CT Schädel', exact: true }).waitFor();
  await hands.press(t('letter.withdraw'));
  await page.getByRole('dialog').waitFor();
  await hands.press(t('letter.withdraw'));
  await page.getByText(t('withdraw.fetched')).waitFor();
}

/** A list is chosen from by its arrows. */
async function choose(page: Page, label: string, key: string): Promise<void> {
  await page.getByLabel(label, { exact: true }).focus();
  await page.keyboard.press(key);
}

async function unlock(page: Page): Promise<void> {
  await page.getByLabel('Passphrase').fill(WEB_PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /Eingang|Inbox/ }).waitFor();
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

/** In the page: somebody whose hands are at the field as soon as there is one. */
function typeAtOnce(): void {
  const { document, MutationObserver } = globalThis as unknown as {
    document: { body: unknown; querySelector(selector: string): { focus(): void } | null };
    MutationObserver: new (seen: () => void) => { observe(place: unknown, what: object): void; disconnect(): void };
  };
  const watching = new MutationObserver(() => {
    const field = document.querySelector('input[type=password]');
    if (field === null) return;
    watching.disconnect();
    field.focus();
  });
  watching.observe(document.body, { childList: true, subtree: true });
}
