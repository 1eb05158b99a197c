// rspamd, SpamAssassin and ClamAV themselves, as Debian packs them: each is started privately, with a configuration of its
// own and without the network, and gets letters through the checks of the door. One that is not installed is skipped.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { junkSettings } from '../../mta/control/definitions/junk.ts';
import { createScannerChecks, pingScanner, type ScannerName } from '../../mta/trust/scanners/scanners.ts';
import type { ArrivingLetter, Finding } from '../../mta/trust/types.ts';
import { arrivingLetter } from '../support/letters.ts';

const whyNot = (program: string): string | false =>
  spawnSync('sh', ['-c', 'command -v "$0"', program], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } })
    .status === 0
    ? false
    : `${program} is not installed`;

/** The test strings of GTUBE and EICAR, in halves: whole they would make this file suspicious itself. */
const gtube = ['XJS*C4JDBQADN1.NSBN3*2IDNEN*', 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'].join('');
const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');

const letterOf = (body: string): ArrivingLetter =>
  arrivingLetter(
    `From: Sender <s@sender.test>\nTo: u@our.test\nSubject: A word about lunch\nDate: Fri, 15 Jan 2027 08:00:00 +0000\nMessage-ID: <one@sender.test>\nMIME-Version: 1.0\nContent-Type: text/plain\n\n${body}\n`,
  );

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** A directory of the test that every user may enter. */
async function place(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-scan-'));
  after(() => rm(directory, { recursive: true, force: true }));
  await chmod(directory, 0o755);
  return directory;
}

/** Starts a daemon in the foreground and waits until it answers; it is ended by its id. */
async function start(
  name: ScannerName,
  program: string,
  args: readonly string[],
  address: { readonly host: string; readonly port: number },
): Promise<void> {
  let said = '';
  const child: ChildProcess = spawn(program, args, {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', LANG: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-4000);
    });
  after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
    await once(child, 'exit');
    clearTimeout(hard);
  });
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`${program} has ended:\n${said}`);
    try {
      await pingScanner(name, address, 500);
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error(`${program} does not answer:\n${said}`);
}

/** What a scanner says of a letter, by a control file of one line. */
async function scan(name: ScannerName, line: string, letter: ArrivingLetter): Promise<Finding> {
  const read = (of: ScannerName) =>
    junkSettings[of].read({
      path: `control/${of}`,
      text: of === name ? `${line}\n` : undefined,
      me: undefined,
    });
  const settings = {
    me: 'mx.our.test',
    junkscore: 5,
    rejectscore: 15,
    rspamd: read('rspamd'),
    spamd: read('spamd'),
    clamd: read('clamd'),
  };
  const lines: string[] = [];
  const { check } = createScannerChecks(
    () => settings,
    (each) => lines.push(each),
  ).find((each) => each.check.name === name)!;
  const { findings } = await check.check(letter, [], new AbortController().signal);
  assert.equal(findings.length, 1);
  assert.deepEqual(lines, []);
  return findings[0]!;
}

test('clamd finds what its signatures know, in letters of any size, and nothing else', {
  skip: whyNot('clamd'),
}, async () => {
  const directory = await place();
  await mkdir(join(directory, 'db'));
  // A signature of our own: TYPE ANY, anywhere in the file.
  const hex = Buffer.from(eicar).toString('hex');
  await writeFile(join(directory, 'db', 'test.ndb'), `Facteur.Test:0:*:${hex}\n`);
  const port = await freePort();
  await writeFile(
    join(directory, 'clamd.conf'),
    `DatabaseDirectory ${directory}/db\nTCPSocket ${port}\nTCPAddr 127.0.0.1\nForeground yes\nUser ${userInfo().username}\nStreamMaxLength 2M\n`,
  );
  await start('clamd', 'clamd', ['-c', join(directory, 'clamd.conf')], { host: '127.0.0.1', port });
  const line = `127.0.0.1:${port}`;
  assert.deepEqual(await scan('clamd', line, letterOf('Shall we eat at noon?')), {
    check: 'clamd',
    result: 'clean',
    score: 0,
    words: '',
  });
  const found = await scan('clamd', line, letterOf(`${'blah blah\n'.repeat(50_000)}${eicar}`));
  assert.deepEqual([found.result, found.measure], ['virus', 'reject']);
  assert.match(found.reply ?? '', /^554 5\.7\.1 .*virus: Facteur\.Test/);
  const junk = await scan('clamd', `${line} junk`, letterOf(eicar));
  assert.deepEqual([junk.result, junk.measure, junk.reply], ['virus', 'junk', undefined]);
  const large = await scan('clamd', line, letterOf('blah blah\n'.repeat(400_000)));
  assert.deepEqual([large.result, large.measure], ['skipped', undefined]);
});

