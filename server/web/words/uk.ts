// Ukrainian: the catalogues of all rooms as one.
import { ukAccount } from './uk/account.ts';
import { ukAccounts } from './uk/accounts.ts';
import { ukAcme } from './uk/acme.ts';
import { ukActions } from './uk/actions.ts';
import { ukAdmin } from './uk/admin.ts';
import { ukChoices } from './uk/choices.ts';
import { ukCompose } from './uk/compose.ts';
import { ukContacts } from './uk/contacts.ts';
import { ukControl } from './uk/control.ts';
import { ukConversations } from './uk/conversations.ts';
import { ukFacts } from './uk/facts.ts';
import { ukFilter } from './uk/filter.ts';
import { ukFolders } from './uk/folders.ts';
import { ukGuide } from './uk/guide.ts';
import { ukHeader } from './uk/header.ts';
import { ukHelp } from './uk/help.ts';
import { ukInvitations } from './uk/invitations.ts';
import { ukJunk } from './uk/junk.ts';
import { ukLists } from './uk/lists.ts';
import { ukLook } from './uk/look.ts';
import { ukMail } from './uk/mail.ts';
import { ukMessage } from './uk/message.ts';
import { ukOutbox } from './uk/outbox.ts';
import { ukPolicy } from './uk/policy.ts';
import { ukQueue } from './uk/queue.ts';
import { ukReading } from './uk/reading.ts';
import { ukReport } from './uk/report.ts';
import { ukRules } from './uk/rules.ts';
import { ukSearch } from './uk/search.ts';
import { ukSecurity } from './uk/security.ts';
import { ukSign } from './uk/sign.ts';
import { ukSnooze } from './uk/snooze.ts';
import type { Catalogue } from './words.ts';

export const uk: Catalogue = {
  ...ukAccount,
  ...ukAccounts,
  ...ukAcme,
  ...ukActions,
  ...ukAdmin,
  ...ukChoices,
  ...ukCompose,
  ...ukContacts,
  ...ukControl,
  ...ukConversations,
  ...ukFacts,
  ...ukFolders,
  ...ukGuide,
  ...ukHeader,
  ...ukHelp,
  ...ukInvitations,
  ...ukJunk,
  ...ukLists,
  ...ukLook,
  ...ukMail,
  ...ukMessage,
  ...ukOutbox,
  ...ukPolicy,
  ...ukQueue,
  ...ukReading,
  ...ukReport,
  ...ukRules,
  ...ukSearch,
  ...ukSecurity,
  ...ukSign,
  ...ukSnooze,
  ...ukFilter,
};
