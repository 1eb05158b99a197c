// BDAT from a client that was not written by us: Exim sends in chunks to every server that offers CHUNKING (RFC 3030). A
// private Exim, without a daemon and with a configuration of its own, delivers letters to our door; what arrives is
// compared byte for byte, and its own trace says that it used BDAT. Without the program the tests are skipped.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startTestSmtpd } from '../support/smtp.ts';

const program = process.env.FACTEUR_TEST_EXIM ?? 'exim4';
/** Exim calls itself by its full name. */
const path = spawnSync('sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' }).stdout.trim();
/** As root Exim gives up its rights for a user of the package, whom the binary names. */
const whyNot = ((): string | undefined => {
  const { error, status, stderr } = spawnSync(program, ['-C', '/dev/null', '-bV'], { encoding: 'utf8' });
  // Otherwise it would have to be setuid.
  if (process.getuid!() !== 0) return 'a private Exim runs as root only';
  if (error) return `${program} is not installed`;
  return status === 0 ? undefined : `${program} does not run: ${stderr}`;
})();

/** A configuration that sends everything to a port of this machine. */
const configuration = (directory: string, port: number): string => `primary_hostname = client.test
exim_path = ${path}
spool_directory = ${directory}/spool
log_file_path = ${directory}/spool/%slog
keep_environment =
host_lookup =
rfc1413_query_timeout = 0s
message_size_limit = 50M
untrusted_set_sender = *
begin routers
door:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  self = send
  transport = smtp
begin transports
smtp:
  driver = smtp
  port = ${port}
  allow_localhost
  message_linelength_limit = 5000
  hosts_try_fastopen =
`;

/** Sends one letter by Exim and waits for its delivery: what it said of the dialogue. */
async function sendByExim(port: number, letter: Buffer): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'facteur-exim-'));
  try {
    await chmod(directory, 0o755);
    await mkdir(join(directory, 'spool'));
    const [uid, gid] = ['-u', '-g'].map((flag) =>
      Number(spawnSync('id', [flag, 'Debian-exim'], { encoding: 'utf8' }).stdout),
    );
    await chown(join(directory, 'spool'), uid!, gid!);
    const file = join(directory, 'exim.conf');
    await writeFile(file, configuration(directory, port));
    return await new Promise((resolve, reject) => {
      const args = [
        '-C',
        file,
        '-d-all+transport',
        '-odf',
        '-oem',
        '-oi',
        '-f',
        'sender@client.test',
        'u@our.test',
      ];
      const child = execFile(program, args, { timeout: 60_000, maxBuffer: 1 << 26 }, (error, out, trace) => {
        if (error) reject(new Error(`${error.message}\n${out}${trace}`));
        else resolve(trace);
      });
      child.stdin!.end(letter);
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const line = (text: string): string => `${text}\n`;
const letters: Readonly<Record<string, Buffer>> = {
  'a letter of 1 MB': Buffer.from(
    `Subject: large\n\n${Array.from({ length: 14_000 }, (_, i) => line(`${i} ${'x'.repeat(70)}`)).join('')}`,
  ),
  'a letter with 8-bit bytes, dots and long lines': Buffer.concat([
    Buffer.from('Subject: bytes\nContent-Transfer-Encoding: 8bit\n\n'),
    Buffer.from(Array.from({ length: 256 }, (_, i) => i).filter((byte) => ![0, 10, 13].includes(byte))),
    Buffer.from(`\n.\n..\n.x\n\n${'é'.repeat(400)}\n${'y'.repeat(998)}\nBDAT 5 LAST\nQUIT\n\n\nlast\n`),
  ]),
};

for (const [name, letter] of Object.entries(letters))
  test(`Exim sends ${name} by BDAT, and it arrives byte for byte`, { skip: whyNot ?? false }, async () => {
    const smtpd = await startTestSmtpd();
    const trace = await sendByExim(smtpd.port(), letter);
    assert.match(trace, /SMTP.> BDAT \d+ LAST/, trace);
    assert.doesNotMatch(trace, /SMTP.> DATA/);
    const [message] = smtpd.injector.messages;
    assert.equal(smtpd.injector.messages.length, 1, trace);
    const bodyOf = (bytes: Buffer) => bytes.subarray(bytes.indexOf('\n\n') + 2);
    assert.ok(bodyOf(message!.message).equals(bodyOf(letter)), 'the body');
    assert.match(message!.message.toString('latin1'), /\nSubject: (large|bytes)\n/);
  });
