import { expect } from 'chai';
import fc from 'fast-check';
import { shiftDate, shiftDateTime } from '../../../../client/core/deidentification/dates.js';
import { parseMasks } from '../../../../client/core/deidentification/masks.js';
import {
  encodeProfile,
  OPTION_KEYS,
  parseProfile,
  readyProfile,
  READY_PROFILES,
} from '../../../../client/core/deidentification/profile.js';
import { createPseudonyms, purposeSecret } from '../../../../client/core/deidentification/secret.js';
import { isClassUid } from '../../../../client/core/deidentification/uid-kinds.js';
import { codeOf } from '../../../support/codes.js';

const secret = new Uint8Array(32).fill(1);
const DAY_MS = 86_400_000;

describe('what is derived from the secret', () => {
  it('is the same for the same secret and different for another', () => {
    const [a, b] = [createPseudonyms(secret), createPseudonyms(secret)];
    const other = createPseudonyms(purposeSecret(secret, 'other purpose'));
    expect(a.uid('1.2.3')).to.equal(b.uid('1.2.3'));
    expect(a.patient('id:7')).to.deep.equal(b.patient('id:7'));
    expect(a.uid('1.2.3')).not.to.equal(other.uid('1.2.3'));
    expect(a.patient('id:7').name).not.to.equal(other.patient('id:7').name);
    expect(a.fileName('x')).not.to.equal(other.fileName('x'));
  });

  it('makes UIDs that are valid: 2.25, no leading zero, at most 64 characters', () => {
    const { uid } = createPseudonyms(secret);
    fc.assert(fc.property(fc.string(), (text) => void expect(uid(text)).to.match(/^2\.25\.[1-9]\d{30,38}$/)));
  });

  it('gives no two UIDs and no two patients the same name', () => {
    const { uid, patient } = createPseudonyms(secret);
    const many = Array.from({ length: 5_000 }, (_, i) => `1.2.${i}`);
    expect(new Set(many.map(uid))).to.have.length(many.length);
    expect(new Set(many.map((id) => patient(id).name))).to.have.length(many.length);
  });

  it('refuses a secret of another length', () => {
    for (const length of [0, 16, 31, 33]) expect(() => createPseudonyms(new Uint8Array(length))).to.throw(RangeError);
  });
});

describe('dates that are moved', () => {
  const day = fc.date({ min: new Date('1900-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
  const text = (date: Date): string => date.toISOString().slice(0, 10).replaceAll('-', '');
  const ms = (yyyymmdd: string): number =>
    Date.UTC(Number(yyyymmdd.slice(0, 4)), Number(yyyymmdd.slice(4, 6)) - 1, Number(yyyymmdd.slice(6)));

  it('keep the interval between any two of them', () => {
    fc.assert(
      fc.property(day, day, fc.integer({ min: -3650, max: -30 }), (a, b, days) => {
        const [x, y] = [shiftDate(text(a), days) ?? '', shiftDate(text(b), days) ?? ''];
        expect(ms(x) - ms(y)).to.equal(ms(text(a)) - ms(text(b)));
        expect((ms(x) - ms(text(a))) / DAY_MS).to.equal(days);
      }),
    );
  });

  it('keep their precision, time of day and zone', () => {
    expect(shiftDateTime('20200301123456.789+0100', -1)).to.equal('20200229123456.789+0100');
    expect(shiftDateTime('20200301', -1)).to.equal('20200229');
    expect(shiftDateTime('202003', -31)).to.equal('202001');
    expect(shiftDateTime('2020', -1)).to.equal('2019');
    expect(shiftDate('2020.03.01', -1)).to.equal('20200229');
  });

  it('are none where there is none', () => {
    for (const wrong of ['', '20201301', '20200230', '00010101', 'MUELLER', '2020-03-01', '202003011']) {
      expect(shiftDate(wrong, -40), wrong).to.equal(null);
    }
    for (const wrong of ['', '20201301', 'gestern', '20200301250'])
      expect(shiftDateTime(wrong, -40), wrong).to.equal(null);
  });
});

describe('UIDs of the standard', () => {
  it('are told from those of instances', () => {
    for (const uid of [
      '1.2.840.10008.5.1.4.1.1.2',
      '1.2.840.10008.1.2.4.90',
      '1.2.840.10008.1.4.1.1',
      '1.2.840.10008.1.5.1',
    ]) {
      expect(isClassUid(uid), uid).to.equal(true);
    }
    for (const uid of [
      '1.2.840.113619.2.1',
      '1.2.840.10008.99.123456789',
      '1.2.840.10008.5.1.4.1.1.2.20260101123456',
      '2.25.1',
      '',
    ]) {
      expect(isClassUid(uid), uid).to.equal(false);
    }
  });
});

describe('profiles', () => {
  it('that come with the program read themselves again', () => {
    for (const name of READY_PROFILES) {
      const profile = readyProfile(name);
      if (profile.kind === 'deidentify') expect(parseProfile(encodeProfile(profile))).to.deep.equal(profile);
    }
    expect(readyProfile('basic').options.size).to.equal(0);
    expect(readyProfile('treatment').kind).to.equal('unchanged');
    expect(
      readyProfile(
        'basic',
        OPTION_KEYS.filter((key) => key !== 'retainLongFullDates'),
      ).options.size,
    ).to.equal(11);
  });

  it('are refused when they are unknown, contradictory or not what they should be', async () => {
    expect(await codeOf(() => readyProfile('none'))).to.equal('profile-invalid');
    expect(await codeOf(() => readyProfile('basic', ['retainEverything']))).to.equal('profile-invalid');
    expect(await codeOf(() => readyProfile('basic', ['retainLongFullDates', 'retainLongModifiedDates']))).to.equal(
      'profile-invalid',
    );
    for (const json of [
      '',
      '[]',
      '{}',
      '{"name":"x","date":"2026","options":[]}',
      '{"name":"x","date":"2026-01-01","options":[],"more":1}',
    ]) {
      expect(await codeOf(() => parseProfile(json)), json).to.equal('profile-invalid');
    }
  });
});

describe('masks in a file', () => {
  it('are read, and refused when they are anything else', async () => {
    expect(parseMasks('{"a/b.dcm":[[0,1,2,3,null],[4,5,6,7,0]]}').get('a/b.dcm')).to.deep.equal([
      { x: 0, y: 1, width: 2, height: 3, frame: null, source: 'manual' },
      { x: 4, y: 5, width: 6, height: 7, frame: 0, source: 'manual' },
    ]);
    for (const json of [
      '',
      '[]',
      '{"a":[[1,2,3,4]]}',
      '{"a":[[1,2,3,-4,null]]}',
      '{"a":[["1",2,3,4,null]]}',
      '{"a":[[1,2,3,99999,null]]}',
    ]) {
      expect(await codeOf(() => parseMasks(json)), json).to.equal('masks-invalid');
    }
  });
});
