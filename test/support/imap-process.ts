// imapd over a Maildir in a process of its own, to be killed: `imap-process.ts ROOT MAILDIR STATE`. Says `port N` when it
// is ready; ends with its parent.
import { startImapSite } from './imap.ts';

const [root = '', maildir = '', state = ''] = process.argv.slice(2);
const site = await startImapSite({ fixture: { root, maildir, state, remove: async () => undefined } });
process.stdin.on('end', () => process.exit()).resume();
process.stdout.write(`port ${site.port}\n`);
