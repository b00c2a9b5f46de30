import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openOwnEnvelope, sealOwnEnvelope } from '../../../../crypto/seal/own-envelope.js';
import { createDeidentifier } from '../../../../client/core/deidentification/deidentify.js';
import { findElement, itemsOf } from '../../../../client/core/deidentification/element-tree.js';
import { openInstance } from '../../../../client/core/deidentification/open-instance.js';
import { parseProfile } from '../../../../client/core/deidentification/profile.js';
import { createWayBack, reidentify } from '../../../../client/core/deidentification/reversible.js';
import { createPseudonyms } from '../../../../client/core/deidentification/secret.js';
import { EXPLICIT, EXPLICIT_BIG, IMPLICIT } from '../../../../client/core/dicom/element.js';
import { codeOf } from '../../../support/codes.js';
import { dataSet, element, file, item, sequence } from '../../../support/dicom-bytes.js';
import { withFolder } from '../../../support/folder.js';
import { memorySource } from '../../../support/memory-source.js';

const secret = new Uint8Array(32).fill(4);
const profile = parseProfile('{"name":"way-back","date":"2026-11-25","options":[],"reversible":true}');

async function deidentified(bytes: Uint8Array): Promise<Uint8Array> {
  const deidentifier = createDeidentifier({
    profile,
    pseudonyms: createPseudonyms(secret),
    cleaner: null,
    wayBack: createWayBack(secret),
  });
  const result = await deidentifier.prepare(memorySource('x', bytes));
  if (result.kind === 'refused') return expect.fail(result.reason);
  const output = await result.output.read(0, result.output.size);
  const search = result.search();
  search.update(output);
  expect(search.hits()).to.equal(0);
  return output;
}

/** The data set of a Part 10 file whose meta group is one of ours. */
async function body(bytes: Uint8Array): Promise<Uint8Array> {
  const { elements } = await openInstance(memorySource('x', bytes));
  return bytes.subarray(elements[0]?.at ?? 0);
}

const private1 = element(0x00290010, 'LO', 'SOMEBODY');

describe('a reversible de-identification', () => {
  it('says nothing to others and gives everything back to its maker, in every encoding', async () => {
    for (const [encoding, syntax] of [
      [EXPLICIT, '1.2.840.10008.1.2.1'],
      [IMPLICIT, '1.2.840.10008.1.2'],
      [EXPLICIT_BIG, '1.2.840.10008.1.2.2'],
    ] as const) {
      const nested = sequence(
        0x00400275,
        'SQ',
        [item(element(0x00100010, 'PN', 'Nested^Name', encoding), undefined, encoding)],
        encoding,
      );
      const original = file({ syntax }, dataSet({ encoding, extra: [nested] }));
      const output = await deidentified(original);
      expect(Buffer.from(output).includes('Muster'), syntax).to.equal(false);
      expect(Buffer.from(output).includes('Nested'), syntax).to.equal(false);
      const back = await reidentify(memorySource('y', output), secret);
      const restored = await back.read(0, back.size);
      expect(Buffer.from(await body(restored)).equals(await body(original)), syntax).to.equal(true);
    }
  });

  it('is the same bytes each time', async () => {
    const original = file({ extra: [private1] });
    expect(Buffer.from(await deidentified(original)).equals(await deidentified(original))).to.equal(true);
  });

  it('does not open with another secret, nor when a byte was changed', async () => {
    const output = await deidentified(file({}));
    expect(await codeOf(() => reidentify(memorySource('y', output), new Uint8Array(32)))).to.equal('not-reversible');
    expect(await codeOf(() => reidentify(memorySource('y', file({})), secret))).to.equal('not-reversible');
    const { elements } = await openInstance(memorySource('o', output));
    const content = findElement(
      itemsOf(findElement(elements, 0x04000500) ?? expect.fail('none'))[0]?.elements ?? [],
      0x04000520,
    );
    const { valueAt, length } = content ?? expect.fail('no content');
    for (const at of [valueAt + 5, valueAt + 60, valueAt + length - 40, valueAt + length - 3]) {
      const altered = output.slice();
      altered[at] = (altered[at] ?? 0) ^ 1;
      expect(await codeOf(() => reidentify(memorySource('y', altered), secret)), String(at - valueAt)).to.equal(
        'not-reversible',
      );
    }
  });

  it('is not done where the profile does not ask for it', async () => {
    const plain = parseProfile('{"name":"x","date":"2026-11-25","options":[]}');
    const one = createDeidentifier({
      profile: plain,
      pseudonyms: createPseudonyms(secret),
      cleaner: null,
      wayBack: createWayBack(secret),
    });
    const result = await one.prepare(memorySource('x', file({})));
    if (result.kind === 'refused') return expect.fail(result.reason);
    const { elements } = await openInstance(result.output);
    expect(findElement(elements, 0x04000500)).to.equal(undefined);
  });

  it('is a CMS that OpenSSL reads, where there is one', async function () {
    const keys = { wrappingKey: new Uint8Array(32).fill(1), keyId: new Uint8Array(16).fill(2) };
    const content = new Uint8Array(Buffer.from('what was taken out'));
    const envelope = await sealOwnEnvelope(keys, content, new Uint8Array(32).fill(3), new Uint8Array(16).fill(4));
    expect(await openOwnEnvelope(keys, envelope)).to.deep.equal(content);
    const ran = await withFolder((folder) => {
      const path = join(folder, 'content.der');
      writeFileSync(path, envelope);
      const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
      const keyArgs = ['-secretkey', hex(keys.wrappingKey), '-secretkeyid', hex(keys.keyId)];
      return Promise.resolve(spawnSync('openssl', ['cms', '-decrypt', '-inform', 'DER', '-in', path, ...keyArgs]));
    });
    if (ran.error !== undefined) return this.skip();
    expect(ran.stdout.toString(), ran.stderr.toString()).to.equal('what was taken out');
  });
});
