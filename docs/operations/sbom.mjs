// `npm run sbom -- [--licences]`: CycloneDX 1.6 of what the lock file names, or a list of licences, on standard output. It asks nobody:
// names, versions and digests are the lock file's, licences those of the packages that are installed.
import { Buffer } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const own = lock.packages[''];

const entries = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ path, entry, name: entry.name ?? path.slice(path.lastIndexOf('node_modules/') + 13) }));

/** The lock file's licence, else the installed package's own word. */
function licenceOf({ path, entry }) {
  const file = join(root, path, 'package.json');
  const installed = entry.license === undefined && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  // Old packages have a list of objects.
  const said = entry.license ?? installed.license ?? installed.licenses?.[0]?.type;
  return typeof said === 'string' ? said : null;
}

function purlOf({ name, entry }) {
  const encoded = name.startsWith('@') ? `%40${name.slice(1)}` : name;
  return `pkg:npm/${encoded}@${entry.version}`;
}

function componentOf(one) {
  const [algorithm, digest] = (one.entry.integrity ?? '').split('-');
  const licence = licenceOf(one);
  return {
    type: 'library',
    'bom-ref': `${purlOf(one)}#${one.path}`,
    name: one.name,
    version: one.entry.version,
    scope: one.entry.dev === true ? 'excluded' : one.entry.optional === true ? 'optional' : 'required',
    purl: purlOf(one),
    ...(algorithm === 'sha512'
      ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex') }] }
      : {}),
    ...(licence === null ? {} : { licenses: [{ expression: licence }] }),
  };
}

function sbom() {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': 'bildbote', name: own.name, version: own.version } },
    components: entries.map(componentOf).sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1)),
  };
}

function licences() {
  const counts = new Map();
  for (const one of entries.filter(({ entry }) => entry.dev !== true)) {
    const licence = licenceOf(one) ?? 'not said';
    counts.set(licence, [...(counts.get(licence) ?? []), `${one.name}@${one.entry.version}`]);
  }
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, names]) => `${licence}\n  ${names.sort().join('\n  ')}`);
}

const text = process.argv.includes('--licences') ? licences().join('\n') : JSON.stringify(sbom(), null, 2);
process.stdout.write(`${text}\n`);
