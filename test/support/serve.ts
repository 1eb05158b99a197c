// The whole program under test: homes made by its own commands, letters sent over SMTP, what lies in Maildirs and queue.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { runFacteur } from './facteur.ts';
import { queueFiles } from './queue.ts';
import { RawSmtpClient, type ReceivedReply } from './smtp.ts';

export const domain = 'whole.example';

/** Makes a home with accounts in `domain` besides its postmaster. */
export async function makeHome(home: string, users: readonly string[] = []): Promise<void> {
  await succeed(['quickstart', '--home', home, '--domain', domain]);
  for (const user of users)
    await succeed(['vadduser', '--home', home, `${user}@${domain}`, 'whole-password']);
}

/** Runs a command that must end with 0; gives what it printed. */
export async function succeed(args: readonly string[], input: string | Buffer = ''): Promise<string> {
  const { status, stdout, stderr } = await runFacteur(args, input);
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}${stdout}`);
  return stdout;
}

export const setControl = (home: string, name: string, text: string): Promise<void> =>
  writeFile(join(home, 'qmail', 'control', name), text);

/** One letter over SMTP: the last reply. */
export async function sendLetter(port: number, to: string, subject: string): Promise<ReceivedReply> {
  const client = await RawSmtpClient.connect(port);
  try {
    await client.hello();
    return await client.sendMessage(
      'sender@elsewhere.example',
      [to],
      `Subject: ${subject}\r\n\r\n${subject}`,
    );
  } finally {
    client.close();
  }
}

/** Subjects of the letters in an account's inbox, sorted. */
export async function subjectsOf(home: string, user: string, place = domain): Promise<string[]> {
  const found: string[] = [];
  for (const part of ['new', 'cur']) {
    const directory = join(home, 'vpopmail', 'domains', place, user, 'Maildir', part);
    for (const name of await readdir(directory).catch(() => [])) {
      const text = await readFile(join(directory, name), 'utf8');
      found.push(/^Subject: (.*)$/m.exec(text)?.[1] ?? '');
    }
  }
  return found.sort();
}

/** Waits until something holds, looking again and again. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  seconds = 15,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await pause(20);
  }
}

/** Files of the home's queue, as PLACE/ID. */
export const queued = (home: string): Promise<string[]> => queueFiles(join(home, 'qmail', 'queue'));
