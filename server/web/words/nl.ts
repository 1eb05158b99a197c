// Dutch: the catalogues of all rooms as one.
import { nlAccount } from './nl/account.ts';
import { nlAccounts } from './nl/accounts.ts';
import { nlAcme } from './nl/acme.ts';
import { nlActions } from './nl/actions.ts';
import { nlAdmin } from './nl/admin.ts';
import { nlChoices } from './nl/choices.ts';
import { nlCompose } from './nl/compose.ts';
import { nlContacts } from './nl/contacts.ts';
import { nlControl } from './nl/control.ts';
import { nlConversations } from './nl/conversations.ts';
import { nlFacts } from './nl/facts.ts';
import { nlFilter } from './nl/filter.ts';
import { nlFolders } from './nl/folders.ts';
import { nlGuide } from './nl/guide.ts';
import { nlHeader } from './nl/header.ts';
import { nlHelp } from './nl/help.ts';
import { nlInvitations } from './nl/invitations.ts';
import { nlJunk } from './nl/junk.ts';
import { nlLists } from './nl/lists.ts';
import { nlLook } from './nl/look.ts';
import { nlMail } from './nl/mail.ts';
import { nlMessage } from './nl/message.ts';
import { nlOutbox } from './nl/outbox.ts';
import { nlPolicy } from './nl/policy.ts';
import { nlQueue } from './nl/queue.ts';
import { nlReading } from './nl/reading.ts';
import { nlReport } from './nl/report.ts';
import { nlRules } from './nl/rules.ts';
import { nlSearch } from './nl/search.ts';
import { nlSecurity } from './nl/security.ts';
import { nlSign } from './nl/sign.ts';
import { nlSnooze } from './nl/snooze.ts';
import type { Catalogue } from './words.ts';

export const nl: Catalogue = {
  ...nlAccount,
  ...nlAccounts,
  ...nlAcme,
  ...nlActions,
  ...nlAdmin,
  ...nlChoices,
  ...nlCompose,
  ...nlContacts,
  ...nlControl,
  ...nlConversations,
  ...nlFacts,
  ...nlFolders,
  ...nlGuide,
  ...nlHeader,
  ...nlHelp,
  ...nlInvitations,
  ...nlJunk,
  ...nlLists,
  ...nlLook,
  ...nlMail,
  ...nlMessage,
  ...nlOutbox,
  ...nlPolicy,
  ...nlQueue,
  ...nlReading,
  ...nlReport,
  ...nlRules,
  ...nlSearch,
  ...nlSecurity,
  ...nlSign,
  ...nlSnooze,
  ...nlFilter,
};
