// What `npm run bench:web` measures on: a home with one account and its letters, put straight into the Maildir, and the
// server on it. The texts are of a few words; a newsletter is a table of 100 kB as shops send them.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { programRoot } from '../mta/root.ts';

export const address = 'reader@bench.example';
export const password = 'bench-password';
const execute = promisify(execFile);
const facteur = join(programRoot(), 'bin', 'facteur');
const words =
  'harbour invoice meeting garden letter winter report ticket river station answer paper morning contract window'.split(
    ' ',
  );
/** Makes a home with one account. @returns its Maildir */
export async function makeHome(home: string): Promise<string> {
  await execute(facteur, ['quickstart', '--home', home, '--domain', 'bench.example']);
  await execute(facteur, ['vadduser', '--home', home, address, password]);
  const { stdout } = await execute(facteur, ['vuserinfo', '--home', home, '-d', address]);
  return join(stdout.replace(/^dir:\s*/, '').trim(), 'Maildir');
}

/** Letter n of the folder; `seconds` is when it came. */
function makeLetter(n: number, seconds: number): string {
  const word = (step: number): string => words[(n * 7 + step * 3) % words.length] as string;
  const lines = Array.from({ length: 5 + (n % 20) }, (_, line) =>
    Array.from({ length: 10 }, (_, step) => word(line * 11 + step)).join(' '),
  );
  return [
    `From: Person ${n % 97} <person${n % 97}@sender.example>`,
    `To: Reader <${address}>`,
    `Subject: ${word(0)} ${word(1)} ${n}${n % 1000 === 0 ? ' zeppelin' : ''}`,
    `Date: ${new Date(seconds * 1000).toUTCString()}`,
    `Message-ID: <${n}.bench@sender.example>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    ...lines,
    '',
  ].join('\n');
}

/** Fills cur with letters of the last years, one every three hours, named as deliveries name them (S= and W=). */
export async function fillMaildir(maildir: string, count: number): Promise<void> {
  const { uid, gid } = await stat(maildir);
  const now = Math.floor(Date.now() / 1000);
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < count) {
      const n = next;
      next += 1;
      const seconds = now - n * 10_800;
      const letter = makeLetter(n, seconds);
      const size = Buffer.byteLength(letter);
      const wire = size + letter.split('\n').length - 1;
      const flags = `${n % 13 === 0 ? 'F' : ''}${n % 9 === 0 ? '' : 'S'}`;
      const path = join(maildir, 'cur', `${seconds}.M${n}P1.bench,S=${size},W=${wire}:2,${flags}`);
      await writeFile(path, letter, { mode: 0o600 });
      await utimes(path, seconds, seconds);
      if (process.geteuid?.() === 0) await chown(path, uid, gid);
    }
  };
  await Promise.all(Array.from({ length: 32 }, write));
}

/** Starts the server with one HTTP listener on a free port. */
export async function startServer(home: string): Promise<{ server: ChildProcess; base: string }> {
  const server = spawn(
    facteur,
    ['serve', '--home', home, '--listen', 'http=127.0.0.1:0', '--log', join(home, 'log'), '--one-process'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let text = '';
  for await (const chunk of server.stdout as NodeJS.ReadableStream) {
    text += chunk;
    const match = /listening http (\S+)[\s\S]*ready/.exec(text);
    if (match) return { server, base: `http://${match[1]}` };
  }
  throw new Error(`the server did not start: ${text}`);
}

/** Puts a letter into new/ as a delivery does. */
export async function deliver(maildir: string, name: string, letter: string): Promise<void> {
  const { uid, gid } = await stat(maildir);
  const path = join(maildir, 'tmp', name);
  await writeFile(path, letter, { mode: 0o600 });
  if (process.geteuid?.() === 0) await chown(path, uid, gid);
  await rename(path, join(maildir, 'new', name));
}

/** A letter of two lines. */
export const makeNote = (subject: string): string =>
  `From: Person <person@sender.example>\nTo: ${address}\nSubject: ${subject}\nDate: ${new Date().toUTCString()}\nMessage-ID: <${subject.replaceAll(' ', '.')}@sender.example>\n\nA note.\nAnother line.\n`;

/** An HTML letter of some 100 kB. */
export function makeNewsletter(subject: string): string {
  const cell = (n: number): string =>
    `<tr><td style="padding:8px 12px;font:14px/1.5 Arial,sans-serif;color:#333;background-color:#f${n % 10}f${n % 10}f${n % 10}"><a href="https://shop.example/item/${n}?utm=${n * 7}" style="color:#06c;text-decoration:none"><img src="https://shop.example/p/${n}.jpg" width="120" height="80" alt="Item ${n}" style="border:0"></a></td><td align="left" valign="top" style="padding:8px"><b>Offer ${n}</b><br>${words.join(' ')} <span style="color:#c00">${n}.99</span></td></tr>`;
  const rows = Array.from({ length: 170 }, (_, n) => cell(n)).join('\n');
  return `From: Shop <news@shop.example>\nTo: ${address}\nSubject: ${subject}\nDate: ${new Date().toUTCString()}\nMessage-ID: <${subject.replaceAll(' ', '.')}@shop.example>\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<!doctype html><html><head><style>a{color:#06c} td{font-family:Arial} @media (max-width:600px){td{display:block}}</style></head><body><table width="600" cellpadding="0" cellspacing="0">\n${rows}\n</table></body></html>\n`;
}

/** Memory of a process in MiB, what it shares with others counted in parts. */
export async function memoryOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) / 1024;
}
