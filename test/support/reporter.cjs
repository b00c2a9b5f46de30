'use strict';
// mocha's own report. For test/run.mjs it writes its counts down; alone it prints them for machines.
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join, relative } = require('node:path');
const { reporters, Runner } = require('mocha');

/** What the summary at the end of many jobs repeats of one failure. */
const STACK_CHARACTERS = 1_500;

/** Seconds of processor time of this process and of those it started and waited for; 0 where the system does not say. */
function processorSeconds() {
  if (!existsSync('/proc/self/stat')) return 0;
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

/** What became of each test, by file: for tables that are made of a run that was done anyway (`npm run attacks -- --from FOLDER`). */
function keepOutcomes(runner, folder) {
  const { EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } = Runner.constants;
  const outcomes = {};
  const note = (kind) => (test) => {
    const file = relative(process.cwd(), test.file ?? test.parent?.file ?? '').replaceAll('\\', '/');
    outcomes[file] ??= { passes: [], failures: [], pending: [] };
    outcomes[file][kind].push({ fullTitle: test.fullTitle() });
  };
  runner.on(EVENT_TEST_PASS, note('passes'));
  runner.on(EVENT_TEST_FAIL, note('failures'));
  runner.on(EVENT_TEST_PENDING, note('pending'));
  runner.once(EVENT_RUN_END, () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${process.pid}-${Date.now()}.json`), JSON.stringify(outcomes));
  });
}

module.exports = class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failures = [];
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error) => {
      failures.push({ title: test.fullTitle(), message: String(error?.stack ?? error).slice(0, STACK_CHARACTERS) });
    });
    const kept = process.env.BILDBOTE_TEST_RESULTS;
    if (kept !== undefined && kept !== '') keepOutcomes(runner, kept);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending, duration } = this.stats;
      const times = { seconds: Math.round(duration / 1000), processorSeconds: Math.round(processorSeconds()) };
      const file = process.env.BILDBOTE_TEST_COUNTS;
      if (file === undefined) process.stdout.write(`${passed} passed, ${failed} failed\n`);
      else writeFileSync(file, JSON.stringify({ passed, failed, pending, failures, ...times }));
    });
  }
};
