// The launcher behind `npm start`, `npm test`, `npm run build` and the first call of bin/facteur.
// Runs on Node 18 and later without any package. It brings what is missing, once, and says so in one line each:
// the runtime (Node 24 from the npm registry, when the Node at hand is too old), the packages of the lock file,
// the compiled program. Then it runs the wanted thing with the right Node and a thread pool wide enough for mail.
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** The path of a Node that is new enough: the one running now, the one kept in .runtime, or one brought there now. */
function findRuntime() {
  const link = join(root, '.runtime', 'node');
  if (existsSync(link) && isNewEnough(versionOf(link) || '0.0.0')) return link;
  mkdirSync(join(root, '.runtime'), { recursive: true });
  let target = process.execPath;
  if (!isNewEnough(process.version)) {
    const platform = process.platform === 'win32' ? 'win' : process.platform;
    const name = `node-${platform}-${process.arch}`;
    say(`this Node is ${process.version}; bringing Node 24 into .runtime (once)`);
    const done = npm([
      'install',
      '--prefix',
      join(root, '.runtime'),
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      `${name}@24`,
    ]);
    target = join(root, '.runtime', 'node_modules', name, 'bin', 'node');
    if (done.status !== 0 || !existsSync(target))
      fail(
        `could not bring Node 24 (${name}@24) from the npm registry: ${(done.stderr ?? '').trim().split('\n').pop()}. Install Node 24 by hand and start again.`,
      );
  }
  rmSync(link, { force: true });
  symlinkSync(target, link);
  return link;
}

/** Installs the packages of the lock file when they are missing or older than it. */
function installPackages() {
  const stamp = join(root, 'node_modules', '.facteur-installed');
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  say('installing packages (once)');
  // No install script is needed: what is native comes built inside its package.
  const done = npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
  if (done.status !== 0) fail(`npm ci failed:\n${done.stderr}`);
  writeFileSync(stamp, lock);
}

function newestSource(directory) {
  let newest = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, newestSource(path));
    else newest = Math.max(newest, statSync(path).mtimeMs);
  }
  return newest;
}

/** Compiles when there is no build yet or a source is newer than it. */
function build(runtime, always = false) {
  const stamp = join(root, 'dist', '.built');
  if (!always && existsSync(stamp)) {
    const built = statSync(stamp).mtimeMs;
    const sources = ['mta', 'server', 'static', 'bin'].map((name) => newestSource(join(root, name)));
    if (Math.max(...sources, statSync(join(root, 'package-lock.json')).mtimeMs) < built) return;
  }
  if (!existsSync(stamp)) say('building (once)');
  const done = spawnSync(runtime, [join(root, 'bin', 'build.mjs')], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (done.status !== 0) fail('the build failed');
}

/** Runs a program in our place: same terminal, its exit code, signals passed on. */
function become(runtime, args, env = {}) {
  const child = spawn(runtime, args, {
    cwd: root,
    stdio: 'inherit',
    // File work runs wide; an ES module cannot enlarge the pool from inside.
    env: {
      UV_THREADPOOL_SIZE: '32',
      ...process.env,
      FACTEUR_RUNTIME: readlinkSync(join(root, '.runtime', 'node')),
      ...env,
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`cannot run ${runtime}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + 15 : (code ?? 111)));
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

const [what = 'start', ...rest] = process.argv.slice(2);
const runtime = findRuntime();
installPackages();
switch (what) {
  case 'start':
    build(runtime);
    become(runtime, [join(root, 'dist', 'server', 'main.js'), 'start', ...rest]);
    break;
  case 'facteur':
    build(runtime);
    become(runtime, [join(root, 'dist', 'server', 'main.js'), ...rest]);
    break;
  case 'test': {
    build(runtime);
    const names = rest.length > 0 ? rest : suites;
    const files = testFiles(names);
    if (files.length === 0) fail(`no test files in ${names.join(', ')}; suites are ${suites.join(', ')}`);
    const concurrency = process.env.TEST_CONCURRENCY ?? '2';
    become(runtime, ['--test', `--test-concurrency=${concurrency}`, '--test-timeout=600000', ...files], {
      NODE_ENV: 'test',
    });
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
    fail(`'${what}' is not one of start, test, build, check, run`);
}
