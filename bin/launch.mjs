// The launcher behind `npm test`, `npm run build` and, for `npm start` and the first call of any command, bin/facteur.
// Runs on Node 18 and later without any package. It brings what is missing, once, and says so in one line each:
// the runtime (Node 24 from the npm registry, when the Node at hand is too old), the packages of the lock file,
// the compiled program. Then it runs the wanted thing with the right Node and a thread pool wide enough for mail.
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const say = (line) => process.stderr.write(`facteur: ${line}\n`);
const fail = (line) => {
  say(line);
  process.exit(111);
};

/** Is this Node version at least the one package.json asks for? Better-sqlite3 and jsdom refuse older ones. */
function isNewEnough(version) {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
    .engines.node.replace(/^>=/, '')
    .split('.')
    .map(Number);
  const have = version.replace(/^v/, '').split('.').map(Number);
  for (let i = 0; i < 3; i++) if (have[i] !== wanted[i]) return have[i] > wanted[i];
  return true;
}

/** The version that this Node program prints, or '' when it does not run. */
function versionOf(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
}

/** npm's own program file, so that it can be run by any Node; falls back to the command on PATH. */
function npm(args, options = {}) {
  const viaFile = process.env.npm_execpath;
  const [command, first] = viaFile?.endsWith('.js') ? [process.execPath, [viaFile]] : ['npm', []];
  return spawnSync(command, [...first, ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
}

/** The path of a Node that is new enough: the one kept in .runtime, the one running now, or one brought there now. */
function findRuntime() {
  const kept = join(root, '.runtime');
  const link = join(kept, 'node');
  if (existsSync(link) && isNewEnough(versionOf(link) || '0.0.0')) return link;
  mkdirSync(kept, { recursive: true });
  const target = isNewEnough(process.version) ? process.execPath : bringRuntime(kept);
  rmSync(link, { force: true });
  symlinkSync(target, link);
  return link;
}

/** Gets Node 24 from the npm registry. @returns its path as seen from .runtime, so that a moved checkout finds it */
function bringRuntime(kept) {
  const name = `node-${process.platform}-${process.arch}`;
  const target = join('node_modules', name, 'bin', 'node');
  if (isNewEnough(versionOf(join(kept, target)) || '0.0.0')) return target;
  say(`this Node is ${process.version}; bringing Node 24 into .runtime (once)`);
  const options = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund'];
  const done = npm(['install', '--prefix', kept, ...options, `${name}@24`]);
  if (done.status !== 0)
    fail(
      `could not bring Node 24 (${name}@24) from the npm registry: ${lastWords(done)}. Install Node 24 by hand and start again.`,
    );
  if (!isNewEnough(versionOf(join(kept, target)) || '0.0.0'))
    fail(`the Node 24 of ${name}@24 does not run on this system. Install Node 24 by hand and start again.`);
  return target;
}

/** What a program that failed said, for one line. */
function lastWords({ error, stderr, signal }) {
  if (error) return error.message;
  const lines = (stderr ?? '').split('\n').filter((line) => /^npm (ERR!|error)/.test(line));
  return lines.find((line) => !/code |A complete log/.test(line)) ?? lines[0] ?? `it ended with ${signal}`;
}

/**
 * Installs the packages of the lock file when they are missing or others. A node_modules that is a link is kept by
 * whoever made it: npm would empty what it leads to.
 */
function installPackages() {
  if (lstatSync(join(root, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) return;
  const stamp = join(root, 'node_modules', '.facteur-installed');
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('installing packages (once)');
  // No install script is needed: what is native comes built inside its package.
  const done = npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  if (done.status !== 0) fail(`the packages could not be installed: ${lastWords(done)}`);
  writeFileSync(stamp, lock);
}

/** The newest time below a directory; directories count too, so that a file that went or got another name is seen. */
function newestSource(directory) {
  let newest = statSync(directory).mtimeMs;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    newest = Math.max(newest, entry.isDirectory() ? newestSource(path) : statSync(path).mtimeMs);
  }
  return newest;
}

/** Compiles when there is no build yet or a source is newer than it. */
function build(runtime, always = false) {
  const stamp = join(root, 'dist', '.built');
  const isBuilt = existsSync(stamp);
  if (!always && isBuilt) {
    const directories = ['mta', 'server', 'static', 'bin'].map((name) => newestSource(join(root, name)));
    const files = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map(
      (name) => statSync(join(root, name)).mtimeMs,
    );
    if (Math.max(...directories, ...files) < statSync(stamp).mtimeMs) return;
  }
  say(isBuilt ? 'building again: the sources have changed' : 'building (once)');
  const done = spawnSync(runtime, [join(root, 'bin', 'build.mjs')], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (done.status !== 0) fail('the build failed');
}

/**
 * Runs a program in our place: same terminal, its exit code, signals passed on.
 * @param next what comes after it, given its exit code; a signal ends us in any case
 */
function become(runtime, args, env = {}, next = process.exit) {
  const child = spawn(runtime, args, {
    cwd: root,
    stdio: 'inherit',
    // File work runs wide; an ES module cannot enlarge the pool from inside.
    env: { UV_THREADPOOL_SIZE: '16', MALLOC_ARENA_MAX: '2', ...process.env, ...env },
  });
  // A terminal's Ctrl-C reaches the child by itself: it is in the same process group.
  let isStopped = false;
  const pass = (signal) => {
    isStopped = true;
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  child.on('error', (error) => fail(`cannot run ${runtime}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal) process.exit(128 + constants.signals[signal]);
    if (isStopped) process.exit(code);
    for (const each of signals) process.off(each, pass);
    next(code);
  });
}

const suites = ['unit', 'integration', 'interop', 'hostile', 'crash', 'browser'];

function testFiles(names) {
  const found = [];
  const walk = (directory) => {
    for (const entry of readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (entry.name.endsWith('.test.ts')) found.push(path);
    }
  };
  for (const name of names) {
    if (name.endsWith('.ts')) found.push(join(root, name));
    else if (existsSync(join(root, 'test', name))) walk(join(root, 'test', name));
  }
  return found;
}

/**
 * Runs test files, in the three groups that test/alone.mjs tells of. All are run, whatever fails. Then up to `mostAgain`
 * files that failed are run once more with the machine to themselves: what fails there too is a defect, and what does not
 * is named at the end, as a wait that a busy machine starved or as a race that somebody has to look at.
 */
async function runTests(runtime, files) {
  const { alone, pairs, mostAgain } = await import('../test/alone.mjs');
  const isOf = (places, path) => {
    const name = relative(join(root, 'test'), path).replaceAll('\\', '/');
    return places.some(([place]) => (place.endsWith('/') ? name.startsWith(place) : name === place));
  };
  // Some 3,000 processes load the same sources: each compiles what none did before it.
  const compiled = mkdtempSync(join(tmpdir(), 'facteur-compiled-'));
  process.on('exit', () => rmSync(compiled, { recursive: true, force: true, maxRetries: 3 }));
  const groups = [[], [], []];
  for (const path of files) groups[isOf(alone, path) ? 2 : isOf(pairs, path) ? 1 : 0].push(path);
  const most = Number(process.env.TEST_CONCURRENCY ?? 4);

  const runGroup = (index, group, atOnce) =>
    new Promise((resolve) => {
      const failures = join(compiled, `failures-${index}`);
      const reporters = [
        ['spec', 'stdout'],
        [pathToFileURL(join(root, 'test', 'failures-reporter.mjs')).href, failures],
      ].flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]);
      const args = ['--test', `--test-concurrency=${Math.min(most, atOnce)}`, '--test-timeout=600000'];
      become(
        runtime,
        [...args, ...reporters, ...group],
        { NODE_ENV: 'test', NODE_COMPILE_CACHE: compiled },
        (code) => resolve({ code, told: existsSync(failures) ? readFileSync(failures, 'utf8') : '' }),
      );
    });
  const runAll = async (all) => {
    let status = 0;
    let told = '';
    let isTold = true;
    for (const [index, [group, atOnce]] of all.entries()) {
      if (group.length === 0) continue;
      const done = await runGroup(index, group, atOnce);
      status ||= done.code;
      told += done.told;
      isTold &&= done.code === 0 || done.told !== '';
    }
    return { status, told, isTold };
  };

  const first = await runAll([
    [groups[0], most],
    [groups[1], 2],
    [groups[2], 1],
  ]);
  if (first.status === 0) return 0;
  writeSync(2, `\nWhat failed, of all groups:\n\n${first.told}`);
  const places = [...first.told.matchAll(/^✖ .*\n {2}(.+):\d+$/gm)].map(([, path]) => path);
  const failed = [...new Set(places)];
  const isKnown = first.isTold && failed.every((path) => files.includes(path));
  if (!isKnown || failed.length > mostAgain || failed.length === files.length) return first.status;
  const names = failed.map((path) => relative(root, path)).join(', ');
  writeSync(2, `\nOnce more, with the machine to themselves: ${names}\n\n`);
  const second = await runAll([[failed, 1]]);
  if (second.status === 0) writeSync(2, `\nFailed once and passed alone, to be looked at: ${names}\n`);
  else writeSync(2, `\nWhat failed alone too:\n\n${second.told}`);
  return second.status;
}

const [what = 'start', ...rest] = process.argv.slice(2);
const runtime = findRuntime();
installPackages();
switch (what) {
  case 'prepare':
    build(runtime);
    break;
  case 'start':
    build(runtime);
    // As bin/facteur does.
    become(runtime, ['--max-semi-space-size=4', join(root, 'dist', 'server', 'main.js'), 'start', ...rest]);
    break;
  case 'test': {
    build(runtime);
    const names = rest.length > 0 ? rest : suites;
    const files = testFiles(names);
    if (files.length === 0) fail(`no test files in ${names.join(', ')}; suites are ${suites.join(', ')}`);
    process.exitCode = await runTests(runtime, files);
    break;
  }
  case 'build':
    build(runtime, true);
    break;
  case 'check': {
    const bin = join(root, 'node_modules');
    for (const args of [
      [join(bin, '@biomejs', 'biome', 'bin', 'biome'), 'check', '--error-on-warnings', '.'],
      [join(bin, 'typescript', 'bin', 'tsc'), '-p', '.'],
      [join(bin, 'typescript', 'bin', 'tsc'), '-p', 'static'],
    ]) {
      const done = spawnSync(runtime, args, { cwd: root, stdio: 'inherit' });
      if (done.status !== 0) process.exit(1);
    }
    break;
  }
  case 'run':
    build(runtime);
    become(runtime, rest);
    break;
  default:
    fail(`'${what}' is not one of prepare, start, test, build, check, run`);
}
