// A site whose index waits before it reads any message, as it does for a moment with a mailbox of 100,000 letters: what
// lists show meanwhile can be looked at for as long as a test likes.
import { createMailboxes } from '../../server/mailbox/mailboxes.ts';
import type { Mailboxes } from '../../server/mailbox/types.ts';
import { createTextSummariser } from './maildir.ts';
import { startSite, type WebSite } from './site.ts';

export interface ReadingSite extends WebSite {
  /** Lets the index read. */
  read(): void;
}

export async function startReadingSite(): Promise<ReadingSite> {
  const gate = Promise.withResolvers<void>();
  let slow: Mailboxes | undefined;
  const mailboxes: Mailboxes = {
    open: (account) => {
      if (!slow) throw new Error('the site is not ready');
      return slow.open(account);
    },
    close: async () => {},
  };
  const site = await startSite({ mailboxes });
  const text = createTextSummariser();
  slow = createMailboxes({
    state: site.home.state,
    reader: {
      async summarise(paths) {
        await gate.promise;
        return text.summarise(paths);
      },
      wires: text.wires,
      texts: text.texts,
      matches: text.matches,
    },
    log: (line) => void site.logged.push(line),
    workers: 1,
  });
  const { close } = site;
  return Object.assign(site, {
    read: () => gate.resolve(),
    async close() {
      gate.resolve();
      await slow?.close();
      await close();
    },
  });
}
