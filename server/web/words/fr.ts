// French: the catalogues of all rooms as one.
import { frAccount } from './fr/account.ts';
import { frAccounts } from './fr/accounts.ts';
import { frAcme } from './fr/acme.ts';
import { frActions } from './fr/actions.ts';
import { frAdmin } from './fr/admin.ts';
import { frChoices } from './fr/choices.ts';
import { frCompose } from './fr/compose.ts';
import { frContacts } from './fr/contacts.ts';
import { frControl } from './fr/control.ts';
import { frConversations } from './fr/conversations.ts';
import { frFacts } from './fr/facts.ts';
import { frFilter } from './fr/filter.ts';
import { frFolders } from './fr/folders.ts';
import { frGuide } from './fr/guide.ts';
import { frHeader } from './fr/header.ts';
import { frHelp } from './fr/help.ts';
import { frInvitations } from './fr/invitations.ts';
import { frJunk } from './fr/junk.ts';
import { frLists } from './fr/lists.ts';
import { frLook } from './fr/look.ts';
import { frMail } from './fr/mail.ts';
import { frMessage } from './fr/message.ts';
import { frOutbox } from './fr/outbox.ts';
import { frPolicy } from './fr/policy.ts';
import { frQueue } from './fr/queue.ts';
import { frReading } from './fr/reading.ts';
import { frReport } from './fr/report.ts';
import { frRules } from './fr/rules.ts';
import { frSearch } from './fr/search.ts';
import { frSecurity } from './fr/security.ts';
import { frSign } from './fr/sign.ts';
import { frSnooze } from './fr/snooze.ts';
import type { Catalogue } from './words.ts';

export const fr: Catalogue = {
  ...frAccount,
  ...frAccounts,
  ...frAcme,
  ...frActions,
  ...frAdmin,
  ...frChoices,
  ...frCompose,
  ...frContacts,
  ...frControl,
  ...frConversations,
  ...frFacts,
  ...frFolders,
  ...frGuide,
  ...frHeader,
  ...frHelp,
  ...frInvitations,
  ...frJunk,
  ...frLists,
  ...frLook,
  ...frMail,
  ...frMessage,
  ...frOutbox,
  ...frPolicy,
  ...frQueue,
  ...frReading,
  ...frReport,
  ...frRules,
  ...frSearch,
  ...frSecurity,
  ...frSign,
  ...frSnooze,
  ...frFilter,
};
