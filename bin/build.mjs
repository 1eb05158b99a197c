// Builds the program: mta/ and server/ by tsc (same tree, plain JavaScript), some commands of it as one file each
// (bundle.mjs), and what the browser loads (static/*.ts, static/*.css, icons) by esbuild. All goes into a directory aside that takes the place of dist/ when it is complete:
// a build that fails changes nothing, and nothing of an older one stays. The stamp .built has the time of its start,
// so that a source saved meanwhile counts as newer.
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const started = new Date();
const aside = join(root, '.cache', `build-${process.pid}`);
const old = join(root, '.cache', `old-${process.pid}`);
const dist = join(root, 'dist');

/** Removes what is aside and ends. */
function end(status) {
  for (const directory of [aside, old]) rmSync(directory, { recursive: true, force: true });
  process.exit(status);
}

function compile() {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['-p', join(root, 'tsconfig.build.json'), '--outDir', aside];
  const done = spawnSync(process.execPath, [tsc, ...options], { cwd: root, stdio: 'inherit' });
  if (done.status !== 0) end(done.status ?? 1);
}

/** Another build may put its own there between our two steps: then ours takes its place too. */
function takePlace() {
  for (let tries = 0; ; tries++) {
    rmSync(old, { recursive: true, force: true });
    try {
      renameSync(dist, old);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    try {
      return renameSync(aside, dist);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes(error.code) || tries > 5) throw error;
    }
  }
}

mkdirSync(aside, { recursive: true });
compile();
const { bundleCommands } = await import('./bundle.mjs');
await bundleCommands(aside);
const { buildStatic } = await import('../static/build.mjs');
await buildStatic(join(aside, 'static'));
const stamp = join(aside, '.built');
writeFileSync(stamp, `${started.toISOString()}\n`);
utimesSync(stamp, started, started);
takePlace();
end(0);
