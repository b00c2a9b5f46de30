import { expect } from 'chai';
import { databases } from '../support/database.js';
import { asker } from '../support/http.js';
import {
  type LyingRelay,
  bytesAnswer,
  jsonAnswer,
  problemAnswer,
  replayingFirst,
  startLyingRelay,
  withJson,
} from '../support/lying-relay.js';

/** The tool itself: an attack that is never played would let its test pass. */
describe('the lying relay of the tests', function () {
  this.timeout(120_000);
  let lying: LyingRelay;
  const [kind] = databases();

  before(async () => {
    if (kind === undefined) throw new Error('no database');
    lying = await startLyingRelay(kind);
  });
  after(() => lying.close());
  afterEach(() => lying.tellTheTruth());

  it('is honest until told otherwise, and known under its own name', async () => {
    const answer = await asker(lying.url)('GET', '/api/relay');
    const about = answer.json as { name: string; origin: string };
    expect(answer.status).to.equal(200);
    expect(about).to.include({ name: 'bildbote', origin: lying.url });
    const eve = await lying.truth.enrol('eve@test.example');
    expect((await asker(lying.url, eve.token)('GET', '/api/deliveries?after=0&limit=10')).status).to.equal(200);
  });

  it('changes JSON, invents answers, and ends a lie', async () => {
    const ask = asker(lying.url, undefined, () => undefined);
    const end = lying.lie(
      'GET /api/relay',
      withJson<{ name: string }>((about) => ({ ...about, name: 'other' })),
    );
    expect((await ask('GET', '/api/relay')).json).to.include({ name: 'other' });
    lying.lie('GET /api/relay', () => jsonAnswer({ invented: true }));
    expect((await ask('GET', '/api/relay')).json).to.deep.equal({ invented: true });
    lying.tellTheTruth();
    end();
    expect((await ask('GET', '/api/relay')).json).to.include({ name: 'bildbote' });
  });

  it('knows a route by method and by the names in its path', async () => {
    const ask = asker(lying.url, undefined, () => undefined);
    lying.lie('GET /api/things/:thing/parts/*', ({ params }) => bytesAnswer(Buffer.from(params['thing'] ?? '')));
    lying.lie('* /api/nothing', () => problemAnswer(409, 'invented-problem'));
    expect((await ask('GET', '/api/things/ab/parts/1/2')).bytes.toString()).to.equal('ab');
    expect((await ask('POST', '/api/things/ab/parts/1/2', { json: {} })).status).to.not.equal(200);
    expect(await ask('PUT', '/api/nothing', { json: {} })).to.include({ status: 409, code: 'invented-problem' });
  });

  it('replays the first answer, and drops connections', async () => {
    const ask = asker(lying.url, undefined, () => undefined);
    let count = 0;
    const end = lying.lie('GET /api/count', () => jsonAnswer({ count: (count += 1) }));
    expect((await ask('GET', '/api/count')).json).to.deep.equal({ count: 1 });
    end();
    lying.lie('GET /api/relay', replayingFirst());
    const first = await ask('GET', '/api/relay');
    expect((await ask('GET', '/api/relay')).bytes).to.deep.equal(first.bytes);
    lying.lie('GET /api/relay', () => 'drop');
    let failed = false;
    await ask('GET', '/api/relay').catch(() => void (failed = true));
    expect(failed).to.equal(true);
    expect(lying.requests.map(({ path }) => path)).to.include('/api/relay');
  });
});
