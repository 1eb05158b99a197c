// Spanish: the catalogues of all rooms as one.
import { esAccount } from './es/account.ts';
import { esAccounts } from './es/accounts.ts';
import { esAcme } from './es/acme.ts';
import { esActions } from './es/actions.ts';
import { esAdmin } from './es/admin.ts';
import { esChoices } from './es/choices.ts';
import { esCompose } from './es/compose.ts';
import { esContacts } from './es/contacts.ts';
import { esControl } from './es/control.ts';
import { esConversations } from './es/conversations.ts';
import { esFacts } from './es/facts.ts';
import { esFilter } from './es/filter.ts';
import { esFolders } from './es/folders.ts';
import { esGuide } from './es/guide.ts';
import { esHeader } from './es/header.ts';
import { esHelp } from './es/help.ts';
import { esInvitations } from './es/invitations.ts';
import { esJunk } from './es/junk.ts';
import { esLists } from './es/lists.ts';
import { esLook } from './es/look.ts';
import { esMail } from './es/mail.ts';
import { esMessage } from './es/message.ts';
import { esOutbox } from './es/outbox.ts';
import { esPolicy } from './es/policy.ts';
import { esQueue } from './es/queue.ts';
import { esReading } from './es/reading.ts';
import { esReport } from './es/report.ts';
import { esRules } from './es/rules.ts';
import { esSearch } from './es/search.ts';
import { esSecurity } from './es/security.ts';
import { esSign } from './es/sign.ts';
import { esSnooze } from './es/snooze.ts';
import type { Catalogue } from './words.ts';

export const es: Catalogue = {
  ...esAccount,
  ...esAccounts,
  ...esAcme,
  ...esActions,
  ...esAdmin,
  ...esChoices,
  ...esCompose,
  ...esContacts,
  ...esControl,
  ...esConversations,
  ...esFacts,
  ...esFolders,
  ...esGuide,
  ...esHeader,
  ...esHelp,
  ...esInvitations,
  ...esJunk,
  ...esLists,
  ...esLook,
  ...esMail,
  ...esMessage,
  ...esOutbox,
  ...esPolicy,
  ...esQueue,
  ...esReading,
  ...esReport,
  ...esRules,
  ...esSearch,
  ...esSecurity,
  ...esSign,
  ...esSnooze,
  ...esFilter,
};
