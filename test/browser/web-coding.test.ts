import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok } from '../support/cli.js';
import { OST, WEST, type WebPractice, type WebWorld, sharedReader } from '../support/web.js';

/** What the command line has coded, JPEG-LS included, is restored in a browser. */

const SLICES = 12;

describe('a coded study in the web client', function () {
  this.timeout(120_000);
  let world: WebWorld;
  let ost: WebPractice;
  let keystore: string;
  let study: string;

  before(async () => {
    ({ world, keystore, ost } = await sharedReader());
    study = join(world.folder, 'coded');
    for (const { name, bytes } of ctStudy({ slices: SLICES, patientName: 'Muster^Erika' })) {
      await mkdir(dirname(join(study, name)), { recursive: true });
      await writeFile(join(study, name), bytes);
    }
  });

  it('arrives, every file as its digest says, and is shown', async () => {
    const send = ['send', '--keystore', keystore, '--to', OST, '--subject', 'Gepackt', '--coding', 'small', study];
    const sent = (await ok(send)).lines.at(-1) ?? {};
    expect(Number(sent['wireBytes'])).to.be.below(0.4 * Number(sent['bytes']));
    const { page } = ost;
    const row = page.getByRole('option', { name: /Gepackt/ });
    await row.getByText('Complete', { exact: true }).waitFor();
    await row.click();
    const verified = `Complete: ${SLICES} of ${SLICES}, signed by ${WEST}, verified`;
    await page.getByText(verified).waitFor();
    await page.getByRole('button', { name: 'Look at the images' }).click();
    await page.getByRole('img', { name: /^Image 1 of 12, Phantom CT$/ }).waitFor();
    await page.waitForFunction(() => shadesOf().length > 3);
    expect(ost.complaints).to.deep.equal([]);
  });

  it('is sent coded by the browser, too, and is byte for byte the same at the other end', async () => {
    const { page } = ost;
    await page.locator('.viewer').focus();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Write' }).click();
    await page.getByRole('combobox', { name: 'Recipients' }).fill('west');
    await page.getByRole('option', { name: /Radiologie West/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByLabel('Subject').fill('Zurück');
    await page.locator('input[type=file][webkitdirectory]').setInputFiles(study);
    await page.getByText('Muster, Erika').waitFor();
    await page.getByRole('button', { name: 'Seal and send' }).click();
    await page.getByRole('button', { name: 'The recipient is right: send' }).click();
    await page
      .getByRole('option', { name: /Zurück/ })
      .getByText('Sent', { exact: true })
      .waitFor();
    const { lines } = await ok(['inbox', '--keystore', keystore]);
    const { messageId } = lines.find((line) => line['subject'] === 'Zurück') ?? {};
    const out = join(world.folder, 'coded-out');
    const fetched = (await ok(['fetch', String(messageId), '--keystore', keystore, '--out', out])).lines.at(-1) ?? {};
    expect(fetched).to.include({ complete: true, instances: SLICES });
    expect(Number(fetched['wireBytes'])).to.be.within(1, 0.4 * Number(fetched['bytes']));
    expect(await digestsBelow(out, /\.dcm$/)).to.deep.equal(await digestsBelow(study, /./));
    expect(ost.complaints).to.deep.equal([]);
  });
});

async function digestsBelow(folder: string, name: RegExp): Promise<string[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  const digests = files
    .filter((one) => name.test(one.name))
    .map(async (one) =>
      createHash('sha256')
        .update(await readFile(join(one.parentPath, one.name)))
        .digest('hex'),
    );
  return (await Promise.all(digests)).sort();
}

/** In the page: see test/support/web.ts. */
declare function shadesOf(): number[];
