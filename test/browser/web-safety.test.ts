import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { type CDPSession, type Page } from 'playwright-core';
import { element, file } from '../support/dicom-bytes.js';
import { HOSTILE, WEB_PASSPHRASE, type WebPractice, type WebWorld, sharedPair } from '../support/web.js';

/** What must hold when people, files, networks and authenticators do not behave. */

const REVERSED = 'harmlos\u202egnp.exe';

describe('the web client keeps', function () {
  this.timeout(120_000);
  let world: WebWorld;
  let nord: WebPractice;
  let sued: WebPractice;

  before(async () => {
    ({ world, nord, sued } = await sharedPair());
  });

  async function write(page: Page, subject: string, text: string): Promise<void> {
    await page.getByRole('link', { name: /Schreiben|Write/ }).click();
    await page.getByRole('combobox').first().fill('süd');
    await page.getByRole('option', { name: /Hausarztpraxis Süd/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByLabel(/Betreff|Subject/).fill(subject);
    await page.getByLabel(/^(Nachricht|Message)$/).fill(text);
  }

  it('hostile texts, names and files inert, and their direction to themselves', async () => {
    const folder = join(world.folder, 'hostile');
    await mkdir(folder);
    const extra = [element(0x00081030, 'LO', `${HOSTILE.slice(0, 60)}`)];
    await writeFile(join(folder, 'a.dcm'), file({ patientName: `${HOSTILE}^\u202eEve`, extra: [] }));
    await writeFile(join(folder, 'b.dcm'), file({ patientName: `${HOSTILE}^\u202eEve`, extra }));
    await writeFile(join(folder, `${REVERSED}.txt`), HOSTILE);
    await write(nord.page, `${HOSTILE} ${REVERSED}`, `${HOSTILE}\n\n[klick](javascript:alert(1)) https://evil.example`);
    await nord.page.locator('input[type=file][webkitdirectory]').setInputFiles(folder);
    await nord.page.getByText('Andere Dateien').click();
    await nord.page.getByRole('checkbox', { name: /harmlos/ }).check();
    await nord.page.getByRole('button', { name: 'Versiegeln und senden' }).click();

    const { page } = sued;
    const row = page.getByRole('option', { name: /onerror/ });
    await row.getByText('Complete', { exact: true }).waitFor();
    await row.click();
    await page.getByText('https://evil.example').waitFor();
    const pane = page.locator('.detail-pane');
    await pane.getByText('Attachments').waitFor();
    for (const name of ['img', 'svg[onload]', 'a[href]', 'iframe', 'script', 'form']) {
      expect(await pane.locator(name).count(), name).to.equal(0);
    }
    expect(await page.evaluate(() => 'pwned' in globalThis)).to.equal(false);
    const shown = (await pane.textContent()) ?? '';
    expect(shown)
      .to.include(HOSTILE)
      .and.to.not.match(/[\u202a-\u202e\u2066-\u2069]/);
    const isolated = await pane
      .locator('h2, .letter-text p')
      .evaluateAll((all) =>
        all.map((one) => (one as unknown as { getAttribute(name: string): string }).getAttribute('dir')),
      );
    expect(isolated.every((dir) => dir === 'auto')).to.equal(true);
    expect([...nord.complaints, ...sued.complaints]).to.deep.equal([]);
  });

  it('to its own relay, whatever an address or an invitation names', async () => {
    const stranger = await world.open('en-GB');
    await stranger.page.goto(`${world.origin}/?relay=https://evil.example&url=https://evil.example/x#/evil`);
    await stranger.page.getByLabel('Invitation link').fill(`https://evil.example/enrol#${'A'.repeat(43)}`);
    await stranger.page.getByRole('button', { name: 'Continue' }).click();
    await stranger.page.getByText('The invitation is not valid').waitFor();
    // The relay's own answer, 404, is told to the console by the browser.
    expect(stranger.complaints.filter((text) => !text.includes('404'))).to.deep.equal([]);
    await stranger.context.close();
  });

  it('an upload across a reload: the same files chosen again, it goes on where it stopped', async () => {
    const { page, context } = nord;
    await page.reload();
    await unlock(page);
    const files = Array.from({ length: 4 }, (_, i) => join(world.folder, `big-${i}.dcm`));
    for (const [i, path] of files.entries()) await writeFile(path, big(i));
    await write(page, 'Große Serie', 'Geht weiter');
    await page.locator('input[type=file]:not([webkitdirectory]):not([accept])').setInputFiles(files);
    await page.getByText('1 Untersuchung').waitFor();
    let isHeld = true;
    const arrived: string[] = [];
    const stored = new Set<string>();
    const partOf = (url: string): string => new URL(url).pathname.split('/').at(-1) ?? '';
    // Only an answer says that the relay has a part: what is on its way when the page goes is sent again, and rightly.
    context.on('response', (response) => {
      if (/\/parts\/\d+$/.test(response.url()) && response.ok()) stored.add(partOf(response.url()));
    });
    await context.route('**/api/payloads/*/parts/*', async (route) => {
      const part = partOf(route.request().url());
      if (isHeld && Number(part) > 1) return;
      arrived.push(part);
      await route.continue();
    });
    await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
    await page.getByText(/Anhalten/).waitFor();
    await poll(() => stored.has('0') && stored.has('1'));
    await page.reload();
    isHeld = false;
    arrived.length = 0;
    await unlock(page);
    await page.getByRole('link', { name: 'Gesendet' }).click();
    await page.getByText('Der Browser hat die Dateien nicht mehr.').waitFor();
    const other = { name: 'big-0.dcm', mimeType: 'application/dicom', buffer: Buffer.from('another file') };
    const again = page.getByLabel('Dateien noch einmal wählen');
    await again.setInputFiles([other]);
    await page.getByText(/1 der gewählten Dateien sind nicht die dieser Nachricht.* 0 von 4 Dateien/).waitFor();
    // In two goes, as they lie in two folders.
    await again.setInputFiles(files.slice(0, 1));
    await page.getByText(/^1 von 4 Dateien sind wieder da/).waitFor();
    await again.setInputFiles(files.slice(1));
    await page
      .getByRole('option', { name: /Große Serie/ })
      .getByText('Zugestellt 1 von 1')
      .waitFor();
    expect(arrived).to.not.include('0').and.to.not.include('1');
    await sued.page
      .getByRole('option', { name: /Große Serie/ })
      .getByText('Complete', { exact: true })
      .waitFor();
    await context.unroute('**/api/payloads/*/parts/*');
  });

  it('a download across a reload: what was verified and durable does not come again', async () => {
    const { page, context } = sued;
    const files = Array.from({ length: 24 }, (_, i) => join(world.folder, `down-${i}.dcm`));
    for (const [i, path] of files.entries()) await writeFile(path, big(i + 10));
    let isHeld = true;
    const asked: number[] = [];
    await context.route('**/api/payloads/*/segments/*', async (route) => {
      const first = Number(new URL(route.request().url()).pathname.split('/').at(-1));
      if (isHeld && first >= 64) return;
      asked.push(first);
      await route.continue();
    });
    await write(nord.page, 'Lange Serie', 'Kommt an');
    await nord.page.locator('input[type=file]:not([webkitdirectory]):not([accept])').setInputFiles(files);
    await nord.page.getByText('1 Untersuchung').waitFor();
    await nord.page.getByRole('button', { name: 'Versiegeln und senden' }).click();
    const row = page.getByRole('option', { name: /Lange Serie/ });
    // Sixteen of 24 MB: a checkpoint was saved after eight.
    await row.getByText(/Arriving: 1\d of 24/).waitFor();
    await page.reload();
    isHeld = false;
    asked.length = 0;
    await unlock(page);
    await row.getByText('Complete', { exact: true }).waitFor();
    expect(Math.min(...asked)).to.be.greaterThan(24);
    await row.click();
    await page.getByText(/Complete: 24 of 24, signed by/).waitFor();
    await context.unroute('**/api/payloads/*/segments/*');
  });

  it('working while the relay is away, and goes on when it is back', async () => {
    const { page } = nord;
    await write(page, 'Nach der Pause', 'Text');
    await world.restartRelay();
    await page.getByRole('button', { name: 'Versiegeln und senden' }).click();
    await sued.page
      .getByRole('option', { name: /Nach der Pause/ })
      .getByText('Complete', { exact: true })
      .waitFor();
  });

  it('the keys to itself when nobody has touched it for the time that was set', async () => {
    // With a clock in the test's hand from the beginning; the tab before gives up the account.
    await sued.page.close();
    const page = await sued.context.newPage();
    sued.page = page;
    await page.clock.install();
    await page.goto(world.origin);
    await unlock(page);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Lock after').selectOption('5');
    await page.clock.fastForward('04:30');
    await page.mouse.move(50, 50);
    await page.clock.fastForward('04:30');
    expect(await page.getByRole('heading', { name: 'Settings' }).isVisible()).to.equal(true);
    await page.clock.fastForward('01:00');
    await page.getByText('Locked after 5 minutes without use.').waitFor();
    await unlock(page);
    // Whoever uses this page next may come late.
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByLabel('Lock after').selectOption('60');
  });

  it('a passkey as a second way in, and refuses another one', async () => {
    const { page, context } = sued;
    await keepCopy(page, 'older');
    const cdp = await context.newCDPSession(page);
    await cdp.send('WebAuthn.enable');
    const first = await authenticator(cdp);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByText('The passkey unlocks this browser from now on.').waitFor();
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await page.getByRole('button', { name: 'Unlock with passkey' }).click();
    await page.getByRole('heading', { name: /Inbox|Settings/ }).waitFor();

    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await cdp.send('WebAuthn.setUserVerified', { authenticatorId: first, isUserVerified: false });
    await page.getByRole('button', { name: 'Unlock with passkey' }).click();
    await page.getByText('The passkey was not used or was refused.').waitFor();
    await unlock(page);
  });

  it('to its newest keys: an older copy of all that the browser has is refused, because the relay remembers', async () => {
    const { page } = sued;
    await page.getByRole('button', { name: 'Lock', exact: true }).click();
    await page.getByLabel('Passphrase').waitFor();
    await keepCopy(page, 'newest');
    await putCopyBack(page, 'older');
    await page.getByLabel('Passphrase').fill(WEB_PASSPHRASE);
    await page.keyboard.press('Enter');
    await page.getByText('The keys in this browser are older than ones used before.').waitFor();
    expect(await page.getByRole('heading', { level: 1, name: /Inbox|Settings/ }).isVisible()).to.equal(false);
    // The newest ones open, also after that.
    await putCopyBack(page, 'newest');
    await unlock(page);
  });
});

type Copy = 'older' | 'newest';

/** As a backup of the browser's profile would: keys and journal together. */
async function keepCopy(page: Page, copy: Copy): Promise<void> {
  await page.evaluate(`(async () => {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open('bildbote');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    const all = (store) => new Promise((resolve, reject) => {
      const found = [];
      const request = database.transaction(store, 'readonly').objectStore(store).openCursor();
      request.onsuccess = () => {
        const cursor = request.result;
        if (cursor === null) return resolve(found);
        found.push([cursor.key, cursor.value]);
        cursor.continue();
      };
      request.onerror = () => reject(request.error);
    });
    globalThis.${copy} = { blob: await all('blob'), log: await all('log') };
    database.close();
  })()`);
}

async function putCopyBack(page: Page, copy: Copy): Promise<void> {
  await page.evaluate(`(async () => {
    const database = await new Promise((resolve, reject) => {
      const request = indexedDB.open('bildbote');
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    await new Promise((resolve, reject) => {
      const transaction = database.transaction(['blob', 'log'], 'readwrite');
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      for (const name of ['blob', 'log']) {
        const store = transaction.objectStore(name);
        store.clear();
        for (const [key, value] of globalThis.${copy}[name]) store.put(value, key);
      }
    });
    database.close();
  })()`);
}

async function unlock(page: Page): Promise<void> {
  await page.getByLabel('Passphrase').fill(WEB_PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /Eingang|Inbox|Gesendet|Settings|Einstellungen|Neue/ }).waitFor();
}

async function authenticator(cdp: CDPSession): Promise<string> {
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
      hasPrf: true,
    },
  });
  return authenticatorId;
}

/** An instance of about 1 MB; each its own, and noise, so that no coding makes it shorter. */
function big(n: number): Buffer {
  const pixels = createHash('shake256', { outputLength: 1_000_000 }).update(`${n}`).digest();
  const extra = [element(0x00280010, 'US', 3)];
  const bytes = file({ extra, pixels: element(0x7fe00010, 'OW', pixels) });
  const own = Buffer.from(bytes);
  own.write(`1.2.3.${n + 5}`, own.lastIndexOf('1.2.3.4'), 'latin1');
  return own;
}

async function poll(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !isTrue(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isTrue()).to.equal(true);
}
