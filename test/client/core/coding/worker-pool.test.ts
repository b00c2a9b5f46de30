import { assert } from 'chai';
import { storedUnit } from '../../../../client/core/coding/task.js';
import {
  createCodingPool,
  performCodingJob,
  type CodingAnswer,
  type CodingJob,
  type CodingWorker,
} from '../../../../client/core/coding/worker-pool.js';
import { compiledThreads, nodeCodecs } from '../../../support/coding.js';
import { codeOf } from '../../../support/codes.js';
import { assertSameBytes } from '../../../support/same-bytes.js';

const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from({ length: 500 }, (_, i) => i >> 4);
const task = () => ({ bytes: bytes(), shape: null, sign: 'unsigned', ways: ['deflated'], effort: 'first' }) as const;

interface Fake {
  readonly started: number;
  readonly ended: number;
  readonly mostAtOnce: number;
  readonly startWorker: () => CodingWorker;
}

/** Workers in this thread; `run` of the n-th one started may be another. */
function fakeWorkers(run: (job: CodingJob, worker: number) => Promise<CodingAnswer>): Fake {
  let [started, ended, atOnce, most] = [0, 0, 0, 0];
  return {
    get started() {
      return started;
    },
    get ended() {
      return ended;
    },
    get mostAtOnce() {
      return most;
    },
    startWorker() {
      const number = started++;
      return {
        async run(job) {
          most = Math.max(most, ++atOnce);
          try {
            return await run(job, number);
          } finally {
            atOnce -= 1;
          }
        },
        end: () => Promise.resolve(void ended++),
      };
    },
  };
}

describe('a pool of coding workers', () => {
  const honest = (job: CodingJob): Promise<CodingAnswer> => performCodingJob(job, nodeCodecs);

  it('codes and restores, with no more workers than allowed, and starts none before it is needed', async () => {
    const fake = fakeWorkers(honest);
    await using pool = createCodingPool({ version: 'v', size: 3, startWorker: fake.startWorker });
    assert.equal(fake.started, 0);
    const units = await Promise.all(Array.from({ length: 20 }, () => pool.code(task())));
    const restored = await Promise.all(units.map(({ unit }) => pool.restore(unit)));
    for (const one of restored) assertSameBytes(one, bytes());
    assert.deepEqual([fake.started, fake.mostAtOnce, fake.ended], [3, 3, 0]);
  });

  it('ends a worker that does not answer in time, and goes on with another', async () => {
    const never = new Promise<CodingAnswer>(() => undefined);
    const fake = fakeWorkers((job, worker) => (worker === 0 ? never : honest(job)));
    await using pool = createCodingPool({ version: 'v', size: 1, startWorker: fake.startWorker, limitMs: 20 });
    assert.equal(await codeOf(() => pool.restore(storedUnit(bytes()))), 'coding-failed');
    assert.equal(fake.ended, 1);
    assertSameBytes(await pool.restore(storedUnit(bytes())), bytes());
  });

  it('tells what a worker refuses, and keeps the worker', async () => {
    const fake = fakeWorkers(honest);
    await using pool = createCodingPool({ version: 'v', size: 1, startWorker: fake.startWorker });
    const unit = { ...storedUnit(bytes()), id: 1 as const, coded: Uint8Array.of(0xff, 1, 2) };
    assert.equal(await codeOf(() => pool.restore(unit)), 'package-coding');
    assertSameBytes(await pool.restore(storedUnit(bytes())), bytes());
    assert.deepEqual([fake.started, fake.ended], [1, 0]);
  });

  it('ends its workers when it is closed, and what waits is told', async () => {
    const fake = fakeWorkers(honest);
    const pool = createCodingPool({ version: 'v', size: 1, startWorker: fake.startWorker });
    const first = pool.code(task());
    const waiting = codeOf(() => pool.code(task()));
    await pool[Symbol.asyncDispose]();
    await first;
    assert.equal(await waiting, 'coding-failed');
    assert.equal(await codeOf(() => pool.code(task())), 'coding-failed');
    assert.equal(fake.ended, 1);
  });

  it('of real threads codes, refuses hostile bytes, and goes on', async function () {
    const threads = compiledThreads();
    if (threads === null) return this.skip();
    await using pool = threads;
    const shape = { columns: 64, perPixel: 1, bytes: 2, order: 'little' } as const;
    const samples = Uint8Array.from({ length: 65_536 }, (_, i) => (i & 1 ? 3 : i >> 9));
    const { unit } = await pool.code({
      bytes: samples.slice(),
      shape,
      sign: 'signed',
      ways: ['jpeg-ls'],
      effort: 'first',
    });
    assert.equal(unit.id, 3);
    const hostile = { ...unit, coded: unit.coded.map((byte, i) => (i % 5 === 0 ? byte ^ 0x11 : byte)) };
    const [refused, restored] = await Promise.all([codeOf(() => pool.restore(hostile)), pool.restore(unit)]);
    assert.equal(refused, 'package-coding');
    assertSameBytes(restored, samples);
  });
});
