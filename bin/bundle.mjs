// Puts each command that scripts call for one account after the other, or mail programs for one message after the other,
// into one file with all that it needs: loading a hundred small modules took longer than what it does. The file takes the
// place of the compiled one in dist/mta/commands/ (and dist/server/main.js), so nothing else knows of it. A module that
// asks where it lies (import.meta), to start a worker beside it, gets the answer of where tsc has put it.
import { existsSync, readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
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
    ...languages.map((name) => bundle(directory, join(words, name), [])),
    ...files.map((file) => bundle(directory, file, [])),
    // The commands themselves are loaded when they are called.
    bundle(directory, main, [leaveImportCalls(main)]),
  ]);
  // None is written while another may still read what lies in its place.
  for (const { outputFiles } of bundles)
    for (const { path, contents } of outputFiles) await writeFile(path, contents);
}

function bundle(directory, file, plugins) {
  return build({
    entryPoints: [file],
    outfile: file,
    write: false,
    absWorkingDir: directory,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    // As long as it is: names and lines of a trace are those of the source.
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'warning',
    plugins: [...plugins, keepPlaces(file)],
  });
}

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

/** What import.meta says in the module's own file. */
const keepPlaces = (file) => ({
  name: 'keep places',
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, async ({ path }) => {
      const url = `new URL(${JSON.stringify(relative(dirname(file), path))}, import.meta.url)`;
      const pathOf = (what) => `process.getBuiltinModule('node:url').fileURLToPath(${what})`;
      const contents = (await readFile(path, 'utf8')).replace(/\bimport\.meta\.(\w+)/g, (whole, name) => {
        if (name === 'url') return `${url}.href`;
        if (name === 'filename') return pathOf(url);
        if (name === 'dirname') return `process.getBuiltinModule('node:path').dirname(${pathOf(url)})`;
        throw new Error(`${path}: ${whole} is not known here`);
      });
      return { contents };
    });
  },
});
