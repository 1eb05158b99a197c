// vverifypw: says whether a password fits an account (spec/vpopmail.md 3.4). Nothing is logged and no login is counted.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createPasswordHasher } from '../accounts/password.ts';
import { accountCommand, FAILED, readAddress, readOptions, showUsage, withSite } from './account-command.ts';
import { openQuestions } from './ask-password.ts';

export const usage = `vverifypw: usage: [options] [email_addr] [password] (or empty to read from terminal)
options: -h ( display usage )
options: -v ( display the vpopmail version number )
options: -e ( the password is already encrypted )
`;

export const run = accountCommand(usage, async (args, context) => {
  const { stdout } = context;
  const { options, rest, bad } = readOptions('vverifypw', args, 'hve', context);
  if (options.some(({ letter }) => letter === 'h')) return showUsage(usage, context, 0);
  if (bad !== undefined) return showUsage(usage, context);
  const questions = openQuestions(context);
  const email = rest[0] || (await questions.ask('Please enter the email address: '));
  if (email === '') {
    stdout.write('\n\n');
    return FAILED;
  }
  const password = rest[1] || (await questions.askHidden('Enter password: '));
  questions.close();
  const address = await readAddress(email, context);
  if (address === undefined) return FAILED;
  const isCrypted = options.some(({ letter }) => letter === 'e');
  const stored = await withSite(context, async ({ store, accounts }) => {
    const domain = await accounts.findDomain(address.domain);
    return domain && (await store.find(domain, address.name))?.password;
  });
  const fits = isCrypted ? isSame(password, stored ?? '') : await verify(password, stored ?? '');
  stdout.write(fits ? 'User authenticated.\n' : 'Error: authentication failed!\n');
  return fits ? 0 : FAILED;
});

/** An account without a password lets nobody in, whatever is given. */
function isSame(given: string, stored: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return stored !== '' && timingSafeEqual(digest(given), digest(stored));
}

async function verify(password: string, stored: string): Promise<boolean> {
  const hasher = createPasswordHasher({ threads: 1 });
  try {
    return await hasher.verify(password, stored);
  } finally {
    await hasher.close();
  }
}
