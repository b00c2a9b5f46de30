import { expect } from 'chai';
import { ok } from '../support/cli.js';
import { type Practice, type World, createWorld } from '../support/world.js';

/** An urgent message, and one that is taken back, as scripts see them. */
describe('an urgent message and one that is taken back', function () {
  this.timeout(180_000);
  let world: World;
  let nord: Practice;
  let sued: Practice;

  before(async () => {
    world = await createWorld();
    nord = await world.practice('Radiologie Nord', 'befund@radiologie-nord.example');
    sued = await world.practice('Hausarztpraxis Süd', 'praxis@hausarzt-sued.example');
  });
  after(() => world.close());

  const send = async (...more: readonly string[]): Promise<string> => {
    const sent = await ok(['send', '--keystore', nord.keystore, '--to', sued.address, '--text', 'Bitte', ...more]);
    return String(sent.lines.at(-1)?.['messageId']);
  };
  const as = (practice: Practice, command: string, ...more: readonly string[]) =>
    ok([command, ...more, '--keystore', practice.keystore]);

  it('is withdrawn with the relay’s word, and the recipient sees that there was one; the other is attended by showing it', async () => {
    const withdrawn = await send();
    const urgent = await send('--urgent', '2h');
    const [said] = (await as(nord, 'withdraw', withdrawn)).lines;
    expect(said).to.deep.include({ type: 'withdrawn', messageId: withdrawn });
    const [one] = said?.['recipients'] as { mailbox: string; state: string; testimony: string }[];
    expect(one).to.include({ mailbox: sued.address, state: 'withdrawn' });
    expect(one?.testimony).to.match(/^[A-Za-z0-9_-]{100,}$/);

    const inbox = (await as(sued, 'inbox')).lines;
    expect(inbox.find((line) => line['messageId'] === withdrawn)).to.include({ state: 'withdrawn', subject: null });
    expect(inbox.find((line) => line['messageId'] === urgent)).to.include({ attended: false });
    await as(sued, 'show', urgent);
    const [sent] = (await as(nord, 'urgent')).lines;
    expect(sent).to.include({ kind: 'sent', messageId: urgent, mailbox: sued.address, state: 'attended' });
  });
});
