import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from 'chai';
import { utf8 } from '../../crypto/wire/bytes.js';
import { consistencyProof, leafHash, merkleRoot } from '../../crypto/wire/merkle.js';
import { verifyCheckpoint } from '../../crypto/log/checkpoint.js';
import { parseVerifierKey } from '../../crypto/log/verifier-key.js';
import { type RunningWitness, startWitness, witnessKey } from '../../server/witness/serve.js';
import { codeOf } from '../support/codes.js';
import { type TestFolder, createFolder } from '../support/folder.js';
import { secondSigner } from '../vectors/log-note/generate.js';

const LOG = secondSigner('log', 'relay.example/log', 1);
const OTHER = secondSigner('log', 'relay.example/other', 2);
const IMPOSTOR = secondSigner('log', 'relay.example/log', 3);

const leaves = (n: number, text = 'leaf') => Array.from({ length: n }, (_, i) => leafHash(utf8(`${text} ${i}`)));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function checkpoint(size: number, text = 'leaf', signer = LOG): string {
  const body = `${signer.name}\n${size}\n${base64(merkleRoot(leaves(size, text)))}\n`;
  return `${body}\n${signer.line(body)}`;
}

function proof(from: number, to: number, text = 'leaf'): string[] {
  return from === 0 ? [] : consistencyProof(leaves(to, text), from).map(base64);
}

