import { createHash } from 'node:crypto';
import { assert } from 'chai';
import fc from 'fast-check';
import { createKeeper } from '../../../../client/web/guard/keeper.js';
import { fileAt, readList } from '../../../../client/web/guard/list.js';

/** The guard with a cache in memory, and a relay that can serve what it likes (attack A30). */

type Files = Record<string, string>;

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

function listOf(version: string, files: Files): string {
  const digests = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, digestOf(text)]));
  return JSON.stringify({ format: 1, version, files: digests });
}

/** A relay that lies as it is told to, and a browser's caches. */
function world(version: string, files: Files) {
  const served: Files = {};
  const caches = new Map<string, Map<string, Response>>();
  let asked: string[] = [];
  const serve = (next: string, all: Files): void => {
    for (const path of Object.keys(served)) delete served[path];
    served['/bundle.json'] = listOf(next, all);
    for (const [path, text] of Object.entries(all)) served[path === 'index.html' ? '/' : `/${path}`] = text;
  };
  serve(version, files);
  const around = {
    openCache: (name: string) => {
      const kept = caches.get(name) ?? new Map<string, Response>();
      caches.set(name, kept);
      return Promise.resolve({
        match: (key: RequestInfo | URL) => Promise.resolve(kept.get(String(key))?.clone()),
        put: (key: RequestInfo | URL, response: Response) => Promise.resolve(void kept.set(String(key), response)),
      });
    },
    dropCache: (name: string) => Promise.resolve(caches.delete(name)),
    fetch: (address: string) => {
      asked.push(address);
      const text = served[address];
      return Promise.resolve(new Response(text ?? 'nothing', { status: text === undefined ? 404 : 200 }));
    },
  };
  return {
    served,
    serve,
    caches,
    /** A worker that the browser has just started: nothing in memory but the caches. */
    start: () => createKeeper(around),
    took: () => asked.splice(0),
    forget: () => void (asked = []),
  };
}

const FIRST: Files = { 'index.html': '<one>', 'assets/main-A.js': 'one()', 'guard.js': 'guard' };
const SECOND: Files = { 'index.html': '<two>', 'assets/main-B.js': 'two()', 'guard.js': 'guard' };

async function textOf(answer: Response | null): Promise<string> {
  if (answer === null) return 'passed on';
  return answer.type === 'error' ? 'refused' : answer.text();
}

describe('the guard of the page', () => {
  it('gives out what its list says, from its cache the second time, and passes on what is no file', async () => {
    const w = world('1', FIRST);
    const keeper = w.start();
    assert.equal(await textOf(await keeper.answer('/')), '<one>');
    assert.equal(await textOf(await keeper.answer('/enrol')), '<one>');
    assert.equal(await textOf(await keeper.answer('/assets/main-A.js')), 'one()');
    w.took();
    assert.equal(await textOf(await keeper.answer('/assets/main-A.js')), 'one()');
    for (const path of ['/api/relay', '/bundle.json', '/guard.js', '/assets/other.js', '/assets/../api']) {
      assert.equal(await keeper.answer(path), null, path);
    }
    assert.deepEqual(w.took(), []);
  });

  it('refuses a file of which one byte was altered, whichever it is', async () => {
    for (const [address, path] of [
      ['/', '/'],
      ['/assets/main-A.js', '/assets/main-A.js'],
    ] as const) {
      const w = world('1', FIRST);
      w.served[address] = `${w.served[address] ?? ''} `;
      assert.equal(await textOf(await w.start().answer(path)), 'refused');
      w.serve('1', FIRST);
      assert.notEqual(await textOf(await w.start().answer(path)), 'refused');
    }
  });

  it('goes on with the page it knows when another one is served, also after a restart, and says so', async () => {
    const w = world('1', FIRST);
    await w.start().ask({ kind: 'keep' });
    w.serve('2', SECOND);
    const keeper = w.start();
    assert.equal(await textOf(await keeper.answer('/')), '<one>');
    assert.equal(await textOf(await keeper.answer('/assets/main-A.js')), 'one()');
    assert.equal(await keeper.answer('/assets/main-B.js'), null);
    assert.deepEqual(await keeper.ask({ kind: 'status' }), {
      kind: 'status',
      known: { version: '1', digest: digestOf(listOf('1', FIRST)) },
      offered: { version: '2', digest: digestOf(listOf('2', SECOND)) },
    });
  });

  it('takes another page over when a person has compared it, and only that one, whole', async () => {
    const w = world('1', FIRST);
    const keeper = w.start();
    await keeper.ask({ kind: 'keep' });
    w.serve('2', SECOND);
    const digest = digestOf(listOf('2', SECOND));
    assert.equal((await keeper.ask({ kind: 'take', digest: digestOf('else') })).kind, 'broken');
    w.served['/assets/main-B.js'] = 'evil()';
    assert.equal((await keeper.ask({ kind: 'take', digest })).kind, 'broken');
    assert.equal(await textOf(await keeper.answer('/')), '<one>');
    w.serve('2', SECOND);
    assert.equal((await keeper.ask({ kind: 'take', digest })).kind, 'taken');
    assert.equal(await textOf(await keeper.answer('/')), '<two>');
    assert.equal(await textOf(await w.start().answer('/assets/main-B.js')), 'two()');
    assert.equal(w.caches.has(`bildbote-page-${digestOf(listOf('1', FIRST))}`), false);
    assert.deepInclude(await keeper.ask({ kind: 'status' }), { offered: null });
  });

  it('knows nothing and stands in nobody’s way while there is no list', async () => {
    const w = world('1', FIRST);
    w.served['/bundle.json'] = '{"format":2}';
    const keeper = w.start();
    assert.equal(await keeper.answer('/'), null);
    assert.deepEqual(await keeper.ask({ kind: 'status' }), { kind: 'status', known: null, offered: null });
    w.serve('1', FIRST);
    assert.equal(await textOf(await keeper.answer('/')), '<one>');
  });
});

describe('a list of a bundle', () => {
  const bytes = (value: unknown): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(JSON.stringify(value)));

  it('is read only in the documented form', async () => {
    const digest = digestOf('x');
    const good = { format: 1, version: '1', files: { 'index.html': digest } };
    assert.equal((await readList(bytes(good)))?.version, '1');
    const bad: unknown[] = [
      null,
      [],
      { ...good, format: 2 },
      { ...good, version: 1 },
      { ...good, version: 'x'.repeat(101) },
      { ...good, files: [] },
      { ...good, files: { 'main.js': digest } },
      { ...good, files: { ...good.files, '../x': digest } },
      { ...good, files: { ...good.files, '/x': digest } },
      { ...good, files: { ...good.files, 'a//b': digest } },
      { ...good, files: { ...good.files, a: digest.toUpperCase() } },
      { ...good, files: { ...good.files, a: 1 } },
      {
        ...good,
        files: { 'index.html': digest, ...Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, digest])) },
      },
    ];
    for (const value of bad) assert.equal(await readList(bytes(value)), null, JSON.stringify(value).slice(0, 80));
    assert.equal(await readList(new Uint8Array(1024 * 1024 + 1)), null);
  });

  it('never throws, and names nothing outside of the page and its assets', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.webPath(), async (noise, path) => {
        assert.equal(await readList(new Uint8Array(noise)), null);
        const list = await readList(bytes({ format: 1, version: '1', files: { 'index.html': digestOf('x') } }));
        assert(list !== null);
        const file = fileAt(list, path);
        if (!['/', '/enrol', '/pair', '/recover'].includes(path)) assert.equal(file, null);
      }),
      { numRuns: 50 },
    );
  });
});
