import { expect } from 'chai';
import { ctStudy } from '../../client/cli/demo/phantom.js';
import { ok, run, start } from '../support/cli.js';
import { digestsOf, isPublished, writeFiles } from '../support/files.js';
import { type Practice, type World, createWorld } from '../support/world.js';

/** Lossless coding, end to end: fewer bytes on the line, the same bytes on disk, whatever is killed in between. */

const SLICES = 40;
/** Padding of a package of this size: at most 1/32. */
const PADDING = 1.035;

describe('a study that travels coded', function () {
  this.timeout(240_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;
  let study: string;
  let originals: string[];

  before(async () => {
    world = await createWorld();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
    study = world.path('study');
    await writeFiles(study, ctStudy({ slices: SLICES }));
    originals = await digestsOf(study);
  });
  after(() => world.close());

  const sendArgs = (coding: string): string[] => [
    'send',
    '--keystore',
    nord.keystore,
    '--to',
    sued.address,
    '--coding',
    coding,
    study,
  ];

  async function expectWhole(id: string): Promise<Readonly<Record<string, unknown>>> {
    const out = world.path(`out-${id}`);
    const fetched = await ok(['fetch', id, '--keystore', sued.keystore, '--out', out]);
    expect(await digestsOf(out, isPublished)).to.deep.equal(originals);
    return fetched.lines.at(-1) ?? {};
  }

  for (const [coding, most] of [
    ['small', 0.4],
    ['auto', PADDING],
    ['off', PADDING],
  ] as const) {
    it(`arrives byte for byte with --coding ${coding}, in at most ${most} of its bytes`, async () => {
      const sent = (await ok(sendArgs(coding))).lines.at(-1) ?? {};
      expect(Number(sent['wireBytes'])).to.be.below(most * Number(sent['bytes']));
      if (coding === 'off') expect(Number(sent['wireBytes'])).to.be.above(Number(sent['bytes']));
      const fetched = await expectWhole(String(sent['messageId']));
      expect(fetched['bytes']).to.equal(sent['bytes']);
      expect(fetched['wireBytes']).to.equal(sent['wireBytes']);
    });
  }

  it('goes on after kill -9 of the sender, with what was decided before', async () => {
    const sending = start(sendArgs('small'));
    await sending.until(
      (line) => line['type'] === 'progress' && line['phase'] === 'upload' && Number(line['bytes']) > 5_000_000,
    );
    sending.child.kill('SIGKILL');
    await sending.done;
    // Another wish than before: what is under way is not decided twice.
    const resumed = await ok([...sendArgs('off'), '--resume']);
    const sent = resumed.lines.at(-1) ?? {};
    expect(sent).to.include({ type: 'sent', instances: SLICES });
    await expectWhole(String(sent['messageId']));
  });

  it('is fetched on after kill -9 of the receiver', async () => {
    const sent = (await ok(sendArgs('small'))).lines.at(-1) ?? {};
    const id = String(sent['messageId']);
    const fetching = start(['fetch', id, '--keystore', sued.keystore, '--out', world.path(`out-${id}`)]);
    await fetching.until((line) => line['type'] === 'progress' && Number(line['bytes']) > 1_000_000);
    fetching.child.kill('SIGKILL');
    await fetching.done;
    await expectWhole(id);
  });

  it('is not begun with a coding that does not exist', async () => {
    const refused = await run(sendArgs('best'));
    expect([refused.code, refused.error?.code]).to.deep.equal([2, 'usage']);
  });
});
