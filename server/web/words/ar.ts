// Arabic: the catalogues of all rooms as one.
import { arAccount } from './ar/account.ts';
import { arAccounts } from './ar/accounts.ts';
import { arAcme } from './ar/acme.ts';
import { arActions } from './ar/actions.ts';
import { arAdmin } from './ar/admin.ts';
import { arChoices } from './ar/choices.ts';
import { arCompose } from './ar/compose.ts';
import { arContacts } from './ar/contacts.ts';
import { arControl } from './ar/control.ts';
import { arConversations } from './ar/conversations.ts';
import { arFacts } from './ar/facts.ts';
import { arFilter } from './ar/filter.ts';
import { arFolders } from './ar/folders.ts';
import { arGuide } from './ar/guide.ts';
import { arHeader } from './ar/header.ts';
import { arHelp } from './ar/help.ts';
import { arInvitations } from './ar/invitations.ts';
import { arJunk } from './ar/junk.ts';
import { arLists } from './ar/lists.ts';
import { arLook } from './ar/look.ts';
import { arMail } from './ar/mail.ts';
import { arMessage } from './ar/message.ts';
import { arOutbox } from './ar/outbox.ts';
import { arPolicy } from './ar/policy.ts';
import { arQueue } from './ar/queue.ts';
import { arReading } from './ar/reading.ts';
import { arReport } from './ar/report.ts';
import { arRules } from './ar/rules.ts';
import { arSearch } from './ar/search.ts';
import { arSecurity } from './ar/security.ts';
import { arSign } from './ar/sign.ts';
import { arSnooze } from './ar/snooze.ts';
import type { Catalogue } from './words.ts';

export const ar: Catalogue = {
  ...arAccount,
  ...arAccounts,
  ...arAcme,
  ...arActions,
  ...arAdmin,
  ...arChoices,
  ...arCompose,
  ...arContacts,
  ...arControl,
  ...arConversations,
  ...arFacts,
  ...arFolders,
  ...arGuide,
  ...arHeader,
  ...arHelp,
  ...arInvitations,
  ...arJunk,
  ...arLists,
  ...arLook,
  ...arMail,
  ...arMessage,
  ...arOutbox,
  ...arPolicy,
  ...arQueue,
  ...arReading,
  ...arReport,
  ...arRules,
  ...arSearch,
  ...arSecurity,
  ...arSign,
  ...arSnooze,
  ...arFilter,
};
