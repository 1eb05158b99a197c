// Builds the program: mta/ and server/ by tsc into dist/ (same tree, plain JavaScript), and what the browser loads
// (static/*.ts, static/*.css, icons) by esbuild into dist/static/. The stamp dist/.built is written last.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
const assets = join(root, 'static', 'build.mjs');
if (existsSync(assets)) await (await import(assets)).buildStatic(join(root, 'dist', 'static'));
mkdirSync(join(root, 'dist'), { recursive: true });
writeFileSync(join(root, 'dist', '.built'), `${new Date().toISOString()}\n`);
