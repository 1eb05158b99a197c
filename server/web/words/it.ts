// Italian: the catalogues of all rooms as one.
import { itAccount } from './it/account.ts';
import { itAccounts } from './it/accounts.ts';
import { itAcme } from './it/acme.ts';
import { itActions } from './it/actions.ts';
import { itAdmin } from './it/admin.ts';
import { itChoices } from './it/choices.ts';
import { itCompose } from './it/compose.ts';
import { itContacts } from './it/contacts.ts';
import { itControl } from './it/control.ts';
import { itConversations } from './it/conversations.ts';
import { itFacts } from './it/facts.ts';
import { itFilter } from './it/filter.ts';
import { itFolders } from './it/folders.ts';
import { itGuide } from './it/guide.ts';
import { itHeader } from './it/header.ts';
import { itHelp } from './it/help.ts';
import { itInvitations } from './it/invitations.ts';
import { itJunk } from './it/junk.ts';
import { itLists } from './it/lists.ts';
import { itLook } from './it/look.ts';
import { itMail } from './it/mail.ts';
import { itMessage } from './it/message.ts';
import { itOutbox } from './it/outbox.ts';
import { itPolicy } from './it/policy.ts';
import { itQueue } from './it/queue.ts';
import { itReading } from './it/reading.ts';
import { itReport } from './it/report.ts';
import { itRules } from './it/rules.ts';
import { itSearch } from './it/search.ts';
import { itSecurity } from './it/security.ts';
import { itSign } from './it/sign.ts';
import { itSnooze } from './it/snooze.ts';
import type { Catalogue } from './words.ts';

export const it: Catalogue = {
  ...itAccount,
  ...itAccounts,
  ...itAcme,
  ...itActions,
  ...itAdmin,
  ...itChoices,
  ...itCompose,
  ...itContacts,
  ...itControl,
  ...itConversations,
  ...itFacts,
  ...itFolders,
  ...itGuide,
  ...itHeader,
  ...itHelp,
  ...itInvitations,
  ...itJunk,
  ...itLists,
  ...itLook,
  ...itMail,
  ...itMessage,
  ...itOutbox,
  ...itPolicy,
  ...itQueue,
  ...itReading,
  ...itReport,
  ...itRules,
  ...itSearch,
  ...itSecurity,
  ...itSign,
  ...itSnooze,
  ...itFilter,
};
