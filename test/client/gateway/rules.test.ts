import { expect } from 'chai';
import { configSchema } from '../../../client/gateway/config/config.js';
import { parseYaml } from '../../../client/gateway/config/load.js';
import { matches } from '../../../client/gateway/rules/rules.js';
import { casesSchema, testRules } from '../../../client/gateway/rules/test-rules.js';

const problems = (yaml: string): string[] => {
  const parsed = parseYaml(yaml, configSchema);
  return parsed.kind === 'parsed' ? [] : parsed.problems.map(({ path, line }) => `${line} ${path}`);
};

describe('the configuration of the gateway', () => {
  it('takes a keystore alone, and gives everything else a value', () => {
    const parsed = parseYaml('keystore: /keys\n', configSchema);
    expect(parsed.kind === 'parsed' && parsed.value.sending.parallel).to.equal(2);
    expect(parsed.kind === 'parsed' && parsed.value.dicom).to.equal(undefined);
  });

  it('names every mistake by its path and line', () => {
    const yaml = `keystore: /keys
sending:
  paralel: 3
dicom:
  host: 0.0.0.0
  peers: []
  port: 70000
rules:
  - name: a
    to: [nobody]
  - name: a
    to: [praxis@hausarzt.example]
`;
    expect(problems(yaml)).to.have.members(['3 sending.paralel', '5 dicom.host', '7 dicom.port', '10 rules[0].to[0]']);
    expect(problems('keystore: /keys\nkeystore: /other\n')).to.deep.equal(['2 ']);
    expect(problems('')).to.deep.equal(['1 ']);
  });

  it('does not listen beyond this machine without TLS unless that is said', () => {
    const dicom = (more: string): string[] => problems(`keystore: /keys\ndicom: { host: 0.0.0.0, peers: []${more} }\n`);
    expect(dicom('')).to.deep.equal(['2 dicom.host']);
    expect(dicom(', plain: on')).to.deep.equal([]);
    expect(dicom(', tls: { cert: a, key: b }')).to.deep.equal([]);
  });

  it('refuses two rules of one name', () => {
    const rule = '{ name: a, to: [praxis@hausarzt.example] }';
    expect(problems(`keystore: /keys\nrules: [${rule}, ${rule}]\n`)).to.deep.equal(['2 rules[1].name']);
  });
});

describe('the rules', () => {
  const yaml = `
rules:
  - { name: urgent-ct, when: { calledAe: STROKE, modality: [CT, MR] }, to: [neuro@klinik.example], urgent: 2h }
  - { name: meier, when: { referringPhysician: 'meier*' }, to: [praxis@hausarzt.example] }
cases:
  - { name: one, study: { calledAe: STROKE, modality: MR }, expect: urgent-ct }
  - { name: two, study: { calledAe: STROKE, modality: US }, expect: null }
  - { name: three, study: { modality: CR, referringPhysician: Meier^Anna }, expect: meier }
  - { name: four, study: { calledAe: STROKE, modality: CT, referringPhysician: Meier^Anna }, expect: urgent-ct }
`;
  it('are decided by the first that fits; what none fits goes nowhere', () => {
    const parsed = parseYaml(yaml, casesSchema);
    if (parsed.kind !== 'parsed') return expect.fail('not parsed');
    const results = testRules(parsed.value);
    expect(results.map(({ chosen, expected }) => chosen === expected)).to.deep.equal([true, true, true, true]);
    expect(results[1]?.to).to.deep.equal([]);
  });

  it('match with * and ?, whole values, without regard to case, in bounded time', () => {
    expect(matches('a*c?', 'ABBCD')).to.equal(true);
    expect(matches('a*c', 'abd')).to.equal(false);
    expect(matches('', 'x')).to.equal(false);
    expect(matches('*a'.repeat(50) + 'b', 'a'.repeat(20_000))).to.equal(false);
  });
});
