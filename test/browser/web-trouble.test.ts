import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Page } from 'playwright-core';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { createLog } from '../../client/gateway/log.js';
import { startWebSide } from '../../client/gateway/web-side.js';
import { accessibilityOf } from '../support/axe.js';
import { ForkedLog } from '../support/forked-log.js';
import { holdParts } from '../support/web-steps.js';
import { WEB_PASSPHRASE, type WebPractice, type WebWorld, enrolInBrowser, sharedPair } from '../support/web.js';

/** What befalls messages, browsers and mailboxes besides: strangers, withdrawal, giving up, loss of every device, a relay that lies. */

describe('the web client in trouble', function () {
  this.timeout(120_000);
  let world: WebWorld;
  let nord: WebPractice;
  let sued: WebPractice;
  let west: WebPractice;
  let study: string;
  /** Of Klinik West's recovery kit. */
  let words: string[];

  before(async () => {
    ({ world, nord, sued } = await sharedPair());
    study = join(world.folder, 'trouble');
    const phantom = { slices: 3, patientName: 'Maier^Josef', seed: 5, referringPhysician: 'Zuweiser^Zoe' };
    for (const { name, bytes } of ctStudy(phantom)) {
      await mkdir(dirname(join(study, name)), { recursive: true });
      await writeFile(join(study, name), bytes);
    }
  });
  after(() => west?.context.close());

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
  /** A text and nothing else. */
  async function send(page: Page, to: string, subject: string): Promise<void> {
    await write(page, to, subject);
    await page.getByLabel(/^(Nachricht|Message)$/).fill('Text');
    await page.getByRole('button', { name: /^(Versiegeln und senden|Seal and send)$/ }).click();
    await page.getByRole('heading', { name: /^(Gesendet|Sent)$/, level: 1 }).waitFor();
  }

  it('lets first messages wait for a decision, and fetches nothing of them before', async () => {
    await openAt(nord.page, 'settings');
    await nord.page.getByLabel('Erste Nachrichten annehmen von').selectOption('known');
    west = await world.open('en-GB');
    const invited = await world.invite('Klinik West', 'post@klinik-west.example');
    words = await enrolInBrowser(west.page, invited, { member: 'Dr. C. West', device: 'Ward' });
    await write(west.page, 'nord', 'Zweitmeinung');
    await west.page.getByLabel('Message', { exact: true }).fill('Bitte um Einschätzung.');
    await west.page.getByRole('button', { name: 'Seal and send' }).click();
    await openAt(nord.page, 'inbox');
    const row = nord.page.getByRole('option', { name: /Zweitmeinung/ });
    await row.getByText('Wartet auf Ihre Zustimmung').waitFor();
    await row.click();
    await nord.page.getByRole('heading', { name: 'Dieser Absender ist neu für Sie' }).waitFor();
    await assertAccessible(nord.page);
    await nord.page.getByRole('button', { name: 'Nachrichten dieses Absenders annehmen' }).click();
    await row.getByText('Vollständig', { exact: true }).waitFor();
  });

  it('tells the desktop that something has come, when nobody looks: how many, and nothing else', async () => {
    const { page } = sued;
    await page.evaluate(LISTEN_TO_NOTIFICATIONS);
    await openAt(page, 'settings');
    await page.getByLabel('Tell me on the desktop when a message arrives').check();
    await openAt(page, 'inbox');
    await send(nord.page, 'süd', 'Wird gesehen');
    await page.getByRole('option', { name: /Wird gesehen/ }).waitFor();
    await page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, get: () => true })`);
    await send(nord.page, 'süd', 'Müller, Jürgen: Nachfrage');
    await page.getByRole('option', { name: /Nachfrage/ }).waitFor();
    expect(await page.evaluate('globalThis.told')).to.deep.equal([['Bildbote', '1 new message']]);
    await page.evaluate('delete document.hidden');
  });

  it('takes back for good what nobody has fetched, and the other side sees that something was there', async () => {
    await sued.page.getByRole('button', { name: 'Lock', exact: true }).click();
    await sued.page.getByRole('heading', { name: 'Locked' }).waitFor();
    const { page } = nord;
    await send(page, 'süd', 'Irrläufer');
    await page.getByRole('option', { name: /Irrläufer/ }).click();
    await page.getByRole('button', { name: 'Zurückziehen' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Zurückziehen' }).click();
    await page
      .getByRole('region', { name: 'Antwort des Relays' })
      .getByText(/zurückgezogen, nie abgerufen/)
      .waitFor();
    await unlock(sued.page);
    await openAt(sued.page, 'inbox');
    const row = sued.page.getByRole('option', { name: /Taken back by the sender/ });
    await row.click();
    await sued.page.getByRole('heading', { name: 'Message that is gone' }).waitFor();
    expect(await sued.page.content()).not.to.include('Irrläufer');
    await assertAccessible(sued.page);
  });

  it('gives a message up that has stopped, and its recipient learns that nothing more will come', async () => {
    const { page } = nord;
    const held = await holdParts(nord);
    await write(page, 'süd', 'Abgebrochen');
    await page.locator('input[type=file][webkitdirectory]').setInputFiles(study);
    await page.getByText('Maier, Josef').waitFor();
    await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
    await page.getByRole('button', { name: 'Der Empfänger stimmt: senden' }).click();
    const card = page.getByRole('region', { name: 'Unterwegs' });
    await held.some();
    await card.getByRole('button', { name: 'Anhalten' }).click();
    await card.getByRole('button', { name: 'Verwerfen' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Behalten' }).click();
    await card.getByText('Abgebrochen').waitFor();
    await card.getByRole('button', { name: 'Verwerfen' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Verwerfen' }).click();
    await card.waitFor({ state: 'detached' });
    await held.forget();
    await openAt(sued.page, 'inbox');
    await sued.page
      .getByRole('option', { name: /Abgebrochen/ })
      .getByText('Given up by the sender')
      .waitFor();
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
    nord.page = again;
    await again.goto(world.origin);
    await unlock(again);
    await openAt(sued.page, 'inbox');
    const row = sued.page.getByRole('option', { name: /Drei Dateien/ });
    await row.getByText('Complete', { exact: true }).waitFor();
  });

  it('works from a gateway of the practice, which serves the page pinned, and speaks to nobody else', async () => {
    const web = { host: '127.0.0.1', port: 0, names: [], digest: world.relay.webDigest ?? '' };
    await using side = await startWebSide({ web, relayOrigin: world.origin, log: createLog('silent') });
    const origin = side.url.replace('127.0.0.1', 'localhost');
    const context = await world.browser.newContext({ locale: 'en-GB', serviceWorkers: 'block' });
    context.setDefaultTimeout(60_000);
    const elsewhere: string[] = [];
    const sockets: string[] = [];
    context.on('request', (request) => void (request.url().startsWith(origin) || elsewhere.push(request.url())));
    const page = await context.newPage();
    page.on('websocket', (socket) => void sockets.push(new URL(socket.url()).origin.replace('ws', 'http')));
    const link = await world.invite('Praxis am Gateway', 'praxis@am-gateway.example');
    await enrolInBrowser(page, link.replace(world.origin, origin), { member: 'Dr. G. Way', device: 'Here' });
    await page.getByRole('link', { name: 'Write' }).click();
    await page.getByRole('combobox').first().fill('süd');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.getByLabel('Subject').fill('Über das Gateway');
    await page.getByLabel('Message', { exact: true }).fill('Text');
    await page.getByRole('button', { name: 'Seal and send' }).click();
    await openAt(sued.page, 'inbox');
    const row = sued.page.getByRole('option', { name: /Über das Gateway/ });
    await row.getByText('Complete', { exact: true }).waitFor();
    await page.getByText('Delivered 1 of 1').waitFor();
    expect(elsewhere.filter((url) => !/^(blob|data):/.test(url))).to.deep.equal([]);
    expect(new Set(sockets)).to.deep.equal(new Set([origin]));
    await context.close();
  });

  it('stops sending when the relay shows it another directory than before, and says so before anything else', async () => {
    const { page, context } = west;
    const seen = createHash('sha256').update('a mailbox of another history').digest();
    const fork = await ForkedLog.of(world.dataDir, [{ index: seen, seq: 1, head: seen }], 400);
    await context.route('**/api/log/proofs/*', (route) =>
      route.fulfill({ contentType: 'application/json', body: fork.proofAnswer(new URL(route.request().url())) }),
    );
    await write(page, 'süd', 'Unter falscher Geschichte');
    await page.getByLabel('Message', { exact: true }).fill('Text');
    await page.getByRole('button', { name: 'Seal and send' }).click();
    await page.getByRole('heading', { name: 'The directory contradicts itself' }).waitFor();
    await assertAccessible(page);
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save the evidence' }).click();
    expect((await download).suggestedFilename()).to.equal('bildbote-evidence.txt');
    await page.getByRole('button', { name: 'Read received messages all the same' }).click();
    await page.getByText('Directory alarm: nothing is sent.').waitFor();
    await openAt(sued.page, 'inbox');
    expect(await sued.page.getByRole('option', { name: /falscher Geschichte/ }).count()).to.equal(0);
  });

  it('goes on when a person has named the whole root that counts, with a reason and the passphrase, and not before', async () => {
    const { page, context } = west;
    await context.unroute('**/api/log/proofs/*');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('Settle the alarm', { exact: true }).click();
    const seen = page.getByRole('region', { name: 'Seen first' }).locator('dd').last();
    const right = (await seen.textContent()) ?? '';
    const root = page.getByLabel('Root that counts, as the operator has named it');
    const settle = page.getByRole('button', { name: 'This root counts: settle the alarm' });
    await page.getByLabel(/^Reason/).fill('Copy put back, told by telephone');
    await page.getByLabel('Passphrase of this browser').fill('not the passphrase');
    await root.fill(right.slice(0, -2));
    await page.getByText('This is neither of the two roots above.').waitFor();
    expect(await settle.isDisabled()).to.equal(true);
    await root.fill(`${right.slice(0, 10)} ${right.slice(10)}`);
    await page.getByText('This is the root that was seen first.').waitFor();
    await settle.click();
    await page.getByRole('alert').getByText('The passphrase is wrong').waitFor();
    await assertAccessible(page);
    await page.getByRole('heading', { name: 'The directory contradicts itself' }).waitFor();
    await page.getByLabel('Passphrase of this browser').fill(WEB_PASSPHRASE);
    await settle.click();
    await page.getByText('The alarm is settled').waitFor();
    await send(page, 'süd', 'Nach dem Alarm');
    await sued.page.getByRole('option', { name: /Nach dem Alarm/ }).waitFor();
    expect(await page.getByText('Directory alarm').count()).to.equal(0);
  });

  it('keeps who has settled an alarm, why, and the evidence, across a lock', async () => {
    const { page } = west;
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await unlock(page);
    await openAt(page, 'settings');
    const alarms = page.getByRole('region', { name: 'Alarms' });
    await alarms.getByText('Dr. C. West').waitFor();
    await alarms.getByText('Copy put back, told by telephone').waitFor();
    await alarms.getByText(/Given up: 400 entries/).waitFor();
    await assertAccessible(page);
    const download = page.waitForEvent('download');
    await alarms.getByRole('button', { name: /Save the evidence log-fork-400-\d+-[0-9a-f]{8}\.txt/ }).click();
    const saved = await readFile(await (await download).path(), 'utf8');
    expect(saved.match(/^— /gm)).to.have.length.of.at.least(2);
    expect(saved).to.include('\n400\n');
  });

  it('begins anew from the words of the recovery kit, with new words, and shuts the old browser out', async () => {
    const fresh = await world.open('en-GB');
    const { page } = fresh;
    await page.goto(world.origin);
    await page.getByRole('button', { name: 'Recover a mailbox' }).click();
    await page.getByLabel('Address of the mailbox').fill('post@klinik-west.example');
    const secret = page.getByLabel('Recovery words');
    await secret.fill([...words.slice(1), words[0]].join(' '));
    await page.getByLabel('Your name').fill('Dr. C. West');
    await page.getByLabel('Name of this workplace').fill('New computer');
    await page.getByLabel('Passphrase', { exact: true }).fill(WEB_PASSPHRASE);
    await page.getByLabel('Passphrase once more').fill(WEB_PASSPHRASE);
    const start = page.getByRole('button', { name: 'Recover and revoke all other devices' });
    await start.click();
    await page.getByRole('alert').waitFor();
    await assertAccessible(page);
    // Witnesses that the relay does not name: nothing begins, unless the operator has given the policy on another way.
    await secret.fill([...words.slice(0, 24), ...words.slice(24).reverse()].join(' '));
    await start.click();
    await page.getByText('The relay names other witnesses than your words.').waitFor();
    await page.getByText('Other witnesses than the words name', { exact: true }).click();
    await page.getByLabel('Policy, as text').fill('quorum none');
    await page.getByText('This is not a policy, or not a whole one.').waitFor();
    expect(await start.isDisabled()).to.equal(true);
    const policy = await (await fetch(`${world.origin}/log/policy`)).text();
    const file = page.getByLabel('Choose the policy file');
    await file.setInputFiles({ name: 'p', mimeType: 'text/plain', buffer: Buffer.from(policy.padEnd(16_385, '\n')) });
    await page.getByText('This is not a policy, or not a whole one.').waitFor();
    await file.setInputFiles({ name: 'p', mimeType: 'text/plain', buffer: Buffer.from(policy) });
    await page.getByText(/^Log .* No witness needs to have seen anything/).waitFor();
    await assertAccessible(page);
    await start.click();
    await page.getByRole('heading', { name: 'Recovery kit' }).waitFor();
    const renewed = await page.getByRole('list', { name: 'Recovery words' }).getByRole('listitem').allTextContents();
    expect(renewed).to.have.length(28);
    expect(renewed.slice(0, 24)).to.not.deep.equal(words.slice(0, 24));
    await page.getByLabel('I have printed or saved the words').check();
    await page.getByRole('button', { name: 'To the mailbox' }).click();
    await page.getByRole('heading', { name: 'Inbox' }).waitFor();
    await openAt(page, 'settings');
    await page.getByText('New computer').first().waitFor();
    await page.locator('.device[data-revoked="true"]').waitFor();
    await fresh.context.close();
  });
});

async function unlock(page: Page): Promise<void> {
  await page.getByLabel('Passphrase').fill(WEB_PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.getByRole('link', { name: /Schreiben|Write/ }).waitFor();
}

/** In the page: what the system would show, which a browser without a desktop does not. */
const LISTEN_TO_NOTIFICATIONS = `
  globalThis.told = [];
  globalThis.Notification = class {
    static permission = 'default';
    static async requestPermission() {
      return (this.permission = 'granted');
    }
    constructor(title, options) {
      told.push([title, options.body]);
    }
  };
`;
