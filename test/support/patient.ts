import Mocha from 'mocha';

/**
 * Required by `npm run attacks` and `npm run mutants`, which run beside other work: twenty times the patience of each test. What is asserted
 * stays the same.
 */
const PATIENCE = 20;
const { Runnable } = Mocha;
type Timed = (this: Mocha.Runnable, ms?: number | string) => unknown;
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with the runnable below
const given = Runnable.prototype.timeout as Timed;

(Runnable.prototype as { timeout: Timed }).timeout = function (ms) {
  if (ms === undefined) return given.call(this);
  return given.call(this, typeof ms === 'number' ? Math.min(ms * PATIENCE, 2 ** 31 - 1) : ms);
};
