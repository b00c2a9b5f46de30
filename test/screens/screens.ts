import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Browser, type Page } from 'playwright-core';
import { type PhantomFile, crStudy, ctStudy, mrStudy } from '../../client/cli/demo/phantom.js';
import { reportFile } from '../../client/cli/demo/report-file.js';
import { converse, everydayScreens, policyOf, workOn } from './everyday.js';
import { deceive, prepareRare, rareInbox, rareSent, rareWriting, settleForm } from './rare.js';
import { WEB_PASSPHRASE, type WebWorld, createWebWorld, enrolInBrowser } from '../support/web.js';

/**
 * `npm run screens`: every screen of the web client in both languages and themes, as small pictures in docs/screens. Looked at by
 * people; no test compares them.
 */

const out = resolve(import.meta.dirname, '../../docs/screens');
const LANGUAGES = ['de', 'en'] as const;
const THEMES = ['light', 'dark'] as const;
const DESK = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 800 };

type Language = (typeof LANGUAGES)[number];
type Look = { readonly language: Language; readonly theme: (typeof THEMES)[number] };

/** All of them, or those that are named: `npm run screens -- de-light`; with `desk` only what comes after enrolling, with `gates` only what comes before. */
const isDeskOnly = process.argv.includes('desk');
const isGatesOnly = process.argv.includes('gates');
const named = process.argv.slice(2).filter((name) => !['desk', 'gates'].includes(name));
const LOOKS: readonly Look[] = LANGUAGES.flatMap((language) => THEMES.map((theme) => ({ language, theme }))).filter(
  ({ language, theme }) => named.length === 0 || named.includes(`${language}-${theme}`),
);

async function writeStudy(folder: string, files: Iterable<PhantomFile>): Promise<string> {
  for (const { name, bytes } of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}

interface Sent {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly folders?: readonly string[];
  readonly report?: string;
  readonly urgent?: string;
}

async function fill(page: Page, { to, subject, text, folders = [], report, urgent }: Sent): Promise<void> {
  await page.goto(page.url().replace(/#.*|$/, '#/write'));
  await page.getByRole('combobox').first().fill(to);
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByLabel(/Betreff|Subject/).fill(subject);
  await page.getByLabel(/^(Nachricht|Message)$/).fill(text);
  for (const folder of folders) {
    await page.locator('input[webkitdirectory]').setInputFiles(folder);
    await page.locator('.found').waitFor();
  }
  if (report !== undefined) await page.locator('input[accept*=pdf]').setInputFiles(report);
  if (urgent !== undefined) await page.getByLabel(/Dringlichkeit|Urgency/).selectOption(urgent);
}

async function send(page: Page, message: Sent): Promise<void> {
  await fill(page, message);
  await page.getByRole('button', { name: /Versiegeln|Seal/ }).click();
  await page.getByRole('heading', { name: /Gesendet|Sent/, level: 1 }).waitFor();
}

/** PNG is what a browser gives; WebP is a fifth of it. */
async function smaller(browser: Browser, png: Buffer): Promise<Buffer> {
  const page = await browser.newPage();
  const webp = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    canvas.getContext('2d')?.drawImage(image, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.75 });
    const result = new Uint8Array(await blob.arrayBuffer());
    let text = '';
    for (const byte of result) text += String.fromCharCode(byte);
    return btoa(text);
  }, png.toString('base64'));
  await page.close();
  return Buffer.from(webp, 'base64');
}

