import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { type Locator, type Page } from 'playwright-core';
import { uidOf } from '../../client/cli/demo/dicom-file.js';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { reportFile } from '../../client/cli/demo/report-file.js';
import { accessibilityOf } from '../support/axe.js';
import { ok } from '../support/cli.js';
import { type Quadrants, codedQuadrants, shadedQuadrants } from '../support/quadrants.js';
import { encapsulatedPdf, keyObjectSelection, presentationState, structuredReport } from '../support/viewer-objects.js';
import { OST, WEST, type WebPractice, type WebWorld, sharedReader } from '../support/web.js';

/** The viewer in a real browser: what is seen is what the standard says, and everything can be done by keyboard. */

const SLICES = 24;

describe('the viewer', function () {
  this.timeout(120_000);
  let world: WebWorld;
  let ost: WebPractice;
  let keystore: string;
  let page: Page;
  let quadrants: readonly Quadrants[];
  let viewport: Locator;

  before(async () => {
    ({ world, keystore, ost } = await sharedReader());
    page = ost.page;
    const folder = join(world.folder, 'viewed');
    quadrants = [...(await codedQuadrants()), ...shadedQuadrants()];
    const files = new Map(quadrants.map(({ name, bytes }) => [`q/${name}.dcm`, bytes]));
    for (const { name, bytes } of ctStudy({ slices: SLICES, patientName: 'Muster^Erika' })) files.set(name, bytes);
    const uid = (index: number): string => uidOf('instance', 'CT', 1, index);
    const of = (name: string) => ({ study: uidOf('study', 'CT', 1), series: `1.7.${name}`, instance: `1.7.${name}.1` });
    files.set('pr.dcm', presentationState(of('1'), [uid(12), uid(13)]));
    files.set('ko.dcm', keyObjectSelection(of('2'), [uid(5), uid(12)]));
    files.set('sr.dcm', structuredReport(of('3')));
    files.set('doc.dcm', encapsulatedPdf(of('4'), reportFile(['Brief', 'Aus dem PACS'])));
    for (const [name, bytes] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    await ok(['send', '--keystore', keystore, '--to', OST, '--subject', 'Bildersatz', folder]);
    const row = page.getByRole('option', { name: /Bildersatz/ });
    await row.getByText('Complete', { exact: true }).waitFor();
    await row.click();
    await page.getByRole('button', { name: 'Look at the images' }).click();
    viewport = page.locator('.viewport').first();
  });

  async function show(name: RegExp): Promise<void> {
    await page.locator('.strip-item', { hasText: name }).click();
    await page.locator('.viewer').focus();
  }

  it('shows shades and colours as they have to be, in every coding and every way to get from values to shades', async () => {
    for (const { name, seen, tolerance } of quadrants) {
      await show(new RegExp(name));
      const shown = await page
        .waitForFunction(squaresAre, { seen, tolerance }, { timeout: 5000 })
        .then(() => 'as expected')
        .catch(async () => JSON.stringify([await page.evaluate(squares), seen]));
      expect(shown, name).to.equal('as expected');
    }
    expect(ost.complaints).to.deep.equal([]);
  });

  it('opens key images first, marked as such, and says why they were chosen', async () => {
    await show(/★ Of Interest/);
    await viewport.getByText('Image 1 / 2').waitFor();
    await viewport.getByText('Of Interest').waitFor();
    await show(/Phantom CT/);
    await viewport.getByText(`Image 1 / ${SLICES}`).waitFor();
    expect(await viewport.getByText('Of Interest').count()).to.equal(0);
  });

  it('has corners, letters at its edges, a scale, and says on every viewport that it is not for diagnosis', async () => {
    for (const text of ['Muster, Erika', 'CT Schädel nativ', 'C 40 W 80 HU', 'Not for diagnosis', 'A', 'P', 'R', 'L']) {
      await viewport.getByText(text, { exact: true }).waitFor();
    }
    await viewport.getByRole('img', { name: /^Scale: / }).waitFor();
    await page.keyboard.press('r');
    expect(await viewport.locator('.edge-right').textContent()).to.equal('A');
    await page.keyboard.press('x');
    expect(await viewport.locator('.edge-right').textContent()).to.equal('P');
    await page.keyboard.press('0');
    expect(await viewport.locator('.edge-right').textContent()).to.equal('L');
    expect(await accessibilityOf(page)).to.deep.equal([]);
  });

  it('measures by keyboard and by mouse: length, region, angle; and takes measurements away', async () => {
    await page.keyboard.press('PageDown');
    await viewport.getByText(`Image 11 / ${SLICES}`).waitFor();
    for (const key of ['l', 'Enter', 'Enter']) await page.keyboard.press(key);
    for (let i = 0; i < 4; i++) await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    // 40 pixels of 240 / 512 mm.
    await viewport.getByText('18.8 mm').waitFor();
    const box = await viewport.boundingBox();
    if (box === null) throw new Error('no viewport');
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await page.keyboard.press('e');
    await page.mouse.move(x - 90, y + 40);
    await page.mouse.down();
    await page.mouse.move(x - 50, y + 80, { steps: 3 });
    await page.mouse.up();
    // The phantom's brain has 36 HU; the noise of so many pixels leaves a unit or two.
    await viewport.getByText(/^Ø 3[4-8](\.\d)? HU ± \d+\.\d$/).waitFor();
    await page.keyboard.press('a');
    await page.mouse.move(x, y - 100);
    await page.mouse.down();
    await page.mouse.move(x, y - 40, { steps: 3 });
    await page.mouse.up();
    await page.mouse.click(x + 60, y - 40);
    await viewport.getByText('90.0°').waitFor();
    expect(await viewport.locator('.mark').count()).to.equal(3);
    for (let i = 0; i < 3; i++) await page.keyboard.press('Delete');
    expect(await viewport.locator('.mark').count()).to.equal(0);
  });

  it('windows by number, by arrows and by list, and plays', async () => {
    await page.keyboard.press('w');
    await page.keyboard.press('2');
    await viewport.getByText('C 40 W 400 HU').waitFor();
    await page.keyboard.press('Shift+ArrowRight');
    await viewport.getByText('C 40 W 440 HU').waitFor();
    await page.keyboard.press('1');
    await viewport.getByText('C 40 W 80 HU').waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press(' ');
    // Each picture stays for a moment only: any but the first ones will do.
    await viewport.getByText(/Image ([4-9]|1\d|2\d) \/ 24/).waitFor();
    await page.keyboard.press(' ');
  });

  it('looks as a presentation state says: window, orientation, drawings, what is hidden; and as it came again', async () => {
    await page.keyboard.press('Home');
    await page.keyboard.press('PageDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await viewport.getByText(`Image 13 / ${SLICES}`).waitFor();
    await page.getByLabel('Presentation', { exact: true }).selectOption({ label: 'Fragliche Blutung' });
    await viewport.getByText('C 50 W 100 HU').waitFor();
    await viewport.getByText('Blutung', { exact: true }).waitFor();
    expect(await viewport.locator('.given path').count()).to.equal(2);
    // Turned clockwise, then flipped: what was at the left is above, what was above is at the left.
    expect(await viewport.locator('.edge-top').textContent()).to.equal('R');
    expect(await viewport.locator('.edge-left').textContent()).to.equal('A');
    await page.getByLabel('Presentation', { exact: true }).selectOption({ index: 0 });
    await viewport.getByText('C 40 W 80 HU').waitFor();
    expect(await viewport.locator('.given').count()).to.equal(0);
    await page.locator('.viewer').focus();
  });

  it('stands two beside each other, each with its own say, and scrolls them together', async () => {
    await page.keyboard.press('d');
    expect(await page.locator('.viewport').count()).to.equal(2);
    expect(await page.getByText('Not for diagnosis').count()).to.equal(2);
    await page.keyboard.press('o');
    await show(/★ Of Interest/);
    await page.keyboard.press('o');
    await page.keyboard.press('k');
    // Both lie in one frame of reference: the key images are slices 6 and 13, the nearest one is shown.
    await page.keyboard.press('Home');
    await page.locator('.viewport').nth(1).getByText('Image 1 / 2').waitFor();
    await page.keyboard.press('End');
    await page.locator('.viewport').nth(1).getByText('Image 2 / 2').waitFor();
    await page.keyboard.press('k');
    await page.keyboard.press('d');
    expect(await page.locator('.viewport').count()).to.equal(1);
  });

  it('cuts three planes where the slices allow it, and says plainly where not', async () => {
    await page.keyboard.press('m');
    for (const text of ['Axial 13 / 24', 'Coronal 257 / 512', 'Sagittal 257 / 512'])
      await page.getByText(text).waitFor();
    const box = await page.locator('.viewport').first().boundingBox();
    if (box === null) throw new Error('no viewport');
    await page.mouse.click(box.x + box.width / 2 + 80, box.y + box.height / 2);
    await page.getByText(/^Sagittal 3\d\d \/ 512$/).waitFor();
    expect(await page.locator('.cross').count()).to.equal(3);
    expect(await accessibilityOf(page)).to.deep.equal([]);
    await page.keyboard.press('m');
    await show(/OT palette/);
    await page.keyboard.press('m');
    await page.getByText('No three planes: the series has too few slices.').waitFor();
    await page.keyboard.press('m');
  });

  it('shows a structured report as text, and a PDF from the PACS, beside the images', async () => {
    await page.getByRole('button', { name: 'Bildgebender Befund' }).click();
    const beside = page.locator('.beside');
    for (const text of ['Befund', '12.5 mm', 'Hämatom', '<b>Rand scharf</b>'])
      await beside.getByText(text).first().waitFor();
    expect(await beside.locator('b').count()).to.equal(0);
    expect(await accessibilityOf(page)).to.deep.equal([]);
    await page.getByRole('button', { name: 'Brief' }).click();
    await beside.getByText('Aus dem PACS').waitFor({ state: 'attached' });
    await page.locator('.viewer').focus();
    await page.keyboard.press('b');
    expect(await beside.count()).to.equal(0);
  });

  it('shows what has come while the rest is on its way, and says so until all is here and verified', async () => {
    const folder = join(world.folder, 'viewed-second');
    for (const { name, bytes } of ctStudy({ slices: 40, seed: 2, patientName: 'Muster^Erika' })) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), bytes);
    }
    const held: (() => Promise<void>)[] = [];
    let isHeld = true;
    await ost.context.route('**/api/payloads/*/segments/*', async (route) => {
      const first = Number(new URL(route.request().url()).pathname.split('/').at(-1));
      if (isHeld && first >= 64) held.push(() => route.continue());
      else await route.continue();
    });
    await page.keyboard.press('Escape');
    await ok(['send', '--keystore', keystore, '--to', OST, '--subject', 'Zweite', '--coding', 'off', folder]);
    const row = page.getByRole('option', { name: /Zweite/ });
    await row.getByText(/Arriving: \d+ of 40/).waitFor();
    await row.click();
    await page.getByRole('button', { name: 'Look at the images' }).click();
    await page.waitForFunction(() => shadesOf().length > 3);
    await viewport.getByText(/^Arriving, not complete: \d+ of 40$/).waitFor();
    await page.keyboard.press('End');
    await viewport.getByText('Not arrived yet.').waitFor();
    await page.keyboard.press('m');
    await page.getByText('No three planes yet: the series is still arriving.').waitFor();
    await page.keyboard.press('m');
    isHeld = false;
    for (const release of held) await release();
    await viewport.getByText(`Complete: 40 of 40, signed by ${WEST}, verified`).waitFor();
    await viewport.getByText('Not arrived yet.').waitFor({ state: 'detached' });
    await page.waitForFunction(() => shadesOf().length > 3);
    await ost.context.unroute('**/api/payloads/*/segments/*');
    // The message before is of a patient of the same name: its series can be put beside.
    await page.locator('.strip-others button').first().click();
    await page.locator('.strip-item', { hasText: 'OT rle' }).click();
    await viewport.getByText('Quadrat, Quirin').waitFor();
    expect(await viewport.getByText(/^Complete: \d+ of \d+, signed by/).count()).to.equal(1);
    await page.locator('.viewer').focus();
  });

  it('has a sheet of its keys, and fits a phone', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    expect(await accessibilityOf(page)).to.deep.equal([]);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' });
    await page.setViewportSize({ width: 360, height: 740 });
    const width = await page.evaluate(() => {
      const { document } = globalThis as unknown as { document: { documentElement: { scrollWidth: number } } };
      return document.documentElement.scrollWidth;
    });
    expect(width).to.equal(360);
    expect(await accessibilityOf(page)).to.deep.equal([]);
    expect(ost.complaints).to.deep.equal([]);
  });
});

