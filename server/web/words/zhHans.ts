// Simplified Chinese: the catalogues of all rooms as one.

import type { Catalogue } from './words.ts';
import { zhHansAccount } from './zhHans/account.ts';
import { zhHansAccounts } from './zhHans/accounts.ts';
import { zhHansAcme } from './zhHans/acme.ts';
import { zhHansActions } from './zhHans/actions.ts';
import { zhHansAdmin } from './zhHans/admin.ts';
import { zhHansChoices } from './zhHans/choices.ts';
import { zhHansCompose } from './zhHans/compose.ts';
import { zhHansContacts } from './zhHans/contacts.ts';
import { zhHansControl } from './zhHans/control.ts';
import { zhHansConversations } from './zhHans/conversations.ts';
import { zhHansFacts } from './zhHans/facts.ts';
import { zhHansFilter } from './zhHans/filter.ts';
import { zhHansFolders } from './zhHans/folders.ts';
import { zhHansGuide } from './zhHans/guide.ts';
import { zhHansHeader } from './zhHans/header.ts';
import { zhHansHelp } from './zhHans/help.ts';
import { zhHansInvitations } from './zhHans/invitations.ts';
import { zhHansJunk } from './zhHans/junk.ts';
import { zhHansLists } from './zhHans/lists.ts';
import { zhHansLook } from './zhHans/look.ts';
import { zhHansMail } from './zhHans/mail.ts';
import { zhHansMessage } from './zhHans/message.ts';
import { zhHansOutbox } from './zhHans/outbox.ts';
import { zhHansPolicy } from './zhHans/policy.ts';
import { zhHansQueue } from './zhHans/queue.ts';
import { zhHansReading } from './zhHans/reading.ts';
import { zhHansReport } from './zhHans/report.ts';
import { zhHansRules } from './zhHans/rules.ts';
import { zhHansSearch } from './zhHans/search.ts';
import { zhHansSecurity } from './zhHans/security.ts';
import { zhHansSign } from './zhHans/sign.ts';
import { zhHansSnooze } from './zhHans/snooze.ts';

export const zhHans: Catalogue = {
  ...zhHansAccount,
  ...zhHansAccounts,
  ...zhHansAcme,
  ...zhHansActions,
  ...zhHansAdmin,
  ...zhHansChoices,
  ...zhHansCompose,
  ...zhHansContacts,
  ...zhHansControl,
  ...zhHansConversations,
  ...zhHansFacts,
  ...zhHansFolders,
  ...zhHansGuide,
  ...zhHansHeader,
  ...zhHansHelp,
  ...zhHansInvitations,
  ...zhHansJunk,
  ...zhHansLists,
  ...zhHansLook,
  ...zhHansMail,
  ...zhHansMessage,
  ...zhHansOutbox,
  ...zhHansPolicy,
  ...zhHansQueue,
  ...zhHansReading,
  ...zhHansReport,
  ...zhHansRules,
  ...zhHansSearch,
  ...zhHansSecurity,
  ...zhHansSign,
  ...zhHansSnooze,
  ...zhHansFilter,
};
