import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { builtinModules } from 'node:module';
import { expect } from 'chai';
import ts from 'typescript';

/**
 * The directions of docs/walkthrough.md, as one table: which zone may import which, and which packages. The compiler's
 * project references cannot see a layer that is skipped; this can. Type imports count.
 */

const root = resolve(import.meta.dirname, '..');

interface Zone {
  readonly zones: readonly string[];
  readonly packages: readonly string[];
}

const ZONES: Readonly<Record<string, Zone>> = {
  'crypto/wire': { zones: [], packages: ['@noble/hashes', '@noble/curves', '@noble/post-quantum'] },
  'crypto/log': { zones: ['crypto/wire'], packages: [] },
  'crypto/seal': {
    zones: ['crypto/wire'],
    packages: ['libsodium-wrappers', '@noble/hashes', '@noble/post-quantum', '@scure/bip39'],
  },
  'client/core': {
    zones: ['crypto/wire', 'crypto/log', 'crypto/seal'],
    packages: ['zod', 'socket.io-client', '@noble/hashes', 'dcmjs'],
  },
  'client/node': {
    zones: ['client/core'],
    packages: [
      'node:',
      'tesseract-wasm',
      '@tesseract.js-data/eng',
      '@cornerstonejs/codec-charls',
      '@cornerstonejs/codec-openjpeg',
      '@cornerstonejs/codec-openjph',
    ],
  },
  'client/gateway': { zones: ['client/core', 'client/node'], packages: ['node:', 'express', 'pino', 'yaml', 'zod'] },
  'client/cli': {
    zones: ['client/core', 'client/node', 'client/gateway', 'server'],
    packages: ['node:', 'commander', 'qr', 'zod'],
  },
  'client/web': {
    zones: ['client/core'],
    packages: [
      'react',
      'react-dom',
      'pdfjs-dist',
      'qr',
      '@cornerstonejs/codec-charls',
      '@cornerstonejs/codec-openjpeg',
      '@cornerstonejs/codec-openjph',
    ],
  },
  migrations: { zones: [], packages: ['knex'] },
  server: {
    zones: ['crypto/wire', 'crypto/log', 'migrations'],
    packages: [
      'node:',
      '@aws-sdk/client-s3',
      '@smithy/signature-v4',
      'express',
      'socket.io',
      'knex',
      'pg',
      'pg-copy-streams',
      'pino',
      'unhomoglyph',
      'yaml',
      'zod',
    ],
  },
};

/** A package or module that only these files may import. */
const RESERVED: Readonly<Record<string, readonly RegExp[]>> = {
  'libsodium-wrappers': [/^crypto\/seal\/suite\.ts$/],
  '@noble/post-quantum': [/^crypto\/seal\/suite\.ts$/, /^crypto\/wire\/signature\.ts$/],
  '@noble/curves': [/^crypto\/wire\/signature\.ts$/],
  knex: [/^server\/db\//, /^migrations\//],
  pg: [/^server\/db\//],
  'pg-copy-streams': [/^server\/db\//],
  '@cornerstonejs/codec-charls': [
    /^client\/node\/node-charls\.ts$/,
    /^client\/web\/worker\/(coding-main|picture-codecs|pixel-main)\.ts$/,
  ],
  '@cornerstonejs/codec-openjpeg': [/^client\/web\/worker\/(picture-codecs|pixel-main)\.ts$/],
  '@cornerstonejs/codec-openjph': [/^client\/web\/worker\/(picture-codecs|pixel-main)\.ts$/],
  pino: [/^server\/log\.ts$/, /^client\/gateway\/log\.ts$/],
  yaml: [/^client\/gateway\/config\/load\.ts$/, /^server\/config-file\.ts$/],
  '@aws-sdk/client-s3': [/^server\/blobs\/(s3|direct)\.ts$/],
  '@smithy/signature-v4': [/^server\/blobs\/direct\.ts$/],
  unhomoglyph: [/^server\/practices\/looks\.ts$/],
  dcmjs: [/^client\/core\/dicom\/dictionary\.ts$/],
};

/** What the relay may name of node:crypto: nothing that decrypts. */
const RELAY_CRYPTO = [
  'createHash',
  'hash',
  'randomBytes',
  'timingSafeEqual',
  // To read until when a certificate is valid.
  'X509Certificate',
  'verify',
  'sign',
  // The log's and a witness's Ed25519 keys, which cannot decrypt.
  'createPrivateKey',
  'createPublicKey',
  'type Hash',
  'randomUUID',
];

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => join(folder, name).replaceAll('\\', '/'));
}

const files = ['crypto', 'client', 'server', 'migrations'].flatMap(sourceFiles);
const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));
const imports: Import[] = files.flatMap((file) =>
  ts
    .preProcessFile(texts.get(file) ?? '', true, true)
    .importedFiles.map(({ fileName }) => ({ file, specifier: fileName })),
);