/** In the page: see test/support/web.ts. */
declare function shadesOf(): number[];

/** In the page: colours in the middles of the four squares. */
function squares(): number[][] {
  const { document } = globalThis as unknown as {
    document: { querySelector(selector: string): OffscreenCanvas | null };
  };
  const canvas = document.querySelector('.viewport canvas');
  const context = canvas?.getContext('2d');
  if (!canvas || !context) return [];
  const side = Math.min(canvas.width, canvas.height) / 4;
  const steps = [-1, 1];
  return steps.flatMap((dy) =>
    steps.map((dx) =>
      [...context.getImageData(canvas.width / 2 + dx * side, canvas.height / 2 + dy * side, 1, 1).data].slice(0, 3),
    ),
  );
}

function squaresAre({ seen, tolerance }: Pick<Quadrants, 'seen' | 'tolerance'>): boolean {
  const { document } = globalThis as unknown as {
    document: { querySelector(selector: string): OffscreenCanvas | null };
  };
  const canvas = document.querySelector('.viewport canvas');
  const context = canvas?.getContext('2d');
  if (!canvas || !context) return false;
  const side = Math.min(canvas.width, canvas.height) / 4;
  return seen.every((colour, i) => {
    const [dx, dy] = [i % 2 === 0 ? -side : side, i < 2 ? -side : side];
    const { data } = context.getImageData(canvas.width / 2 + dx, canvas.height / 2 + dy, 1, 1);
    return colour.every((value, channel) => Math.abs(value - (data[channel] ?? -99)) <= tolerance);
  });
}
