import { expect } from 'chai';
import { CoreError } from '../../../client/core/error.js';
import { RELAY_PROBLEMS } from '../../../client/core/relay-problem.js';
import { CliError, describeFailure } from '../../../client/cli/failure.js';
import { textOf } from '../../../client/cli/texts.js';
import { UsageError } from '../../../client/cli/usage-error.js';

describe('what the user reads', () => {
  it('has a sentence in both languages for every problem of the relay', () => {
    for (const code of RELAY_PROBLEMS) {
      for (const language of ['en', 'de'] as const) expect(textOf(code, language), code).to.match(/^\p{Lu}.*\.$/u);
    }
  });

  it('says what it is about where that is known', () => {
    const failure = describeFailure(new CliError('payload-damaged', 'abcd1234'), 'en');
    expect(failure.message).to.match(/^abcd1234: What the relay holds/);
    expect(failure.exitCode).to.equal(1);
  });

  it('never shows a message that was meant for developers', () => {
    const secret = 'a developer wrote this';
    for (const error of [new CoreError('gone', secret), new Error(secret), new CliError('no-such-code'), secret]) {
      expect(describeFailure(error, 'en').message).not.to.include(secret);
    }
    expect(describeFailure(new Error(secret), 'en').code).to.equal('internal-error');
  });

  it('exits with 2 for wrong usage only', () => {
    expect(describeFailure(new UsageError('send needs --to'), 'en')).to.deep.equal({
      code: 'usage',
      message: 'send needs --to',
      exitCode: 2,
    });
  });
});
