import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assert } from 'chai';
import fc from 'fast-check';
import { requestOf } from '../../../client/core/relay/operation.js';
import { typeOf } from '../../../server/openapi/typescript.js';
import { apiClientFiles, currentDocument } from '../../support/api-client.js';

const folder = resolve(import.meta.dirname, '../../../client/core');

describe('client/core/relay/operation', function () {
  this.timeout(30_000);

  it('is made of the document of this very relay: npm run api:client', async () => {
    for (const [path, text] of await apiClientFiles(await currentDocument())) {
      assert.equal(readFileSync(path, 'utf8'), text, path);
    }
  });

  it('is the only way to the relay: no other file of the core names a route', () => {
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.includes('operations/'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);
    // Hints are a socket, and no operation.
    const past = sources
      .filter(([name, text]) => name !== 'relay/hints.ts' && /path: [`'"]\/(api|log)/.test(text))
      .map(([name]) => name);
    assert.deepEqual(past, []);
    const used = new Set(
      sources.flatMap(([, text]) => [...text.matchAll(/'((?:GET|PUT|POST) \/[^']+)'/g)].map((m) => m[1])),
    );
    assert.isAbove(used.size, 30);
  });

  it('fills paths, queries and headers', () => {
    const name = 'PUT /api/payloads/{payloadId}/tallies/{seq}';
    const body = [new Uint8Array(2)];
    const request = requestOf(name, { path: { payloadId: 'ab', seq: 7 }, query: { segments: 3 }, body });
    assert.deepInclude(request, { method: 'PUT', path: '/api/payloads/ab/tallies/7?segments=3', body });
    assert.deepInclude(requestOf('GET /api/directory', { query: { query: 'Müller & Co' } }), {
      path: '/api/directory?query=M%C3%BCller+%26+Co',
    });
    assert.equal(requestOf('GET /api/limits', {}).path, '/api/limits');
  });

  it('lets no value of a path lead to another route', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (address) => {
        const { path } = requestOf('GET /api/directory/addresses/{address}', { path: { address } });
        const rest = path.slice('/api/directory/addresses/'.length);
        assert.notMatch(rest, /[/?#]/);
        assert.equal(decodeURIComponent(rest), address);
      }),
    );
  });

  it('describes what schemas of the relay say, and refuses to guess', () => {
    assert.equal(typeOf({ type: ['string', 'null'] }), 'string | null');
    assert.equal(typeOf({ anyOf: [{ const: -1 }, { type: 'integer' }, { type: 'number' }] }), '-1 | number');
    assert.equal(typeOf({ type: 'array', items: { enum: ['a', 1] } }, ''), '("a" | 1)[]');
    assert.equal(
      typeOf({ type: 'object', properties: { a: { type: 'boolean' }, 'b-c': {} }, required: ['a'] }),
      "{ a: boolean; 'b-c'?: unknown }",
    );
    assert.equal(typeOf({ type: 'object', properties: {}, additionalProperties: false }), 'Record<string, never>');
    assert.throws(() => typeOf({ $ref: '#/x' }), /cannot be described/);
    assert.throws(() => typeOf({ type: 'function' }), /cannot be described/);
  });
});
