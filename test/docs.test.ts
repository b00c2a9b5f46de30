import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect } from 'chai';

/** The documents are true as far as a machine can tell: links, citations, dependencies, commands and settings exist. */

const root = resolve(import.meta.dirname, '..');

const documents = [
  'README.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...filesUnder('docs', ['.md']).filter((file) => !file.includes('/node_modules/')),
];
const sources = [
  ...['crypto', 'client', 'server', 'migrations', 'test'].flatMap((folder) =>
    filesUnder(folder, ['.ts', '.mjs', '.cjs']),
  ),
  'eslint.config.js',
];

function filesUnder(folder: string, endings: readonly string[]): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort();
}

function read(file: string): string {
  return existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
}

const FENCE = /^(```|~~~)[^\n]*\n[\s\S]*?^\1[^\n]*$/gm;

/** Prose only: what stands in code is no link. */
function proseOf(file: string): string {
  return read(file)
    .replace(FENCE, '')
    .replaceAll(/`[^`\n]*`/g, '`code`');
}

/** Targets of `[…](…)`, of `[…]: …` and of HTML attributes. */
function linksOf(file: string): string[] {
  const prose = proseOf(file);
  const patterns = [
    /\]\(\s*<?([^)>\s]+)>?(?:\s+"[^"]*")?\s*\)/g,
    /^\[[^\]]+\]:\s+(\S+)/gm,
    /\s(?:src|href|srcset)="([^"]+)"/g,
  ];
  return patterns.flatMap((pattern) => [...prose.matchAll(pattern)].map((match) => match[1] ?? ''));
}

interface Heading {
  readonly text: string;
  readonly anchor: string;
  /** `4.2` of `### 4.2 Title`, else null. */
  readonly section: string | null;
}

function headingsOf(file: string): Heading[] {
  const seen = new Map<string, number>();
  return [
    ...read(file)
      .replace(FENCE, '')
      .matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm),
  ].map((match) => {
    const text = match[1] ?? '';
    const slug = slugOf(text);
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    const section = /^(\d+(?:\.\d+)*)\.?\s/.exec(text)?.[1] ?? null;
    return { text, section, anchor: before === 0 ? slug : `${slug}-${before}` };
  });
}

