// Russian: the catalogues of all rooms as one.
import { ruAccount } from './ru/account.ts';
import { ruAccounts } from './ru/accounts.ts';
import { ruAcme } from './ru/acme.ts';
import { ruActions } from './ru/actions.ts';
import { ruAdmin } from './ru/admin.ts';
import { ruChoices } from './ru/choices.ts';
import { ruCompose } from './ru/compose.ts';
import { ruContacts } from './ru/contacts.ts';
import { ruControl } from './ru/control.ts';
import { ruConversations } from './ru/conversations.ts';
import { ruFacts } from './ru/facts.ts';
import { ruFilter } from './ru/filter.ts';
import { ruFolders } from './ru/folders.ts';
import { ruGuide } from './ru/guide.ts';
import { ruHeader } from './ru/header.ts';
import { ruHelp } from './ru/help.ts';
import { ruInvitations } from './ru/invitations.ts';
import { ruJunk } from './ru/junk.ts';
import { ruLists } from './ru/lists.ts';
import { ruLook } from './ru/look.ts';
import { ruMail } from './ru/mail.ts';
import { ruMessage } from './ru/message.ts';
import { ruOutbox } from './ru/outbox.ts';
import { ruPolicy } from './ru/policy.ts';
import { ruQueue } from './ru/queue.ts';
import { ruReading } from './ru/reading.ts';
import { ruReport } from './ru/report.ts';
import { ruRules } from './ru/rules.ts';
import { ruSearch } from './ru/search.ts';
import { ruSecurity } from './ru/security.ts';
import { ruSign } from './ru/sign.ts';
import { ruSnooze } from './ru/snooze.ts';
import type { Catalogue } from './words.ts';

export const ru: Catalogue = {
  ...ruAccount,
  ...ruAccounts,
  ...ruAcme,
  ...ruActions,
  ...ruAdmin,
  ...ruChoices,
  ...ruCompose,
  ...ruContacts,
  ...ruControl,
  ...ruConversations,
  ...ruFacts,
  ...ruFolders,
  ...ruGuide,
  ...ruHeader,
  ...ruHelp,
  ...ruInvitations,
  ...ruJunk,
  ...ruLists,
  ...ruLook,
  ...ruMail,
  ...ruMessage,
  ...ruOutbox,
  ...ruPolicy,
  ...ruQueue,
  ...ruReading,
  ...ruReport,
  ...ruRules,
  ...ruSearch,
  ...ruSecurity,
  ...ruSign,
  ...ruSnooze,
  ...ruFilter,
};