/** docs/spec/directory.md §9 */
describe('a witness', function () {
  this.timeout(60_000);
  let folder: TestFolder;
  let witness: RunningWitness;

  const open = (): Promise<RunningWitness> =>
    startWitness({ dataDir: folder.path, name: 'witness.example/w', port: 0, logKeys: [LOG.vkey, OTHER.vkey] });
  const add = async (old: number | string, lines: readonly string[], note: string) => {
    const body = [`old ${old}`, ...lines, '', note].join('\n');
    const response = await fetch(`${witness.url}/add-checkpoint`, { method: 'POST', body });
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };

  beforeEach(async () => {
    folder = await createFolder();
    witness = await open();
  });
  afterEach(async () => {
    await witness.close();
    await folder.remove();
  });

  it('cosigns what continues what it has seen, with the time', async () => {
    const key = parseVerifierKey('witness', witness.key);
    for (const [old, size] of [
      [0, 3],
      [3, 3],
      [3, 7],
      [7, 300],
    ] as const) {
      const note = checkpoint(size);
      const answer = await add(old, proof(old, size), note);
      assert.equal(answer.status, 200, `${old} → ${size}`);
      const cosigned = verifyCheckpoint(utf8(note + answer.text), parseVerifierKey('log', LOG.vkey), [key]);
      assert.approximately(cosigned.cosignatures[0]?.timeSeconds ?? 0, Date.now() / 1000, 60);
    }
  });

  it('refuses what does not, and says what it has seen', async () => {
    assert.equal((await add(0, [], checkpoint(5))).status, 200);
    const conflict = { status: 409, type: 'text/x.tlog.size', text: '5\n' };
    assert.deepEqual(await add(0, [], checkpoint(8)), conflict);
    assert.deepEqual(await add(4, proof(4, 8), checkpoint(8)), conflict);
    assert.deepEqual(await add(5, [], checkpoint(5, 'another history')), conflict);
    assert.equal((await add(5, [], checkpoint(8))).status, 422);
    assert.equal((await add(5, proof(5, 8, 'another history'), checkpoint(8, 'another history'))).status, 422);
    assert.equal((await add(5, [...proof(5, 8), proof(5, 8)[0] ?? ''], checkpoint(8))).status, 422);
    assert.equal((await add(5, proof(5, 8), checkpoint(8))).status, 200, 'and goes on afterwards');
  });

  it('knows logs by name and key', async () => {
    assert.equal((await add(0, [], checkpoint(5, 'leaf', secondSigner('log', 'x.example/log', 1)))).status, 404);
    assert.equal((await add(0, [], checkpoint(5, 'leaf', IMPOSTOR))).status, 403);
    assert.equal((await add(0, [], checkpoint(5))).status, 200);
    assert.equal((await add(0, [], checkpoint(9, 'leaf', OTHER))).status, 200, 'each log for itself');
  });

  it('refuses every other form', async () => {
    const note = checkpoint(5);
    for (const [old, lines] of [
      ['05', []],
      ['-1', []],
      ['x', []],
      [6, []],
      [0, ['AAAA']],
      [0, ['not base64']],
      [1, Array.from({ length: 64 }, () => base64(new Uint8Array(32)))],
    ] as const) {
      assert.equal((await add(old, lines, note)).status, 400, `${old} ${lines.length}`);
    }
    assert.equal((await add(0, [], note.slice(0, -1))).status, 400);
    assert.equal((await add(0, [], 'text\n')).status, 400);
    assert.equal((await add(0, [], `${note}${'x'.repeat(80_000)}`)).status, 413);
    const url = `${witness.url}/add-checkpoint`;
    assert.equal((await fetch(url)).status, 405);
    assert.equal((await fetch(`${witness.url}/`)).status, 404);
    assert.equal((await fetch(url, { method: 'POST', body: 'old 0\n' })).status, 400);
  });

  it('signs one of two that come at once', async () => {
    assert.equal((await add(0, [], checkpoint(5))).status, 200);
    const answers = await Promise.all([
      add(5, proof(5, 9), checkpoint(9)),
      add(5, proof(5, 8), checkpoint(8)),
      add(5, proof(5, 9), checkpoint(9)),
    ]);
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409]);
  });

  it('remembers over a restart, in files for its owner alone, and signs nothing when they are damaged', async () => {
    assert.equal((await add(0, [], checkpoint(5))).status, 200);
    const { key } = witness;
    await witness.close();
    witness = await open();
    assert.equal(witness.key, key);
    assert.equal((await add(0, [], checkpoint(5))).status, 409);
    const seen = (await readdir(folder.path)).find((name) => name.startsWith('seen-')) ?? '';
    const path = join(folder.path, seen);
    if (process.platform !== 'win32') {
      assert.equal((await stat(join(folder.path, 'witness-key.json'))).mode & 0o777, 0o600);
    }
    const before = await readFile(path, 'utf8');
    await writeFile(path, before.slice(0, 20));
    assert.equal((await add(0, [], checkpoint(8))).status, 500);
    assert.equal((await add(5, proof(5, 8), checkpoint(8))).status, 500);
  });

  it('signs nothing and does not start when a log that it has signed is remembered no more', async () => {
    const path = join(folder.path, 'witness-key.json');
    const old = await readFile(path, 'utf8');
    assert.equal((await add(0, [], checkpoint(5))).status, 200);
    const seen = (await readdir(folder.path)).find((name) => name.startsWith('seen-')) ?? assert.fail('nothing seen');
    const memory = await readFile(join(folder.path, seen), 'utf8');
    await rm(join(folder.path, seen));
    assert.equal((await add(0, [], checkpoint(5, 'another history'))).status, 500);
    assert.equal((await add(0, [], checkpoint(9, 'leaf', OTHER))).status, 200, 'each log for itself');
    await witness.close();
    assert.equal(await codeOf(open), 'config-invalid');

    // The key of a version before does not say what it has signed: it learns it at its next start.
    await writeFile(join(folder.path, seen), memory);
    await writeFile(path, old);
    witness = await open();
    await witness.close();
    await rm(join(folder.path, seen));
    assert.equal(await codeOf(open), 'config-invalid');
    await writeFile(join(folder.path, seen), memory);
    witness = await open();
    assert.equal((await add(5, proof(5, 8), checkpoint(8))).status, 200, 'what was put back counts');
  });

  it('needs a log, a folder of its own, and keeps its name', async () => {
    const dataDir = folder.path;
    assert.equal(await codeOf(() => startWitness({ dataDir, logKeys: [LOG.vkey], port: 0 })), 'data-folder-in-use');
    await witness.close();
    assert.equal(await codeOf(() => startWitness({ dataDir, logKeys: [], port: 0 })), 'config-invalid');
    assert.equal(await codeOf(() => startWitness({ dataDir, logKeys: ['x'], port: 0 })), 'config-invalid');
    assert.equal(await codeOf(() => witnessKey({ dataDir, name: 'another' })), 'config-invalid');
    assert.equal(await witnessKey({ dataDir }), witness.key);
    witness = await open();
  });
});
