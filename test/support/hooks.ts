/** What lives as long as the whole mocha run: started by whoever needs it first, ended once, after the last suite. */

const closers: (() => Promise<void>)[] = [];

export function atEnd(close: () => Promise<void>): void {
  closers.push(close);
}

// Outside every suite this is a hook of the root suite.
after('what the whole run shared ends', async function () {
  this.timeout(60_000);
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
});
