// German: the catalogues of all rooms as one.
import { deAccount } from './de/account.ts';
import { deAccounts } from './de/accounts.ts';
import { deAcme } from './de/acme.ts';
import { deActions } from './de/actions.ts';
import { deAdmin } from './de/admin.ts';
import { deChoices } from './de/choices.ts';
import { deCompose } from './de/compose.ts';
import { deContacts } from './de/contacts.ts';
import { deControl } from './de/control.ts';
import { deConversations } from './de/conversations.ts';
import { deFacts } from './de/facts.ts';
import { deFilter } from './de/filter.ts';
import { deFolders } from './de/folders.ts';
import { deGuide } from './de/guide.ts';
import { deHeader } from './de/header.ts';
import { deHelp } from './de/help.ts';
import { deInvitations } from './de/invitations.ts';
import { deJunk } from './de/junk.ts';
import { deLists } from './de/lists.ts';
import { deLook } from './de/look.ts';
import { deMail } from './de/mail.ts';
import { deMessage } from './de/message.ts';
import { deOutbox } from './de/outbox.ts';
import { dePolicy } from './de/policy.ts';
import { deQueue } from './de/queue.ts';
import { deReading } from './de/reading.ts';
import { deReport } from './de/report.ts';
import { deRules } from './de/rules.ts';
import { deSearch } from './de/search.ts';
import { deSecurity } from './de/security.ts';
import { deSign } from './de/sign.ts';
import { deSnooze } from './de/snooze.ts';
import type { Catalogue } from './words.ts';

export const de: Catalogue = {
  ...deAccount,
  ...deAccounts,
  ...deAcme,
  ...deActions,
  ...deAdmin,
  ...deChoices,
  ...deCompose,
  ...deContacts,
  ...deControl,
  ...deConversations,
  ...deFacts,
  ...deFolders,
  ...deGuide,
  ...deHeader,
  ...deHelp,
  ...deInvitations,
  ...deJunk,
  ...deLists,
  ...deLook,
  ...deMail,
  ...deMessage,
  ...deOutbox,
  ...dePolicy,
  ...deQueue,
  ...deReading,
  ...deReport,
  ...deRules,
  ...deSearch,
  ...deSecurity,
  ...deSign,
  ...deSnooze,
  ...deFilter,
};
