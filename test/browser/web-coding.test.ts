import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok } from '../support/cli.js';
import { type WebPractice, type WebWorld, createWebWorld, enrolInBrowser } from '../support/web.js';

/** What the command line has coded, JPEG-LS included, is restored in a browser. */

const SLICES = 12;

describe('a coded study in the web client', function () {
  this.timeout(120_000);
  let world: WebWorld;
  let sued: WebPractice;
  let keystore: string;
  let study: string;

  before(async () => {
    world = await createWebWorld();
    keystore = join(world.folder, 'keys-nord');
    study = join(world.folder, 'study');
    for (const { name, bytes } of ctStudy({ slices: SLICES, patientName: 'Muster^Erika' })) {
      await mkdir(dirname(join(study, name)), { recursive: true });
      await writeFile(join(study, name), bytes);
    }
    const invitation = await world.invite('Radiologie Nord', 'befund@radiologie-nord.example');
    const enrol = ['enrol', invitation, '--keystore', keystore, '--device', 'Test', '--member', 'Dr. A. Meier'];
    await ok(enrol);
    sued = await world.open('en-GB');
    const link = await world.invite('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    await enrolInBrowser(sued.page, link, { member: 'Dr. B. Schulz', device: 'Front desk' });
  });
  after(() => world?.close());

  it('arrives, every file as its digest says, and is shown', async () => {
    const to = 'praxis@hausarzt-sued.example';
    const send = ['send', '--keystore', keystore, '--to', to, '--subject', 'CT', '--coding', 'small', study];
    const sent = (await ok(send)).lines.at(-1) ?? {};
    expect(Number(sent['wireBytes'])).to.be.below(0.4 * Number(sent['bytes']));
    const { page } = sued;
    const row = page.getByRole('option', { name: /CT/ });
    await row.getByText('Complete', { exact: true }).waitFor();
    await row.click();
    const verified = `Complete: ${SLICES} of ${SLICES}, signed by befund@radiologie-nord.example, verified`;
    await page.getByText(verified).waitFor();
    await page.getByRole('button', { name: 'Look at the images' }).click();
    await page.getByRole('img', { name: /^Image 1 of 12, Phantom CT$/ }).waitFor();
    await page.waitForFunction(() => shadesOf().length > 3);
    expect(sued.complaints).to.deep.equal([]);
  });
});

/** In the page: see test/support/web.ts. */
declare function shadesOf(): number[];
