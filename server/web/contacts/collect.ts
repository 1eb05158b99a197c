// What the compose room calls when a letter left: its recipients are remembered for completion (webmail.md K2), new ones
// only when the person wants that. A letter that left is never in doubt because of it: a failure is logged.
import type { Request } from 'express';
import type { Account } from '../../../mta/accounts/types.ts';
import { quoted } from '../../../mta/log.ts';
import type { Address } from '../../mailbox/types.ts';
import type { Web } from '../types.ts';

/** To whom a letter of this account was sent. */
export function collectRecipients(
  { web, req, account }: { readonly web: Web; readonly req: Request; readonly account: Account },
  recipients: Readonly<Record<'to' | 'cc' | 'bcc', readonly Address[]>>,
): void {
  try {
    const people = [...recipients.to, ...recipients.cc, ...recipients.bcc];
    web.contacts.collect(account.address, people, web.choices(req).collectContacts);
  } catch (error) {
    web.log(`web: people written to of ${quoted(account.address)}: ${quoted(String(error))}`);
  }
}