/** As repository hosts make anchors of headings: letters, digits, hyphens and underscores of the visible text. */
function slugOf(text: string): string {
  return text
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

function brokenLink(file: string, link: string): string | null {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return null;
  const [path = '', anchor] = decodeURI(link).split('#');
  const target = path === '' ? file : relative(root, resolve(root, dirname(file), path)).replaceAll('\\', '/');
  if (target.startsWith('..') || !existsSync(join(root, target))) return `${file} → ${link}: no such file`;
  if (anchor === undefined || !target.endsWith('.md')) return null;
  const exists = headingsOf(target).some((heading) => heading.anchor === anchor);
  return exists ? null : `${file} → ${link}: no such heading`;
}

interface Citation {
  readonly from: string;
  readonly file: string;
  readonly sections: readonly string[];
}

const SECTIONS = String.raw`((?:(?:,|\s+and|\s+to)?\s*§\s?\d+(?:\.\d+)*)*)`;

/** `docs/spec/payload.md §5, §6` in sources, also across the lines of a comment. */
function citationsInSource(file: string): Citation[] {
  const text = read(file).replaceAll(/\n\s*(?:\/\/|\*(?!\/)|--)?\s*/g, ' ');
  return [...text.matchAll(new RegExp(String.raw`(docs/[a-z0-9/-]+\.md)${SECTIONS}`, 'g'))].map((match) => ({
    from: file,
    file: match[1] ?? '',
    sections: sectionsIn(match[2] ?? ''),
  }));
}

/** `[payload](payload.md) §5` in documents. */
function citationsInDocument(file: string): Citation[] {
  const pattern = new RegExp(String.raw`\]\(([^)\s#]+\.md)\)${SECTIONS}`, 'g');
  return [...proseOf(file).matchAll(pattern)].map((match) => ({
    from: file,
    file: relative(root, resolve(root, dirname(file), match[1] ?? '')).replaceAll('\\', '/'),
    sections: sectionsIn(match[2] ?? ''),
  }));
}

function sectionsIn(text: string): string[] {
  return [...text.matchAll(/§\s?(\d+(?:\.\d+)*)/g)].map((match) => match[1] ?? '');
}

function brokenCitations(citation: Citation): string[] {
  const { from, file, sections } = citation;
  if (!existsSync(join(root, file))) return [`${from}: ${file} does not exist`];
  const there = headingsOf(file).map((heading) => heading.section);
  return sections.filter((section) => !there.includes(section)).map((section) => `${from}: ${file} has no §${section}`);
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;

/** Names in backticks in the first cell of each row below a heading. */
function packagesBelow(heading: string): string[] {
  const section =
    read('docs/dependencies.md')
      .split(/^## /m)
      .find((part) => part.startsWith(heading)) ?? '';
  const cells = [...section.matchAll(/^\|([^|]+)\|/gm)].map((match) => match[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));
}

/** Lines of fenced blocks that call the command line. */
function commandLines(): { readonly file: string; readonly line: string }[] {
  return documents.flatMap((file) =>
    [...read(file).matchAll(FENCE)]
      .flatMap((block) => block[0].replaceAll(/\\\n\s*/g, ' ').split('\n'))
      .filter((line) => line.includes('npx bildbote '))
      .map((line) => ({ file, line: line.replace(/\s#\s.*$/, '') })),
  );
}

describe('the documents', () => {
  it('are there', () => {
    expect(documents.filter((file) => read(file) === '')).to.deep.equal([]);
  });

  it('link to files and headings that exist', () => {
    const broken = documents.flatMap((file) => linksOf(file).flatMap((link) => brokenLink(file, link) ?? []));
    expect(broken).to.deep.equal([]);
  });

  it('cite sections of each other that exist', () => {
    expect(documents.flatMap(citationsInDocument).flatMap(brokenCitations)).to.deep.equal([]);
  });

  it('have every section that the code cites', () => {
    const citations = sources.filter((file) => file !== 'test/docs.test.ts').flatMap(citationsInSource);
    expect(citations.length).to.be.greaterThan(50);
    expect([...new Set(citations.flatMap(brokenCitations))]).to.deep.equal([]);
  });

  it('say of every runtime dependency why it is there, and of no other', () => {
    const installed = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)];
    expect(packagesBelow('Runtime').sort()).to.deep.equal(installed.sort());
  });

  it('name every development dependency', () => {
    expect(packagesBelow('Development').sort()).to.deep.equal(Object.keys(manifest.devDependencies).sort());
  });

  it('promise exact versions and a lock without registry hosts, and so it is', () => {
    const versions = [manifest.dependencies, manifest.optionalDependencies, manifest.devDependencies].flatMap((list) =>
      Object.entries(list),
    );
    const loose = versions.filter(([, version]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+(-[a-z0-9.]+)?$/.test(version));
    expect(loose).to.deep.equal([]);
    expect(read('package-lock.json')).to.not.contain('"resolved"');
  });

  it('show commands and options that the command line has', () => {
    const program = filesUnder('client/cli', ['main.ts', '-commands.ts']).map(read).join('\n');
    const unknown = commandLines().flatMap(({ file, line }) => {
      const words = [...line.matchAll(/npx bildbote ([a-z]+)/g)].map((match) => match[1] ?? '');
      const options = [...line.matchAll(/(--[a-z][a-z-]*)/g)].map((match) => match[1] ?? '');
      const missing = [
        ...words.filter((word) => !new RegExp(`'${word}[ ']`).test(program)),
        ...options.filter((option) => !new RegExp(`'${option}[ ']`).test(program)),
      ];
      return missing.map((name) => `${file}: ${name}`);
    });
    expect(commandLines().length).to.be.greaterThan(10);
    expect(unknown).to.deep.equal([]);
  });

  it('name every setting of the relay, and no setting that nobody reads', () => {
    const settings = [...read('server/config.ts').matchAll(/'((?:BILDBOTE|DATABASE)_[A-Z_]+)'/g)].map(
      (m) => m[1] ?? '',
    );
    expect(settings.filter((name) => !read('docs/operations.md').includes(`\`${name}\``))).to.deep.equal([]);
    const readSomewhere = sources
      .filter((file) => file !== 'test/docs.test.ts')
      .map(read)
      .join('\n');
    const named = documents.flatMap((file) => [...read(file).matchAll(/\bBILDBOTE_[A-Z_]+\b/g)].map((m) => m[0]));
    expect([...new Set(named)].filter((name) => !readSomewhere.includes(name))).to.deep.equal([]);
  });
});
