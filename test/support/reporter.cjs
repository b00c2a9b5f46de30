'use strict';
// mocha's own report. For test/run.mjs it writes its counts down; alone it prints them for machines.
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

/** What the summary at the end of many jobs repeats of one failure. */
const STACK_CHARACTERS = 1_500;

/** Seconds of processor time of this process and of those it started and waited for; 0 where the system does not say. */
function processorSeconds() {
  if (!existsSync('/proc/self/stat')) return 0;
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

module.exports = class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const failures = [];
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test, error) => {
      failures.push({ title: test.fullTitle(), message: String(error?.stack ?? error).slice(0, STACK_CHARACTERS) });
    });
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending, duration } = this.stats;
      const times = { seconds: Math.round(duration / 1000), processorSeconds: Math.round(processorSeconds()) };
      const file = process.env.BILDBOTE_TEST_COUNTS;
      if (file === undefined) process.stdout.write(`${passed} passed, ${failed} failed\n`);
      else writeFileSync(file, JSON.stringify({ passed, failed, pending, failures, ...times }));
    });
  }
};