test('spamd gives a letter its points, and GTUBE more than enough', { skip: whyNot('spamd') }, async () => {
  const directory = await place();
  const port = await freePort();
  for (const name of ['site', 'rules']) await mkdir(join(directory, name), { mode: 0o755 });
  await writeFile(
    join(directory, 'site', 'init.pre'),
    'loadplugin Mail::SpamAssassin::Plugin::Check\nloadplugin Mail::SpamAssassin::Plugin::BodyEval\n',
  );
  await writeFile(
    join(directory, 'site', 'local.cf'),
    'required_score 10\nuse_bayes 0\nskip_rbl_checks 1\ndns_available no\n',
  );
  await writeFile(
    join(directory, 'rules', '10_words.cf'),
    'body GTUBE /GTUBE-STANDARD-ANTI-UBE-TEST/\nscore GTUBE 1000\nbody LUNCH /noon/\nscore LUNCH 1.5\n',
  );
  const user = userInfo().username === 'root' ? 'nobody' : userInfo().username;
  const args = `-L -i 127.0.0.1 -p ${port} -A 127.0.0.1 -m 1 -x -u ${user} -s stderr`.split(' ');
  await start(
    'spamd',
    'spamd',
    [...args, `--siteconfigpath=${directory}/site`, `--configpath=${directory}/rules`],
    { host: '127.0.0.1', port },
  );
  const line = `127.0.0.1:${port}`;
  const good = await scan('spamd', line, letterOf('Shall we eat at noon?'));
  // 1.5 points at a threshold of 10 are 0.8 at one of 5.
  assert.deepEqual(good, { check: 'spamd', result: 'ham', score: 0.8, words: 'LUNCH' });
  const bad = await scan('spamd', line, letterOf(gtube));
  assert.equal(bad.result, 'spam');
  assert.deepEqual([bad.score, bad.words], [500, 'GTUBE']);
});

test('rspamd says what is to be done, with its symbols', { skip: whyNot('rspamd') }, async () => {
  const directory = await place();
  const port = await freePort();
  for (const name of ['db', 'run']) {
    await mkdir(join(directory, name));
    await chmod(join(directory, name), 0o777);
  }
  // Only what needs neither network nor Redis; nothing is compiled beforehand, and kept elsewhere, that takes its minute.
  await writeFile(join(directory, 'names'), 'test\n');
  await writeFile(
    join(directory, 'rspamd.conf'),
    `options { disable_hyperscan = true; hs_cache_dir = "${directory}/db"; url_tld = "${directory}/names"; tempdir = "${directory}/run"; pidfile = "${directory}/run/pid"; dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; } filters = ""; raw_mode = false; history_file = "${directory}/db/history"; stats_file = "${directory}/db/stats"; gtube_patterns = "all"; }
logging { type = "console"; level = "error"; }
worker "normal" { bind_socket = "127.0.0.1:${port}"; count = 1; }
actions { reject = 30; add_header = 12; greylist = 8; }
`,
  );
  await start('rspamd', 'rspamd', ['-f', '-i', '-c', join(directory, 'rspamd.conf')], {
    host: '127.0.0.1',
    port,
  });
  const line = `127.0.0.1:${port}`;
  const good = await scan('rspamd', line, letterOf('Shall we eat at noon?'));
  assert.deepEqual([good.result, good.measure], ['no-action', undefined]);
  assert.ok(good.score < 5, String(good.score));
  const bad = await scan('rspamd', line, letterOf(gtube));
  assert.deepEqual([bad.result, bad.measure], ['reject', 'reject']);
  assert.match(bad.reply ?? '', /^550 5\.7\.1 /);
  const points = await scan('rspamd', `${line} points`, letterOf(gtube));
  assert.equal(points.measure, undefined);
});
