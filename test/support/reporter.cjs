'use strict';
// mocha's own report. For test/run.mjs it writes its counts down; alone it prints them for machines.
const { writeFileSync } = require('node:fs');
const { reporters, Runner } = require('mocha');

module.exports = class Reporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes: passed, failures: failed, pending } = this.stats;
      const file = process.env.BILDBOTE_TEST_COUNTS;
      if (file === undefined) process.stdout.write(`${passed} passed, ${failed} failed\n`);
      else writeFileSync(file, JSON.stringify({ passed, failed, pending }));
    });
  }
};
