// Puts each command that scripts call for one account after the other, or mail programs for one message after the other,
// into one file with all that it needs, and beside it that file as V8 has compiled it: loading a hundred small modules and
// compiling them took longer than what the command does. NAME.js in dist/mta/commands/ (and dist/server/main.js) then only
// runs NAME.bundle with NAME.code, so nothing else knows of it. The compiled code is as much to be trusted as the program:
// both are written by the build, and who may change one may change the other. A Node that cannot use it compiles for itself.
// A module that asks where it lies (import.meta), to start a worker beside it, gets the answer of where tsc has put it.
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import { build } from 'esbuild';

const commands = [
  'vadduser',
  'vdeluser',
  'vmoduser',
  'vpasswd',
  'vsetuserquota',
  'vuserinfo',
  'valias',
  'vdominfo',
  'vdelivermail',
  'qmail-inject',
  'sendmail',
  'qmail-queue',
];

/**
 * @param directory what tsc has written
 * @param names of the commands
 */
export async function bundleCommands(directory, names = commands) {
  const files = names.map((name) => join(directory, 'mta', 'commands', `${name}.js`));
  const main = join(directory, 'server', 'main.js');
  // The words of a language are read when somebody speaks it first, and others wait meanwhile.
  const words = join(directory, 'server', 'web', 'words');
  const languages = existsSync(words)
    ? readdirSync(words).filter(
        (name) => /^[a-zA-Z]+\.js$/.test(name) && existsSync(join(words, name.slice(0, -3))),
      )
    : [];
  const bundles = await Promise.all([
    ...languages.map((name) => bundleModule(directory, join(words, name), [])),
    ...files.map((file) => bundleScript(directory, file)),
    // The commands themselves are loaded when they are called.
    bundleModule(directory, main, [
      leaveImportCalls(main),
      keepPlaces(main, 'import.meta.url', takeBuiltins),
    ]),
  ]);
  // None is written while another may still read what lies in its place.
  for (const { path, contents } of bundles.flat()) await writeFile(path, contents);
}

const options = {
  write: false,
  bundle: true,
  platform: 'node',
  packages: 'external',
  // As long as it is: names and lines of a trace are those of the source.
  legalComments: 'none',
  logLevel: 'warning',
};

async function bundleModule(directory, file, plugins) {
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: directory,
    entryPoints: [file],
    outfile: file,
    format: 'esm',
    charset: 'utf8',
    plugins,
  });
  return outputFiles;
}

/** What the file of the module becomes: a few lines that run the bundle, which lies beside it with its code. */
async function bundleScript(directory, file) {
  const path = file.replace(/\.js$/, '.bundle');
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: directory,
    entryPoints: [file],
    outfile: path,
    format: 'cjs',
    // ASCII: the source is one byte a letter in memory too.
    charset: 'ascii',
    // A script that does not come through Node's loader has require alone.
    supported: { 'dynamic-import': false },
    plugins: [takeSqlite, keepPlaces(file, "process.getBuiltinModule('node:url').pathToFileURL(__filename)")],
    banner: { js: '(function (module, require, __filename) { "use strict";' },
    footer: { js: '})' },
  });
  const [{ contents }] = outputFiles;
  return [
    { path: file, contents: Buffer.from(starterOf(basename(path, '.bundle'), await exportsOf(file))) },
    { path, contents },
    { path: file.replace(/\.js$/, '.code'), contents: compile(Buffer.from(contents), path) },
  ];
}

async function exportsOf(file) {
  const alone = { entryPoints: [file], outdir: '.', format: 'esm', write: false, metafile: true };
  const { metafile } = await build(alone);
  return Object.values(metafile.outputs)[0].exports;
}

/** All functions of a script as V8 has compiled them; usually it waits until one is called. */
function compile(bytes, filename) {
  setFlagsFromString('--no-lazy');
  try {
    const script = new Script(bytes.toString('latin1'), { filename });
    // The flags are a part of the code, and it is taken only with the same ones.
    setFlagsFromString('--lazy');
    return script.createCachedData();
  } finally {
    setFlagsFromString('--lazy');
  }
}

const starterOf = (name, exported) => `// Runs ${name}.bundle (bin/bundle.mjs).
const { readFileSync } = process.getBuiltinModule('node:fs');
const { createRequire } = process.getBuiltinModule('node:module');
const { Script } = process.getBuiltinModule('node:vm');
const path = \`\${import.meta.dirname}/${name}\`;
const filename = \`\${path}.bundle\`;
const source = readFileSync(filename, 'latin1');
const script = new Script(source, { filename, cachedData: readFileSync(\`\${path}.code\`) });
const module = {};
script.runInThisContext()(module, createRequire(import.meta.url), filename);
export const { ${exported.join(', ')} } = module.exports;
`;

const leaveImportCalls = (file) => ({
  name: 'leave import calls',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ kind, path, resolveDir }) => {
      if (kind !== 'dynamic-import') return undefined;
      const from = relative(dirname(file), join(resolveDir, path));
      return { path: from.startsWith('.') ? from : `./${from}`, external: true };
    });
  },
});

/** The package is a dozen of small files; its machine code stays where it is. */
const takeSqlite = {
  name: 'take better-sqlite3',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^better-sqlite3$/ }, ({ kind, path }) =>
      kind === 'require-resolve'
        ? { path, external: true }
        : { path: createRequire(import.meta.url).resolve(path) },
    );
    onLoad({ filter: /better-sqlite3[\\/]lib[\\/]binding\.js$/ }, async ({ path }) => {
      const place = "require('node:path').dirname(require.resolve('better-sqlite3'))";
      return { contents: (await readFile(path, 'utf8')).replaceAll('__dirname', place) };
    });
  },
};

/**
 * What import.meta says in the module's own file.
 * @param ownUrl the expression of the bundle's own address
 * @param change what else becomes of the text
 */
const keepPlaces = (file, ownUrl, change = (text) => text) => ({
  name: 'keep places',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const url = `new URL(${JSON.stringify(relative(dirname(file), path))}, ${ownUrl})`;
      const pathOf = (what) => `process.getBuiltinModule('node:url').fileURLToPath(${what})`;
      const contents = (await readFile(path, 'utf8')).replace(/\bimport\.meta\.(\w+)/g, (whole, name) => {
        if (name === 'url') return `${url}.href`;
        if (name === 'filename') return pathOf(url);
        if (name === 'dirname') return `process.getBuiltinModule('node:path').dirname(${pathOf(url)})`;
        throw new Error(`${path}: ${whole} is not known here`);
      });
      return { contents: change(contents) };
    });
  },
});

/** An import of a module of Node's asks for all that it offers, of node:fs even the streams. */
const takeBuiltins = (text) =>
  text.replace(
    /^import \{([^}]*)\} from '(node:[a-z/]+)';/gm,
    (_whole, names, module) =>
      `const {${names.replace(/ as /g, ': ')}} = process.getBuiltinModule('${module}');`,
  );
