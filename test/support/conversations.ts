// Conversations for the tests of pages: letters whose Message-IDs and References a test names itself.
import type { FixtureMail, WebSite } from './site.ts';

export interface ThreadMail {
  readonly id: string;
  /** Message-IDs before the @, oldest first. */
  readonly refs?: string;
  readonly from?: string;
  readonly to?: string;
  readonly subject?: string;
  readonly body?: string;
  readonly html?: boolean;
  readonly folder?: string;
  readonly flags?: string;
  /** Minutes before now. */
  readonly ago: number;
}

/** Stores letters for an account, as `site.deliver` does. */
export async function deliverThread(
  site: WebSite,
  address: string,
  mails: readonly ThreadMail[],
): Promise<void> {
  for (const mail of mails) {
    const received = new Date(Date.now() - mail.ago * 60_000);
    const raw = [
      `From: ${mail.from ?? 'Bob Jones <bob@example.org>'}`,
      `To: ${mail.to ?? address}`,
      `Subject: ${mail.subject ?? 'Plan'}`,
      `Date: ${received.toUTCString()}`,
      `Message-ID: <${mail.id}@thread.example>`,
      ...(mail.refs ? [`References: ${mail.refs.replace(/\S+/g, '<$&@thread.example>')}`] : []),
      'MIME-Version: 1.0',
      `Content-Type: text/${mail.html ? 'html' : 'plain'}; charset=utf-8`,
      '',
      mail.body ?? `Text of ${mail.id}.`,
      '',
    ].join('\n');
    const place: FixtureMail = { raw, received, folder: mail.folder ?? 'INBOX' };
    await site.deliver(address, mail.flags === undefined ? place : { ...place, flags: mail.flags });
  }
}
