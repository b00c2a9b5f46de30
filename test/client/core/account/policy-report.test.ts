import { expect } from 'chai';
import { reportPolicy } from '../../../../client/core/account/policy-report.js';
import { type PolicyVector } from '../../../vectors/log-policy/generate.js';
import { readVectors } from '../../../vectors/vector-files.js';

/** docs/spec/directory.md §7 */
describe('a policy that a person has brought', () => {
  const vectors = new Map(Object.entries(readVectors<PolicyVector>('log-policy')));
  const bytesOf = ({ policy }: PolicyVector): Uint8Array => new TextEncoder().encode(policy);

  it('tells its log, its witnesses and how many are enough', () => {
    const says = (name: string): unknown => {
      const vector = vectors.get(name);
      return vector === undefined ? null : reportPolicy(bytesOf(vector));
    };
    const log = 'relay.example/log';
    expect(says('valid')).to.deep.equal({ log, witnesses: ['A', 'B', 'C'], needed: 2 });
    expect(says('valid-nested')).to.deep.equal({ log, witnesses: ['A', 'B', 'C'], needed: 2 });
    expect(says('valid-none')).to.deep.equal({ log, witnesses: [], needed: 0 });
  });

  it('is refused by one code, whatever is wrong with it', () => {
    const wrong = [...vectors.values()].filter(({ expect: outcome }) => outcome !== 'valid');
    expect(wrong).to.have.length.above(15);
    for (const vector of wrong) {
      expect(() => reportPolicy(bytesOf(vector)), vector.description)
        .to.throw()
        .with.property('code', 'policy-invalid');
    }
    const large = new Uint8Array(16_385).fill(0x0a);
    expect(() => reportPolicy(large))
      .to.throw()
      .with.property('code', 'policy-invalid');
  });
});
