import { createHash } from 'node:crypto';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { ok } from '../support/cli.js';
import { CORPUS_FOLDER, withCorpus } from '../support/corpus.js';
import { digestsOf, filesBelow, isPublished } from '../support/files.js';
import { type World, createWorld } from '../support/world.js';

/** Real series of real scanners beside files of every kind, to two mailboxes at once (only where the corpus is present). */

describe('real studies', () =>
  withCorpus(() => {
    let world: World;
    before(async () => {
      world = await createWorld();
    });
    after(() => world.close());

    it('arrive at two mailboxes byte for byte; what is no DICOM, or damaged, is named with its reason', async function () {
      this.timeout(240_000);
      const nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
      const others = [
        await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example'),
        await world.practice('Klinik West', 'radiologie@klinik-west.example'),
      ];
      const folder = world.path('mixed');
      await cp(CORPUS_FOLDER, folder, { recursive: true });
      const to = others.flatMap(({ address }) => ['--to', address]);
      const sent = (await ok(['send', '--keystore', nord.keystore, ...to, folder])).lines.at(-1) ?? {};
      const told = sent['skipped'] as readonly { readonly path: string; readonly reason: string }[];
      // What an index says of files that are not there is told, too, and is no file.
      const skipped = told.filter(({ reason }) => !/^(reference-|directory-damaged)/.test(reason));
      expect(told.length).to.be.greaterThan(skipped.length);
      const files = await filesBelow(folder);
      expect(Number(sent['instances']) + skipped.length).to.equal(files.length);
      expect(Number(sent['instances'])).to.be.greaterThan(500);
      expect(skipped.every(({ reason }) => reason !== '')).to.equal(true);

      const left = new Set(skipped.map(({ path }) => path));
      const expected: string[] = [];
      for (const path of files) {
        if (left.has(`mixed/${path}`)) continue;
        expected.push(
          createHash('sha256')
            .update(await readFile(join(folder, path)))
            .digest('hex'),
        );
      }
      for (const { keystore, mailboxId } of others) {
        const out = world.path(`out-${mailboxId.slice(0, 8)}`);
        const fetched = await ok(['fetch', String(sent['messageId']), '--keystore', keystore, '--out', out]);
        expect(fetched.lines.at(-1)).to.include({ complete: true, instances: sent['instances'] });
        expect(await digestsOf(out, isPublished)).to.deep.equal(expected.sort());
      }
    });
  }));
