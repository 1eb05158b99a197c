// Commands as one file each (bin/bundle.mjs), of a program that is as small as one can be: what a command prints and where
// its modules believe to lie are what they were, and nothing of ours is loaded beside it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { withTemporaryDirectory } from '../support/queue.ts';

const execute = promisify(execFile);
const { bundleCommands } = (await import('../../bin/bundle.mjs' as string)) as {
  bundleCommands(directory: string, names: readonly string[]): Promise<void>;
};

const files: Readonly<Record<string, string>> = {
  'package.json': '{"type":"module"}',
  'server/main.js':
    "import { word } from '../mta/word.js';\nconst { run } = await import('../mta/commands/' + process.argv[2] + '.js');\nconst other = await import('../mta/commands/other.js');\nconsole.log(word, run(), other.name);\n",
  'mta/word.js': "export const word = 'said';\n",
  'mta/commands/one.js': "import { where } from '../places/where.js';\nexport const run = () => where();\n",
  'mta/commands/other.js': "export const name = 'apart';\n",
  'mta/places/where.js':
    'export const where = () => [import.meta.url, import.meta.filename, import.meta.dirname].join(" ");\n',
};

test('a command in one file says and loads what it said and loaded in many', () =>
  withTemporaryDirectory(async (directory) => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(directory, name)), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    const run = async (): Promise<string> =>
      (await execute(process.execPath, [join(directory, 'server', 'main.js'), 'one'])).stdout;
    const before = await run();
    assert.match(before, /^said file:.*mta\/places\/where\.js .* apart\n$/);
    await bundleCommands(directory, ['one']);
    assert.equal(await run(), before);
    // Only what a command is called by stays apart.
    assert.doesNotMatch(await readFile(join(directory, 'mta/commands/one.js'), 'utf8'), /^import .*\.js/m);
    assert.doesNotMatch(await readFile(join(directory, 'server/main.js'), 'utf8'), /^import .*\.js/m);
    const script = (name: string): string => join(directory, 'mta/commands', name);
    assert.doesNotMatch(await readFile(script('one.bundle'), 'utf8'), /^import |require\("[./]/m);
    // With the flag that bin/facteur gives: code that V8 does not take would only make it slower.
    const check = `const { cachedDataRejected } = new (require('node:vm').Script)(
      require('node:fs').readFileSync(${JSON.stringify(script('one.bundle'))}, 'latin1'),
      { cachedData: require('node:fs').readFileSync(${JSON.stringify(script('one.code'))}) });
      process.exit(cachedDataRejected ? 1 : 0)`;
    await execute(process.execPath, ['--max-semi-space-size=4', '-e', check]);
    assert.match(
      await readFile(join(directory, 'server/main.js'), 'utf8'),
      /import\(["']\.\.\/mta\/commands/,
    );
  }));
