// The rules of the house, checked on its source text: which wing may import which, how files begin and how long they
// grow, what pages may print unescaped, which packages are there and why. A rule that a file must break says so here,
// with the reason; everything else is a failure that names file and line.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, it } from 'node:test';
import { programRoot } from '../../mta/root.ts';

const root = programRoot();
/** Everything that is ours; what is built, installed or a running site's own is not looked at. */
const directories = ['mta', 'server', 'views', 'static', 'test', 'bench', 'bin', 'docs', '.ci'];
const mostLines = 450;

interface SourceFile {
  /** From the root of the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function readSources(): Promise<readonly SourceFile[]> {
  // In a second working copy of a repository .git is a file that names the place of the first.
  const top = (await readdir(root, { withFileTypes: true })).filter(
    (entry) => entry.isFile() && entry.name !== '.git',
  );
  const below = await Promise.all(directories.map((name) => listFiles(join(root, name))));
  const paths = [...top.map((entry) => join(root, entry.name)), ...below.flat()];
  const readable = paths.filter((path) => !/\.(png|jpg|ico|woff2?|pem|gz|br)$/.test(path));
  return Promise.all(
    readable.map(async (path) => ({
      path: relative(root, path),
      // One that another program takes away while we look is no concern of ours.
      text: await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '';
        throw error;
      }),
    })),
  );
}

const sources = (await readSources()).filter(({ text }) => text !== '');
const isTypeScript = ({ path }: SourceFile): boolean => /\.m?ts$/.test(path);
const program = sources.filter((file) => isTypeScript(file) && /^(mta|server|static)\//.test(file.path));
const views = sources.filter(({ path }) => path.startsWith('views/'));

/** `file:line: text` of every line that the pattern finds. */
function linesWith(files: readonly SourceFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

/** What a file imports: `from`, a bare import, `import()`, `require()`, `new URL(…, import.meta.url)` of a worker. */
function importsOf(text: string): string[] {
  const code = text.replace(/^\s*\/\/.*$/gm, '');
  const forms = [
    /\b(?:from|import)\s*(['"])([^'"\n]+)\1/g,
    /\b(?:import|require)\s*\(\s*(['"`])([^'"`\n]+)\1/g,
    /\bnew URL\(\s*(['"`])([^'"`\n]+)\1\s*,\s*import\.meta\.url/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[2] as string));
}

/** Where a relative import leads, from the root; undefined for packages. */
function targetOf(path: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : undefined;
}

describe('the two wings', () => {
  it('mta/ never imports server/, so the MTA runs alone', () => {
    const mta = program.filter(({ path }) => path.startsWith('mta/'));
    assert.ok(mta.length > 50, 'the sources of mta/ were found');
    const found = mta.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((specifier) => /^(server|views|static|test|bench)\//.test(targetOf(path, specifier) ?? ''))
        .map((specifier) => `${path} imports ${specifier}`),
    );
    assert.deepEqual(found, []);
  });

  it('the program never imports its tests', () => {
    const found = program.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((specifier) => /^(test|bench)\//.test(targetOf(path, specifier) ?? ''))
        .map((specifier) => `${path} imports ${specifier}`),
    );
    assert.deepEqual(found, []);
  });

  it('every form of an import is seen', () => {
    const text = [
      "import { a } from './a.ts';",
      "import type { B } from './b.ts';",
      "import './c.ts';",
      "export * from './d.ts';",
      "const e = await import('./e.ts');",
      "type F = import('./f.ts').F;",
      'new Worker(new URL(`./g.ts`, import.meta.url));',
      "import {\n  h,\n} from '../h.ts';",
      "const i = require('./i.ts');",
      "// import './comment.ts';",
    ].join('\n');
    const names = importsOf(text).map((specifier) => specifier.replace(/^.*\/(.*)\.ts$/, '$1'));
    assert.deepEqual(names.sort(), ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
  });
});

describe('source files', () => {
  it('open with a comment that says what they are', () => {
    const silent = program.filter(({ text }) => !/^(\/\/ \S|\/\*\*? )/.test(text)).map(({ path }) => path);
    assert.deepEqual(silent, []);
  });

  it(`are not longer than ${mostLines} lines`, () => {
    const long = program
      .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
      .filter(({ lines }) => lines > mostLines)
      .map(({ path, lines }) => `${path}: ${lines} lines`);
    assert.deepEqual(long, []);
  });
});

describe('pages', () => {
  /** `<%-` that prints HTML already made by a view or by our own code, where an include cannot stand. */
  const unescaped: Readonly<Record<string, string>> = {
    // The message of the right pane, rendered by its own view before the list is.
    'views/list/pane.ejs': '<%- pane %>',
  };

  /** One call of include and nothing beside it: the parenthesis behind its name closes at the end of the tag. */
  function isInclude(tag: string): boolean {
    const call = /^<%- include(\([\s\S]*\)) *-?%>$/.exec(tag)?.[1];
    if (call === undefined) return false;
    let depth = 0;
    for (let i = 0; i < call.length; i++) {
      if (call[i] === '(') depth++;
      else if (call[i] === ')' && --depth === 0) return i === call.length - 1;
    }
    return false;
  }

  it('print nothing unescaped but includes and the places listed here', () => {
    assert.ok(views.length > 20, 'the views were found');
    const found = views.flatMap(({ path, text }) =>
      [...text.matchAll(/<%-[\s\S]*?%>/g)]
        .map(([tag]) => tag)
        .filter((tag) => !isInclude(tag) && unescaped[path] !== tag)
        .map((tag) => `${path}: ${tag}`),
    );
    assert.deepEqual(found, []);
  });

  it('the places listed are still there', () => {
    for (const [path, tag] of Object.entries(unescaped))
      assert.ok(
        views.some((view) => view.path === path && view.text.includes(tag)),
        `${path} has no ${tag} any more`,
      );
  });

  it('never give a frame the origin of the webmail', () => {
    const files = [...views, ...program.filter(({ path }) => /^(server|static)\//.test(path))];
    assert.deepEqual(linesWith(files, /allow-same-origin/), []);
  });
});

describe('packages', () => {
  const manifest = JSON.parse(textOf('package.json')) as Record<string, Record<string, string>>;
  const runtime = Object.keys(manifest.dependencies ?? {});
  const tools = Object.keys(manifest.devDependencies ?? {});

  function textOf(path: string): string {
    const file = sources.find((source) => source.path === path);
    assert.ok(file, `${path} is there`);
    return file.text;
  }

  /** Rows of the two tables of docs/dependencies.md: name and number of filled cells. */
  function tableOf(heading: string): Map<string, number> {
    const section = textOf('docs/dependencies.md')
      .split(/^## /m)
      .find((part) => part.startsWith(heading));
    assert.ok(section, `docs/dependencies.md has a section "${heading}"`);
    const rows = [...section.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)];
    return new Map(
      rows.map(([, name = '', cells = '']) => [
        name,
        cells.split(' | ').filter((cell) => cell.trim() !== '').length,
      ]),
    );
  }

  it('each has its line in docs/dependencies.md, and each line its package', () => {
    const inProgram = tableOf('In the running program');
    const inTools = tableOf('For building and testing only');
    assert.deepEqual([...inProgram.keys()].sort(), runtime.sort());
    assert.deepEqual([...inTools.keys()].sort(), tools.sort());
    for (const [name, cells] of [...inProgram, ...inTools])
      assert.equal(cells, 3, `${name}: what for, why this one, licence`);
  });

  it('what mta/ and server/ import is a dependency, and every dependency is imported there', () => {
    const nameOf = (specifier: string): string =>
      specifier
        .split('/')
        .slice(0, specifier[0] === '@' ? 2 : 1)
        .join('/');
    const imported = new Set(
      program
        .filter(({ path }) => /^(mta|server)\//.test(path) && !path.endsWith('.d.ts'))
        .flatMap(({ text }) => importsOf(text))
        .filter((specifier) => /^[@a-z]/.test(specifier) && !specifier.startsWith('node:'))
        .map(nameOf),
    );
    assert.deepEqual([...imported].sort(), runtime.sort());
  });

  it('smtp-server, whose inner methods are overridden, is one exact version', () => {
    assert.match(manifest.dependencies?.['smtp-server'] ?? '', /^\d+\.\d+\.\d+$/);
  });

  it('the lock file agrees with package.json and names no registry', () => {
    const lock = JSON.parse(textOf('package-lock.json')) as {
      packages: Record<string, Record<string, unknown>>;
    };
    assert.deepEqual(lock.packages['']?.dependencies, manifest.dependencies);
    assert.deepEqual(lock.packages['']?.devDependencies, manifest.devDependencies);
    const resolved = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
    assert.deepEqual(resolved, []);
  });
});

describe('the tree', () => {
  // Written so that this file does not find itself.
  const registries = /registry[.](npmjs|yarnpkg)|npmmirror[.]com|npm[.]pkg[.]github|artifac[t]ory/i;
  /** Homes of people who exist only in tests and examples. */
  const madeUpHomes = new Set([
    'joe',
    'anne',
    'lists',
    'pat',
    'willy',
    'x',
    'alice',
    'bob',
    'vpopmail',
    'NAME',
  ]);

  it('names no package registry', () => {
    assert.deepEqual(linesWith(sources, registries), []);
  });

  it('names no directory of one machine', () => {
    // `/private/comment` is an annotation of IMAP (RFC 5464).
    const places = /(?<![\w.~/-])\/(?:root|Users|work|mnt|private\/(?:tmp|var))\//;
    const homes = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/(?<![\w.~-])\/home\/([\w.-]+)/g)]
        .filter(([, user = '']) => !madeUpHomes.has(user))
        .map(([match]) => `${path}: ${match}`),
    );
    assert.deepEqual([...linesWith(sources, places), ...homes], []);
    // A checkout as deep as /srv/facteur can be searched for; `/app` would find too much.
    if (root.split('/').length > 2) {
      const here = sources.filter(({ text }) => text.includes(`${root}/`)).map(({ path }) => path);
      assert.deepEqual(here, []);
    }
  });

  it('every test that runs alone is there, and says why', () => {
    const list = sources.find(({ path }) => path === 'test/alone.mjs')?.text ?? '';
    const places = [...list.matchAll(/^ {2}\['([^']+)', '([^']+)'\],$/gm)].map(([, place = '']) => place);
    assert.equal(places.length, list.split('\n').filter((line) => line.startsWith('  ')).length);
    const isThere = (place: string): boolean => sources.some(({ path }) => path.startsWith(`test/${place}`));
    assert.ok(places.length > 0);
    assert.deepEqual(
      places.filter((place) => !isThere(place)),
      [],
    );
  });

  it('every test file can fail', () => {
    const tests = sources.filter(({ path }) => path.endsWith('.test.ts'));
    assert.ok(tests.length > 40, 'the tests were found');
    const blind = tests.filter(({ text }) => !/\bassert(\.\w+)?\(/.test(text)).map(({ path }) => path);
    assert.deepEqual(blind, []);
    const shut = linesWith(tests, /\b(it|test|describe)\.(only|todo)\(/);
    assert.deepEqual(shut, []);
  });
});