class Camera {
  readonly #browser: Browser;

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  async take(page: Page, name: string, { language, theme }: Look): Promise<void> {
    const png = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    await writeFile(join(out, `${name}-${language}-${theme}.webp`), await smaller(this.#browser, png));
  }
}

async function wear(page: Page, { language, theme }: Look): Promise<void> {
  await page.evaluate(
    (settings) => {
      const { localStorage } = globalThis as unknown as { localStorage: { setItem(key: string, value: string): void } };
      localStorage.setItem('bildbote-settings', JSON.stringify(settings));
    },
    { language, theme, lockMinutes: 15 },
  );
  await page.reload();
}

async function unlock(page: Page): Promise<void> {
  await page.getByLabel('Passphrase').fill(WEB_PASSPHRASE);
  await page.keyboard.press('Enter');
  await page.locator('.shell, .viewer').waitFor();
}

async function gates(world: WebWorld, camera: Camera): Promise<void> {
  for (const look of LOOKS) {
    const { page, context } = await world.open(look.language === 'de' ? 'de-DE' : 'en-GB', { viewport: DESK });
    await page.goto(world.origin);
    await wear(page, look);
    await page.getByLabel(/Einladungslink|Invitation link/).waitFor();
    await camera.take(page, 'welcome-link', look);
    for (const [button, name] of [
      [/dazukommen|Join an existing/, 'join'],
      [/wiederherstellen|Recover a mailbox/, 'recover'],
    ] as const) {
      await page.getByRole('button', { name: button }).click();
      await camera.take(page, name, look);
      if (name === 'recover') await policyOf((at, shot) => camera.take(at, shot, look), page, world.origin);
      await page.getByRole('button', { name: /Abbrechen|Cancel/ }).click();
    }
    const name = `praxis-${look.language}-${look.theme}`;
    await page.goto(await world.invite('Praxis am Markt', `${name}@markt.example`));
    await page.getByLabel(/Ihr Name|Your name/).fill('Dr. M. Winter');
    await page.getByLabel(/Arbeitsplatzes|workplace/).fill(look.language === 'de' ? 'Anmeldung' : 'Front desk');
    await camera.take(page, 'welcome-who', look);
    await page.getByRole('button', { name: /Weiter|Continue/ }).click();
    await page.getByLabel('Passphrase', { exact: true }).fill(WEB_PASSPHRASE);
    await page.getByLabel(/noch einmal|once more/).fill(WEB_PASSPHRASE);
    await camera.take(page, 'welcome-passphrase', look);
    await page.getByRole('button', { name: /Postfach anlegen|Create mailbox/ }).click();
    await page.getByRole('listitem').first().waitFor();
    await camera.take(page, 'recovery-kit', look);
    await context.close();
  }
}

async function main(): Promise<void> {
  const world = await createWebWorld();
  try {
    if (named.length === 0 && !isDeskOnly && !isGatesOnly) await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    const camera = new Camera(world.browser);
    if (!isDeskOnly) await gates(world, camera);
    if (!isGatesOnly) await desk(world, camera);
  } finally {
    await world.close();
  }
  const names = await readdir(out);
  process.stdout.write(`${names.length} pictures in docs/screens\n`);
}

async function desk(world: WebWorld, camera: Camera): Promise<void> {
  const ct = await writeStudy(join(world.folder, 'ct'), ctStudy({ slices: 40, patientName: 'Muster^Erika' }));
  const mr = await writeStudy(join(world.folder, 'mr'), mrStudy({ patientName: 'Beispiel^Bernd', patientId: 'PH2' }));
  const cr = await writeStudy(join(world.folder, 'cr'), crStudy({ patientName: 'Probe^Paula', patientId: 'PH3' }));
  const report = join(world.folder, 'Befund.pdf');
  await writeFile(report, reportFile(REPORT));

  const nord = await world.open('de-DE', { viewport: DESK });
  const west = await world.open('de-DE', { viewport: DESK });
  const sued = await world.open('de-DE', { viewport: DESK });
  const enrolments = [
    [nord, 'Radiologie Nord', 'befund@radiologie-nord.example', 'Dr. A. Meier', 'Befundraum'],
    [west, 'Klinik West', 'radiologie@klinik-west.example', 'Dr. W. Sommer', 'PACS-Büro'],
    [sued, 'Hausarztpraxis Süd', 'praxis@hausarzt-sued.example', 'Dr. B. Schulz', 'Anmeldung'],
  ] as const;
  for (const [practice, name, address, member, device] of enrolments) {
    await enrolInBrowser(practice.page, await world.invite(name, address), { member, device });
  }
  const to = 'süd';
  await send(west.page, { to, subject: 'MRT Schädel', text: 'Wie besprochen.', folders: [mr] });
  await send(nord.page, { to, subject: 'Terminanfrage', text: 'Passt Donnerstag, 10 Uhr, für das Kontroll-CT?' });
  await send(nord.page, { to, subject: 'Röntgen Thorax', text: 'Befund folgt.', folders: [cr] });
  const text =
    'Sehr geehrte Kollegin,\n\nkein Hinweis auf frische Blutung. Der Befund liegt bei; bitte Kontrolle in sechs Wochen.\n\nMit freundlichen Grüßen\nA. Meier';
  await send(nord.page, { to, subject: 'CT Schädel nativ', text, folders: [ct], report, urgent: '4' });
  await send(sued.page, { to: 'nord', subject: 'Überweisung Frau Probe', text: 'Fragestellung: Infiltrat?' });
  await sued.page.goto(`${world.origin}/#/inbox`);
  await sued.page
    .getByRole('option', { name: /MRT Schädel/ })
    .getByText('Vollständig', { exact: true })
    .waitFor();
  await sued.page
    .getByRole('option', { name: /CT Schädel/ })
    .getByText('Vollständig', { exact: true })
    .waitFor();
  await converse(nord.page, sued.page, 'Terminanfrage');
  // The last one is held on its way: half of it is here.
  await west.context.route('**/api/payloads/*/parts/*', async (route) => {
    if (Number(new URL(route.request().url()).pathname.split('/').at(-1)) <= 31) await route.continue();
  });
  await send(west.page, { to, subject: 'CT Verlaufskontrolle', text: 'Kommt gerade.', folders: [ct] });
  await sued.page
    .getByRole('option', { name: /Verlaufskontrolle/ })
    .getByText(/Kommt an/)
    .waitFor();

  await prepareRare(world, nord, sued);
  await sued.page.goto(`${world.origin}/#/inbox`);
  const cast = { nord: nord.page, sued: sued.page, west: west.page, ct, report };
  let isDeceived = false;
  for (const look of LOOKS) {
    await screensOf(world, camera, look, cast);
    if (!isDeceived) await deceive(west, world);
    isDeceived = true;
    await wear(west.page, look);
    await west.page.getByLabel('Passphrase').fill(WEB_PASSPHRASE);
    await west.page.keyboard.press('Enter');
    await west.page.locator('.alarm-facts').first().waitFor();
    await camera.take(west.page, 'alarm', look);
    await settleForm((page, name) => camera.take(page, name, look), west.page);
  }
}

/** A length from the middle of the picture to the right. */
async function measureByKeys(page: Page): Promise<void> {
  for (const key of ['l', 'Enter', 'Enter']) await page.keyboard.press(key);
  for (let i = 0; i < 9; i++) await page.keyboard.press('Shift+ArrowRight');
  for (const key of ['Enter', 'Escape', 'w']) await page.keyboard.press(key);
}

interface Cast {
  readonly nord: Page;
  readonly sued: Page;
  readonly west: Page;
  readonly ct: string;
  readonly report: string;
}

async function screensOf(world: WebWorld, camera: Camera, look: Look, { nord, sued, ct, report }: Cast): Promise<void> {
  const take = (page: Page, name: string): Promise<void> => camera.take(page, name, look);
  await wear(sued, look);
  await sued.getByLabel('Passphrase').waitFor();
  await take(sued, 'unlock');
  await unlock(sued);
  await sued.goto(`${world.origin}/#/inbox`);
  await sued
    .getByRole('option', { name: /MRT Schädel/ })
    .first()
    .waitFor();
  await sued
    .getByText(/Beispiel, Bernd/)
    .first()
    .waitFor();
  await take(sued, 'inbox');
  await sued.getByRole('option', { name: /CT Schädel/ }).click();
  await sued.getByRole('button', { name: /Bilder ansehen|Look at/ }).waitFor();
  await take(sued, 'message');
  await sued.getByRole('button', { name: /Befund zeigen|Show report/ }).click();
  await sued.getByText('Beurteilung').waitFor({ state: 'attached' });
  await sued.locator('.report').scrollIntoViewIfNeeded();
  await take(sued, 'report');
  await sued.getByRole('button', { name: /Bilder ansehen|Look at/ }).click();
  await sued.waitForFunction(() => (globalThis as unknown as { shadesOf: () => number[] }).shadesOf().length > 3);
  for (let i = 0; i < 18; i++) await sued.keyboard.press('ArrowDown');
  await sued.locator('.viewport').getByText('19 / 40').waitFor();
  await measureByKeys(sued);
  await take(sued, 'viewer');
  await sued.keyboard.press('m');
  await sued.locator('.cross').nth(2).waitFor();
  await take(sued, 'viewer-planes');
  await sued.keyboard.press('m');
  await sued.keyboard.press('b');
  await sued.locator('.beside').getByText('Beurteilung').waitFor({ state: 'attached' });
  await take(sued, 'viewer-report');
  await sued.keyboard.press('b');
  await sued.setViewportSize(PHONE);
  await take(sued, 'phone-viewer');
  await sued.keyboard.press('Escape');
  await sued.getByRole('heading', { level: 2 }).first().waitFor();
  await take(sued, 'phone-message');
  await sued.goto(`${world.origin}/#/inbox`);
  await sued.getByRole('option').first().waitFor();
  await take(sued, 'phone-inbox');
  await sued.setViewportSize(DESK);
  await sued.goto(`${world.origin}/#/settings`);
  await sued.getByText(world.relay.webDigest ?? '').waitFor();
  await take(sued, 'settings');
  if (look === LOOKS[0]) {
    await sued.goto(`${world.origin}/#/inbox`);
    await sued.getByRole('option', { name: /CT Schädel/ }).click();
    await workOn(sued);
  }

  await wear(nord, look);
  await unlock(nord);
  await fill(nord, {
    to: 'süd',
    subject: 'CT Schädel nativ',
    text: 'Bitte ansehen.',
    folders: [ct],
    report,
    urgent: '2',
  });
  await nord.locator('main').evaluate((element) => ((element as unknown as { scrollTop: number }).scrollTop = 0));
  await take(nord, 'write');
  await rareWriting(take, nord);
  await nord.goto(`${world.origin}/#/sent`);
  await nord.getByRole('option', { name: /CT Schädel/ }).click();
  await nord.getByText('Dr. B. Schulz').first().waitFor();
  await take(nord, 'sent');
  await rareSent(take, nord);
  await rareInbox(world.origin, take, sued);
  await everydayScreens({ origin: world.origin, take }, sued, nord);
}

const REPORT = [
  'CT Schädel nativ',
  'Patientin: Muster, Erika (erfunden)',
  '',
  'Fragestellung: Sturz, Kopfschmerz. Blutung?',
  '',
  'Befund: Kein Hinweis auf frische intrakranielle Blutung.',
  'Mittellinie nicht verlagert, Ventrikel normal weit.',
  '',
  'Beurteilung: Unauffällige native Darstellung.',
];

await main();
