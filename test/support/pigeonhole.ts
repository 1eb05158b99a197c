// Debian's Pigeonhole asked what a script makes of many letters: sieve-filter over a Maildir, one process a script, which
// only says what it would do; sieve-test, one process a letter, where the envelope matters, which sieve-filter has not.
import { execFile, spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const path = '/usr/sbin:/usr/bin:/sbin:/bin';
const isRoot = process.getuid?.() === 0;
// Dovecot refuses to read mail as root.
const uid = isRoot ? 65534 : process.getuid?.();
const gid = isRoot ? 65534 : process.getgid?.();

/** Why it cannot be asked; false: it can. */
export const whyNoPigeonhole: string | false =
  spawnSync('sh', ['-c', 'command -v sieve-test && command -v sieve-filter'], { env: { PATH: path } })
    .status === 0
    ? false
    : 'sieve-test and sieve-filter are not installed (package dovecot-sieve)';

/** Debian's 0.5.19 aborts at editheader on a letter with a line in its header that is no field, or without a body. */
const isWhole = (letter: Buffer): boolean =>
  /^(?:[!-9;-~]+:.*\n(?:[ \t].*\n)*)*\n[\s\S]/.test(letter.subarray(0, 100_000).toString('latin1'));

export class Pigeonhole {
  readonly #place: string;
  readonly #letters: readonly Buffer[];
  #scripts = 0;

  private constructor(place: string, letters: readonly Buffer[]) {
    this.#place = place;
    this.#letters = letters;
  }

  /** With letters (LF line ends) in a Maildir of its own. */
  static async open(letters: readonly Buffer[]): Promise<Pigeonhole> {
    const place = await mkdtemp(join(tmpdir(), 'facteur-sieve-'));
    await chmod(place, 0o777);
    const mail = join(place, 'mail');
    for (const folder of [mail, join(mail, '.Odd')])
      for (const part of ['cur', 'new', 'tmp']) await mkdir(join(folder, part), { recursive: true });
    // Dovecot numbers letters by these names: they keep their order.
    await Promise.all(
      letters.map((letter, i) =>
        writeFile(
          join(mail, isWhole(letter) ? '' : '.Odd', 'cur', `${1_000_000_000 + i}.M${i}.test:2,`),
          letter,
        ),
      ),
    );
    await writeFile(
      join(place, 'dovecot.conf'),
      `mail_location = maildir:${mail}
mail_uid = ${uid}
mail_gid = ${gid}
first_valid_uid = 1
first_valid_gid = 1
ssl = no
log_path = /dev/stderr
plugin {
  sieve_extensions = +editheader
  recipient_delimiter = +
}
`,
    );
    if (isRoot) spawnSync('chown', ['-R', `${uid}:${gid}`, place], { env: { PATH: path } });
    return new Pigeonhole(place, letters);
  }

  close(): Promise<void> {
    return rm(this.#place, { recursive: true, force: true });
  }

  /** What it says of each letter; undefined: it cannot be asked. */
  async askAll(script: string): Promise<readonly (string | undefined)[]> {
    const file = await this.#write(script);
    const whole = await this.#filter(file, 'INBOX');
    const odd = script.includes('"editheader"') ? [] : await this.#filter(file, 'Odd');
    const answers = this.#letters.map((letter) => (isWhole(letter) ? whole : odd).shift());
    if (whole.length + odd.length > 0) throw new Error('sieve-filter knows of more letters than there are');
    return answers;
  }

  /** What it says of one letter that came with this envelope. */
  async askOne(script: string, letter: Buffer, from: string, to: string): Promise<string> {
    const file = await this.#write(script);
    await writeFile(join(this.#place, 'letter.eml'), letter);
    const config = join(this.#place, 'dovecot.conf');
    const names = ['-c', config, '-f', from, '-r', to, '-a', to, file, join(this.#place, 'letter.eml')];
    return (await run('sieve-test', names, this.#options)).stdout;
  }

  async #write(script: string): Promise<string> {
    const file = join(this.#place, `${this.#scripts++}.sieve`);
    await writeFile(file, script);
    if (isRoot) await chown(file, uid!, gid!);
    return file;
  }

  async #filter(script: string, folder: string): Promise<string[]> {
    const names = ['-c', join(this.#place, 'dovecot.conf'), '-m', 'INBOX', script, folder];
    const { stdout } = await run('sieve-filter', names, this.#options);
    return stdout.split(/^>> Filtering message:\r?\n/m).slice(1);
  }

  get #options() {
    return {
      env: { PATH: path, USER: 'nobody', HOME: this.#place, TZ: 'UTC', LANG: 'C.UTF-8' },
      encoding: 'utf8',
      timeout: 120_000,
      maxBuffer: 1e9,
      ...(isRoot ? { uid: uid!, gid: gid! } : {}),
    } as const;
  }
}