function zoneOf(file: string): string | undefined {
  return Object.keys(ZONES).find((zone) => file.startsWith(`${zone}/`));
}

function targetOf({ file, specifier }: Import): string | null {
  if (!specifier.startsWith('.')) return null;
  const target = relative(root, resolve(root, dirname(file), specifier)).replaceAll('\\', '/');
  const [plain, markup] = ['.ts', '.tsx'].map((ending) => target.replace(/\.js$/, ending));
  return markup !== undefined && texts.has(markup) ? markup : (plain ?? target);
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

function isNode(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier);
}

describe('the house', () => {
  it('has every source file in a zone of the table', () => {
    expect(files.filter((file) => zoneOf(file) === undefined)).to.deep.equal([]);
  });

  it('lets a zone import itself and the zones below it, and no layer is skipped', () => {
    const wrong = imports.filter((one) => {
      const target = targetOf(one);
      if (target === null) return false;
      const from = zoneOf(one.file) ?? '';
      const to = zoneOf(target) ?? '?';
      return from !== to && !(ZONES[from]?.zones ?? []).includes(to);
    });
    expect(wrong.map(({ file, specifier }) => `${file} → ${specifier}`)).to.deep.equal([]);
  });

  it('lets a zone use the packages of the table and no others', () => {
    const wrong = imports.filter((one) => {
      if (targetOf(one) !== null) return false;
      const allowed = ZONES[zoneOf(one.file) ?? '']?.packages ?? [];
      return isNode(one.specifier) ? !allowed.includes('node:') : !allowed.includes(packageOf(one.specifier));
    });
    expect(wrong.map(({ file, specifier }) => `${file} → ${specifier}`)).to.deep.equal([]);
  });

  it('names ciphers, database and logger in one place each', () => {
    const wrong = imports.filter(({ file, specifier }) => {
      const places = RESERVED[packageOf(specifier)];
      return places !== undefined && !places.some((place) => place.test(file));
    });
    expect(wrong.map(({ file, specifier }) => `${file} → ${specifier}`)).to.deep.equal([]);
  });

  it('reads the environment in one place of the relay and one of the command line', () => {
    const readers = files.filter((file) => /\bprocess\.env\b/.test(texts.get(file) ?? ''));
    expect(readers.sort()).to.deep.equal(['client/cli/environment.ts', 'server/config.ts']);
  });

  it('gives the relay nothing of node:crypto that could decrypt', () => {
    const named = files
      .filter((file) => file.startsWith('server/'))
      .flatMap((file) => [...(texts.get(file) ?? '').matchAll(/import\s+([^;]*?)\s+from\s+'node:crypto'/g)])
      .flatMap((match) => (match[1] ?? '').replace(/^(type )?\{|\}$/g, '').split(','))
      .map((name) => name.trim())
      .filter((name) => name !== '');
    expect(named.filter((name) => !RELAY_CRYPTO.includes(name))).to.deep.equal([]);
  });

  it("keeps one feature of the relay out of another feature's store", () => {
    const wrong = imports.filter((one) => {
      const target = targetOf(one);
      const feature = /^server\/([a-z-]+)\/(?:.*-)?store\.ts$/.exec(target ?? '')?.[1];
      if (feature === undefined || feature === 'blobs') return false;
      return (
        one.file.startsWith('server/') && !one.file.startsWith(`server/${feature}/`) && one.file !== 'server/app.ts'
      );
    });
    expect(wrong.map(({ file, specifier }) => `${file} → ${specifier}`)).to.deep.equal([]);
  });

  it('has no cycle of files', () => {
    expect(findCycle(edges((file) => file))).to.deep.equal([]);
  });

  it('has no cycle of folders', () => {
    // A zone's own top level holds what its folders share and what puts them together; it is no folder in this sense.
    const folderOf = (file: string): string => (ZONES[dirname(file)] === undefined ? dirname(file) : file);
    expect(findCycle(edges(folderOf))).to.deep.equal([]);
  });

  it('uses no name that says nothing', () => {
    const empty = /(^|\/)(utils?|helpers?|common|shared|lib|types|models|services|managers?|misc)(\/|\.tsx?$)/;
    expect(files.filter((file) => empty.test(file))).to.deep.equal([]);
  });

  it('has no file over 400 lines', () => {
    const long = files.filter((file) => (texts.get(file) ?? '').split('\n').length > 401);
    expect(long).to.deep.equal([]);
  });
});

function edges(nodeOf: (file: string) => string): Map<string, Set<string>> {
  const graph = new Map<string, Set<string>>();
  for (const one of imports) {
    const target = targetOf(one);
    if (target === null) continue;
    const [from, to] = [nodeOf(one.file), nodeOf(target)];
    if (from !== to) graph.set(from, (graph.get(from) ?? new Set()).add(to));
  }
  return graph;
}

/** The first cycle found, as a path, or nothing. */
function findCycle(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return [];
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    done.add(node);
    return [];
  };
  for (const node of graph.keys()) {
    const cycle = visit(node);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
