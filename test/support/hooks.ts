import fc from 'fast-check';

/** What lives as long as the whole mocha run: started by whoever needs it first, ended once, after the last suite. */

const closers: (() => Promise<void>)[] = [];

export function atEnd(close: () => Promise<void>): void {
  closers.push(close);
}

/** Also for programs that are no mocha run. */
export async function closeAll(): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
}

/** The same cases in every run; others with BILDBOTE_TEST_SEED, and in the campaigns. */
fc.configureGlobal({ seed: Number(process.env['BILDBOTE_TEST_SEED'] ?? 1) });

/** Mocha finds these through `require` in .mocharc.json. */
export const mochaHooks = {
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await closeAll();
  },
};
