// Hebrew: the catalogues of all rooms as one.
import { heAccount } from './he/account.ts';
import { heAccounts } from './he/accounts.ts';
import { heAcme } from './he/acme.ts';
import { heActions } from './he/actions.ts';
import { heAdmin } from './he/admin.ts';
import { heChoices } from './he/choices.ts';
import { heCompose } from './he/compose.ts';
import { heContacts } from './he/contacts.ts';
import { heControl } from './he/control.ts';
import { heConversations } from './he/conversations.ts';
import { heFacts } from './he/facts.ts';
import { heFilter } from './he/filter.ts';
import { heFolders } from './he/folders.ts';
import { heGuide } from './he/guide.ts';
import { heHeader } from './he/header.ts';
import { heHelp } from './he/help.ts';
import { heInvitations } from './he/invitations.ts';
import { heJunk } from './he/junk.ts';
import { heLists } from './he/lists.ts';
import { heLook } from './he/look.ts';
import { heMail } from './he/mail.ts';
import { heMessage } from './he/message.ts';
import { heOutbox } from './he/outbox.ts';
import { hePolicy } from './he/policy.ts';
import { heQueue } from './he/queue.ts';
import { heReading } from './he/reading.ts';
import { heReport } from './he/report.ts';
import { heRules } from './he/rules.ts';
import { heSearch } from './he/search.ts';
import { heSecurity } from './he/security.ts';
import { heSign } from './he/sign.ts';
import { heSnooze } from './he/snooze.ts';
import type { Catalogue } from './words.ts';

export const he: Catalogue = {
  ...heAccount,
  ...heAccounts,
  ...heAcme,
  ...heActions,
  ...heAdmin,
  ...heChoices,
  ...heCompose,
  ...heContacts,
  ...heControl,
  ...heConversations,
  ...heFacts,
  ...heFolders,
  ...heGuide,
  ...heHeader,
  ...heHelp,
  ...heInvitations,
  ...heJunk,
  ...heLists,
  ...heLook,
  ...heMail,
  ...heMessage,
  ...heOutbox,
  ...hePolicy,
  ...heQueue,
  ...heReading,
  ...heReport,
  ...heRules,
  ...heSearch,
  ...heSecurity,
  ...heSign,
  ...heSnooze,
  ...heFilter,
};
