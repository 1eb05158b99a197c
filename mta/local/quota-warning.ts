// The warning that a mailbox is nearly full (spec/vpopmail.md 4.5, maildir-imap.md 2.6): the site's text, with a
// Delivered-To and a Date, at most once in 24 hours, which the mtime of the file `quotawarn` in the Maildir remembers.
// It is a courtesy: when it cannot be given the letter that caused it is delivered all the same.
import { constants, futimes } from 'node:fs';
import { formatRfc5322Date } from '../formats/date.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import type { MaildirAnchors } from '../maildir/anchor.ts';
import { changeOwner, describeError, dropFile, openFile, statFile } from '../maildir/calls.ts';
import type { MaildirDelivery } from '../maildir/deliver.ts';
import { makeDeliveredToLine } from './environment.ts';

export interface QuotaWarner {
  /** Delivers `text` (header and body, LF) unless one was delivered today. Never rejects. */
  warn(mailbox: WarnedMailbox, text: string): Promise<void>;
}

export interface WarnedMailbox {
  /** The home that holds `Maildir`. */
  readonly directory: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  readonly address: string;
}

const dayMilliseconds = 86_400_000;

export function createQuotaWarner(maildirs: MaildirDelivery, anchors: MaildirAnchors, log: Log): QuotaWarner {
  return {
    async warn(mailbox, text) {
      try {
        if (!(await claimDay(mailbox))) return;
        const head = `${makeDeliveredToLine(mailbox.address)}Date: ${formatRfc5322Date(new Date())}\n`;
        const message = Buffer.from(text, 'utf8');
        const result = await maildirs.deliver({
          home: mailbox.directory,
          maildir: 'Maildir',
          owner: mailbox.owner,
          prefix: Buffer.from(head, 'utf8'),
          message,
          path: '',
          size: message.length,
          // It is delivered over quota too.
          quota: 'none',
        });
        if (!result.stored) throw result.error;
      } catch (error) {
        log(`warning: cannot warn ${quoted(mailbox.address)} of the quota: ${describeError(error)}`);
      }
    },
  };

  /** True for the first who asks in 24 hours. */
  async function claimDay(mailbox: WarnedMailbox): Promise<boolean> {
    const anchor = await anchors.acquire(mailbox.directory, 'Maildir', mailbox.owner.uid);
    try {
      const path = `${anchor.root}/quotawarn`;
      const flags = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
      let descriptor: number;
      let made = true;
      try {
        descriptor = await openFile(path, flags | constants.O_CREAT | constants.O_EXCL, 0o600);
      } catch {
        made = false;
        descriptor = await openFile(path, flags);
      }
      try {
        const stats = await statFile(descriptor);
        if (made && process.geteuid?.() === 0) {
          await changeOwner(descriptor, mailbox.owner.uid, mailbox.owner.gid);
        }
        if (made) return true;
        if (
          !stats.isFile() ||
          stats.uid !== mailbox.owner.uid ||
          Date.now() - stats.mtimeMs < dayMilliseconds
        ) {
          return false;
        }
        const now = Date.now() / 1000;
        await new Promise<void>((resolve, reject) =>
          futimes(descriptor, now, now, (error) => (error ? reject(error) : resolve())),
        );
        return true;
      } finally {
        dropFile(descriptor);
      }
    } finally {
      anchor.release();
    }
  }
}
