// The first home of npm start: example.test with its postmaster, and a demo account whose mailbox has some letters.
import { PassThrough } from 'node:stream';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { makeRandomPassword } from '../../mta/accounts/new-account.ts';
import { run as vadduser } from '../../mta/commands/vadduser.ts';
import type { Home } from '../../mta/home.ts';
import { createMailboxes } from '../mailbox/mailboxes.ts';
import { createMessageReader } from '../message/reader.ts';
import { quickstart } from '../quickstart/quickstart.ts';
import { demoLetters, renderLetter } from './letters.ts';

interface Credentials {
  readonly address: string;
  readonly password: string;
}

export interface DemoAccounts {
  readonly postmaster: Credentials;
  readonly demo: Credentials;
}

const domain = 'example.test';
const minute = 60_000;

/** Makes the home. @throws QuickstartError when it exists */
export async function makeDemoHome(home: Home): Promise<DemoAccounts> {
  const postmaster = await quickstart({ home, domain });
  const demo = { address: `demo@${domain}`, password: makeRandomPassword(12) };
  const said = new PassThrough();
  const status = await vadduser(['-c', 'Demo Person', demo.address, demo.password], {
    home,
    env: {},
    stdin: new PassThrough(),
    stdout: said,
    stderr: said,
  });
  if (status !== 0) throw new Error(`cannot add ${demo.address}: ${String(said.read() ?? '')}`);
  await seedMailbox(home, demo.address);
  return { postmaster, demo };
}

/** Puts the letters into the mailbox as if they had come over the last year. */
async function seedMailbox(home: Home, address: string): Promise<void> {
  const log = (): void => undefined;
  const accounts = openAccounts({ home });
  const reader = createMessageReader({ log });
  const mailboxes = createMailboxes({ state: home.state, reader, log });
  try {
    const account = await accounts.findAccount(address);
    if (!account) throw new Error(`${address} is not there`);
    const mailbox = await mailboxes.open(account);
    const now = Date.now();
    for (const letter of demoLetters({ name: 'Demo Person', address })) {
      const received = new Date(now - letter.age * minute);
      if (letter.folder !== 'INBOX') await mailbox.ensureFolder(letter.folder);
      await mailbox.append(letter.folder, await renderLetter(letter, received), letter.flags, received);
    }
  } finally {
    await mailboxes.close();
    await reader.close();
    await accounts.close();
  }
}
