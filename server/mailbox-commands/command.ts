// facteur mailbox: looks at, repairs, fills and copies out the mailbox of one account. Everything goes through the same
// mailbox as the webmail and IMAP, so the server may run meanwhile. Each order is a file of this directory.
import type { CommandContext } from '../../mta/commands/command.ts';
import { refuseUsage, reportFatal } from '../../mta/commands/fatal.ts';

export const usage = `mailbox: usage: mailbox check|rebuild|dump|import|export ACCOUNT [ARGUMENTS]

  mailbox check ACCOUNT                  compare index and UID files with the Maildir, change nothing
  mailbox rebuild ACCOUNT                throw the index away and build it anew from the Maildir
  mailbox dump ACCOUNT [FOLDER]          what the index knows, one JSON object a line
  mailbox import ACCOUNT SOURCE          copy mail in; run it again after an interruption, nothing comes twice
      SOURCE: maildir:DIR   a Maildir with its folders, flags, keywords and dates
              mbox:FILE     an mbox, into INBOX
              imap://USER@HOST[:PORT]   another server with STARTTLS, imaps:// with TLS from the start;
                            the password is asked for, or the first line of standard input
      --folder NAME         into this folder, or below it when the source has folders
      --insecure            imap:// without TLS, or with a certificate that cannot be checked
  mailbox export ACCOUNT TARGET          copy mail out
      TARGET: maildir:DIR   a Maildir with folders; run it again to add what is new
              mbox:DIR      one mbox a folder, in a directory that is made
              zip:FILE      one .eml a message, a directory a folder
      --folder NAME         only this folder

ACCOUNT is an address of this site, or the path of a Maildir. check ends with status 1 when it found something.
`;

export interface Arguments {
  readonly account: string;
  readonly rest: readonly string[];
  readonly folder: string | undefined;
  readonly isInsecure: boolean;
}

type Order = (args: Arguments, context: CommandContext) => Promise<number>;

/** Each with the number of words it takes after the account. */
const orders: Readonly<
  Record<string, { readonly words: readonly [number, number]; load(): Promise<Order> }>
> = {
  check: { words: [0, 0], load: async () => (await import('./check.ts')).check },
  rebuild: { words: [0, 0], load: async () => (await import('./rebuild.ts')).rebuild },
  dump: { words: [0, 1], load: async () => (await import('./rebuild.ts')).dump },
  import: { words: [1, 1], load: async () => (await import('./import.ts')).importMail },
  export: { words: [1, 1], load: async () => (await import('./export.ts')).exportMail },
};

export function run(args: readonly string[], context: CommandContext): Promise<number> {
  return reportFatal('mailbox', context, async () => {
    const [name = '', ...others] = args;
    const order = Object.hasOwn(orders, name) ? orders[name] : undefined;
    const parsed = parseArguments(others);
    if (!order || !parsed || parsed.rest.length < order.words[0] || parsed.rest.length > order.words[1]) {
      return refuseUsage(usage, context);
    }
    return (await order.load())(parsed, context);
  });
}

function parseArguments(args: readonly string[]): Arguments | undefined {
  const words: string[] = [];
  let folder: string | undefined;
  let isInsecure = false;
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!;
    if (word === '--insecure') isInsecure = true;
    else if (word === '--folder') {
      folder = args[++i];
      if (!folder) return undefined;
    } else if (word.startsWith('--folder=')) folder = word.slice(9);
    else if (word.startsWith('--')) return undefined;
    else words.push(word);
  }
  const [account, ...rest] = words;
  return account ? { account, rest, folder, isInsecure } : undefined;
}
