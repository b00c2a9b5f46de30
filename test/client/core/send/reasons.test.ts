import { assert } from 'chai';
import { OTHER_REASONS, reasonText, warningText } from '../../../../client/core/send/reasons.js';

describe('reasons why a file is left out', () => {
  it('are told in both languages, each in its own words, without a word of the machine', () => {
    for (const reason of OTHER_REASONS) {
      const [en, de] = [reasonText(reason, 'en'), reasonText(reason, 'de')];
      assert.isNotEmpty(en);
      assert.notEqual(en, de, reason);
      for (const text of [en, de])
        assert.notMatch(text, /\b(tag|byte order|syntax|inflate|deflate|CRC|VR|EOF|offset|header)\b/i);
    }
    for (const warning of ['no-pixels', 'preamble', 'trailing-bytes'] as const) {
      assert.notEqual(warningText(warning, 'en'), warningText(warning, 'de'));
    }
  });
});
