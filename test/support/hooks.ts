/** What lives as long as the whole mocha run: started by whoever needs it first, ended once, after the last suite. */

type Closers = (() => Promise<void>)[];

/**
 * One list for the process: mocha requires this file, and a test that needs an asynchronous module is imported instead,
 * with a second instance of this one.
 */
const KEY = Symbol.for('bildbote.test.closers');
const shared = globalThis as { [KEY]?: Closers };
const closers: Closers = (shared[KEY] ??= []);

export function atEnd(close: () => Promise<void>): void {
  closers.push(close);
}

/** Mocha finds these through `require` in .mocharc.json. */
export const mochaHooks = {
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  },
};
