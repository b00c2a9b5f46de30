// Builds the web client into dist/web: hashed files, one page, and one list of all of them with their SHA-256.
// The same sources give the same bytes, so that anybody can build it and compare (docs/web-client.md §3).
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const out = join(root, 'dist/web');
const mark = join(root, 'dist/web.inputs');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Everything the result depends on: own sources, and the lock file for all that comes from elsewhere. */
function inputDigest() {
  const folders = ['client/web', 'client/core', 'crypto'].map((folder) => join(root, folder));
  const files = [...folders.flatMap(filesBelow), join(root, 'package.json'), join(root, 'package-lock.json')];
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  return hash.digest('hex');
}

/**
 * libsodium brings its WebAssembly as base64 in a string, which compresses badly: 40 KB more on the wire. The same bytes as Latin-1 go into the
 * bundle, and are made base64 again when it starts. If the package changes its form, the build fails instead of growing.
 */
const denseWasm = {
  name: 'dense-wasm',
  setup(bundler) {
    bundler.onLoad({ filter: /libsodium-sumo\.mjs$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const [literal, base64] = /"(AGFzbQ[A-Za-z0-9+/=]{100000,})"/.exec(text) ?? [];
      if (literal === undefined) throw new Error('libsodium has another form: look at denseWasm');
      const latin = JSON.stringify(Buffer.from(base64, 'base64').toString('latin1'));
      return { contents: text.replace(literal, () => `btoa(${latin})`), loader: 'js' };
    });
  },
};

/** zod can describe schemas as JSON Schema, which only the relay's documents need: 5 KB on the wire that nobody calls here. */
const noJsonSchema = {
  name: 'no-json-schema',
  setup(bundler) {
    bundler.onLoad({ filter: /zod\/v4\/core\/(to-json-schema|json-schema-processors)\.js$/ }, ({ path }) => {
      const names = [...readFileSync(path, 'utf8').matchAll(/^export (?:const|function|class) (\w+)/gm)].map(
        ([, name]) => name,
      );
      if (names.length === 0) throw new Error('zod has another form: look at noJsonSchema');
      return {
        contents: `const none = () => none;\n${names.map((name) => `export { none as ${name} };`).join('\n')}`,
        loader: 'js',
      };
    });
  },
};

const settings = {
  absWorkingDir: root,
  // Names of parts come from paths: those below this folder, wherever the packages really lie.
  preserveSymlinks: true,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: ['chrome120', 'firefox121', 'safari17.4'],
  minify: true,
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
  entryNames: '[name]-[hash]',
  chunkNames: 'part-[hash]',
  assetNames: '[name]-[hash]',
  outdir: join(out, 'assets'),
  define: { 'process.env.NODE_ENV': '"production"' },
  // What is imported for its types alone stays out of the bundle.
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: false, jsx: 'react-jsx' } },
};

/** Where an entry went, below the origin. */
function placeOf(result, entry, ending) {
  const found = Object.entries(result.metafile.outputs).find(
    ([path, one]) => one.entryPoint === entry && path.endsWith(ending),
  );
  return `/${relative(out, join(root, found[0])).replaceAll('\\', '/')}`;
}

/** The report reader's worker and its fonts come as they are; a folder's name says what is in it. */
function placeReader() {
  const reader = join(root, 'node_modules/pdfjs-dist');
  const script = readFileSync(join(reader, 'build/pdf.worker.min.mjs'));
  const name = `reader-${sha256(script).slice(0, 10)}.js`;
  writeFileSync(join(out, 'assets', name), script);
  const fonts = ['standard_fonts', 'cmaps', 'wasm'].flatMap((folder) => filesBelow(join(reader, folder)));
  const digest = sha256(fonts.map((file) => sha256(readFileSync(file))).join('')).slice(0, 10);
  for (const folder of ['standard_fonts', 'cmaps', 'wasm']) {
    cpSync(join(reader, folder), join(out, 'assets', `reader-${digest}`, folder), { recursive: true });
  }
  return { script: `/assets/${name}`, folder: `/assets/reader-${digest}/` };
}

