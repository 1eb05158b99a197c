// Japanese: the catalogues of all rooms as one.
import { jaAccount } from './ja/account.ts';
import { jaAccounts } from './ja/accounts.ts';
import { jaAcme } from './ja/acme.ts';
import { jaActions } from './ja/actions.ts';
import { jaAdmin } from './ja/admin.ts';
import { jaChoices } from './ja/choices.ts';
import { jaCompose } from './ja/compose.ts';
import { jaContacts } from './ja/contacts.ts';
import { jaControl } from './ja/control.ts';
import { jaConversations } from './ja/conversations.ts';
import { jaFacts } from './ja/facts.ts';
import { jaFilter } from './ja/filter.ts';
import { jaFolders } from './ja/folders.ts';
import { jaGuide } from './ja/guide.ts';
import { jaHeader } from './ja/header.ts';
import { jaHelp } from './ja/help.ts';
import { jaInvitations } from './ja/invitations.ts';
import { jaJunk } from './ja/junk.ts';
import { jaLists } from './ja/lists.ts';
import { jaLook } from './ja/look.ts';
import { jaMail } from './ja/mail.ts';
import { jaMessage } from './ja/message.ts';
import { jaOutbox } from './ja/outbox.ts';
import { jaPolicy } from './ja/policy.ts';
import { jaQueue } from './ja/queue.ts';
import { jaReading } from './ja/reading.ts';
import { jaReport } from './ja/report.ts';
import { jaRules } from './ja/rules.ts';
import { jaSearch } from './ja/search.ts';
import { jaSecurity } from './ja/security.ts';
import { jaSign } from './ja/sign.ts';
import { jaSnooze } from './ja/snooze.ts';
import type { Catalogue } from './words.ts';

export const ja: Catalogue = {
  ...jaAccount,
  ...jaAccounts,
  ...jaAcme,
  ...jaActions,
  ...jaAdmin,
  ...jaChoices,
  ...jaCompose,
  ...jaContacts,
  ...jaControl,
  ...jaConversations,
  ...jaFacts,
  ...jaFolders,
  ...jaGuide,
  ...jaHeader,
  ...jaHelp,
  ...jaInvitations,
  ...jaJunk,
  ...jaLists,
  ...jaLook,
  ...jaMail,
  ...jaMessage,
  ...jaOutbox,
  ...jaPolicy,
  ...jaQueue,
  ...jaReading,
  ...jaReport,
  ...jaRules,
  ...jaSearch,
  ...jaSecurity,
  ...jaSign,
  ...jaSnooze,
  ...jaFilter,
};
