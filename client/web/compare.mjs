// Compares the web client that a relay serves with the one this source makes: `node client/web/compare.mjs https://relay.example`.
// Exit code 0: the same, byte for byte. 1: something differs, is missing or is more. 2: called wrongly (docs/web-client.md §3).
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const list = join(root, 'dist/web/bundle.json');
const [origin = ''] = process.argv.slice(2);
if (!URL.canParse(origin) || !existsSync(list)) {
  process.stderr.write('Usage: build first (node client/web/build.mjs), then: compare.mjs ORIGIN\n');
  process.exit(2);
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Any other answer than the file counts as missing; nothing is followed. */
async function served(path) {
  const response = await fetch(new URL(path, origin), { redirect: 'manual' });
  return response.status === 200 ? Buffer.from(await response.arrayBuffer()) : null;
}

const findings = [];
const own = JSON.parse(readFileSync(list, 'utf8'));
const theirs = await served('/bundle.json');
if (theirs === null) findings.push('bundle.json: missing');
else if (sha256(theirs) !== sha256(readFileSync(list))) findings.push('bundle.json: differs');
for (const [path, digest] of Object.entries(own.files)) {
  const bytes = await served(path === 'index.html' ? '/' : `/${path}`);
  if (bytes === null) findings.push(`${path}: missing`);
  else if (sha256(bytes) !== digest) findings.push(`${path}: differs`);
}
for (const finding of findings) process.stdout.write(`${finding}\n`);
const digest = sha256(readFileSync(list));
process.stdout.write(
  findings.length === 0 ? `The same: ${digest}\n` : `Not the web client of this source (${digest}).\n`,
);
process.exitCode = findings.length === 0 ? 0 : 1;