async function build() {
  const { build: bundle } = await import('esbuild');
  rmSync(out, { recursive: true, force: true });
  mkdirSync(join(out, 'assets'), { recursive: true });
  const reader = placeReader();
  const codingEntry = 'client/web/worker/coding-main.ts';
  const coding = await bundle({
    ...settings,
    loader: { '.wasm': 'binary' },
    // Asked for under Node only.
    external: ['fs', 'path'],
    entryPoints: { coding: codingEntry },
  });
  const pictureEntry = 'client/web/worker/picture-main.ts';
  // Each decoder is a part of its own, fetched with the first picture that needs it.
  const pictures = await bundle({
    ...settings,
    loader: { '.wasm': 'binary' },
    external: ['fs', 'path'],
    splitting: true,
    entryPoints: { pictures: pictureEntry },
  });
  const pixelEntry = 'client/web/worker/pixel-main.ts';
  const pixels = await bundle({
    ...settings,
    loader: { '.wasm': 'binary' },
    external: ['fs', 'path'],
    splitting: true,
    entryPoints: { pixels: pixelEntry },
  });
  const workerEntry = 'client/web/worker/main.ts';
  const worker = await bundle({
    ...settings,
    charset: 'utf8',
    plugins: [denseWasm, noJsonSchema],
    // What only writing and setting up need comes later.
    splitting: true,
    entryPoints: { worker: workerEntry },
    define: {
      ...settings.define,
      BILDBOTE_CODING: JSON.stringify(placeOf(coding, codingEntry, '.js')),
      BILDBOTE_PIXELS: JSON.stringify(placeOf(pixels, pixelEntry, '.js')),
    },
  });
  const pageEntry = 'client/web/page/main.tsx';
  const page = await bundle({
    ...settings,
    entryPoints: { main: pageEntry },
    splitting: true,
    jsx: 'automatic',
    define: {
      ...settings.define,
      BILDBOTE_WORKER: JSON.stringify(placeOf(worker, workerEntry, '.js')),
      BILDBOTE_PICTURES: JSON.stringify(placeOf(pictures, pictureEntry, '.js')),
      BILDBOTE_READER: JSON.stringify(reader.script),
      BILDBOTE_READER_FOLDER: JSON.stringify(reader.folder),
      BILDBOTE_VERSION: JSON.stringify(version),
    },
  });
  // Under one name for ever: by it the browser knows that it is the same guard.
  const guard = { entryNames: '[name]', entryPoints: { guard: 'client/web/guard/main.ts' }, outdir: out };
  await bundle({ ...settings, ...guard });
  const script = placeOf(page, pageEntry, '.js');
  const style = Object.keys(page.metafile.outputs).find((path) => /\/main-[^/]*\.css$/.test(path));
  const html = readFileSync(join(root, 'client/web/index.html'), 'utf8')
    .replace('{script}', script)
    .replace('{style}', `/${relative(out, join(root, style)).replaceAll('\\', '/')}`);
  writeFileSync(join(out, 'index.html'), html);
  return writeList();
}

/** @returns the digest of the list, which stands for all of it */
function writeList() {
  const files = filesBelow(out).map((file) => [relative(out, file).replaceAll('\\', '/'), sha256(readFileSync(file))]);
  const list = { format: 1, version, files: Object.fromEntries(files) };
  const text = `${JSON.stringify(list, null, 1)}\n`;
  writeFileSync(join(out, 'bundle.json'), text);
  return sha256(text);
}

const inputs = inputDigest();
const isFresh = existsSync(mark) && existsSync(join(out, 'bundle.json')) && readFileSync(mark, 'utf8') === inputs;
if (!isFresh) {
  rmSync(mark, { force: true });
  await build();
  writeFileSync(mark, inputs);
}
if (!process.argv.includes('--quiet')) {
  process.stdout.write(`Digest of the web client: ${sha256(readFileSync(join(out, 'bundle.json')))}\n`);
}
