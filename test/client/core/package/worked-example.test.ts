import { assert } from 'chai';
import { readFileSync } from 'node:fs';
import { fileIdFrom } from '../../../../crypto/wire/ids.js';
import { fromHex, utf8 } from '../../../../crypto/wire/bytes.js';
import { unpackPackage } from '../../../../client/core/receive/unpack.js';
import { memorySink } from '../../../support/memory-sink.js';
import { memorySource } from '../../../support/memory-source.js';
import { nodeSha256 } from '../../../support/node-sha256.js';
import { packExample } from '../../../support/package-examples.js';
import { assertSameBytes } from '../../../support/same-bytes.js';

function fromSpec(): Uint8Array {
  const spec = readFileSync(new URL('../../../../docs/spec/payload.md', import.meta.url), 'utf8');
  const block = /## 7\. Package[\s\S]*?```hex\n([\s\S]*?)```/.exec(spec)?.[1] ?? '';
  const records = fromHex(block.replace(/#.*$/gm, '').replace(/\s/g, ''));
  const padded = new Uint8Array(4096);
  padded.set(records);
  return padded;
}

describe('the worked example of docs/spec/payload.md §7', () => {
  const fileId = fileIdFrom(fromHex('000102030405060708090a0b0c0d0e0f'));
  const files = new Map([[fileId, utf8('Hallo')]]);
  const plan = {
    studies: [],
    documents: [{ kind: 'report' as const, fileId, size: 5, name: 'Befund.txt', mediaType: 'text/plain' }],
    order: [0],
  };

  it('is what we pack', async () => {
    assertSameBytes(await packExample({ plan, files }), fromSpec());
  });

  it('is what we unpack', async () => {
    const sink = memorySink();
    await unpackPackage({ sink, createSha256: nodeSha256, source: memorySource('p', fromSpec()).stream() });
    assert.deepEqual(sink.planRead, plan);
    assertSameBytes(sink.published.get(fileId)?.bytes, utf8('Hallo'));
  });
});
