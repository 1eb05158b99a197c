// Polish: the catalogues of all rooms as one.
import { plAccount } from './pl/account.ts';
import { plAccounts } from './pl/accounts.ts';
import { plAcme } from './pl/acme.ts';
import { plActions } from './pl/actions.ts';
import { plAdmin } from './pl/admin.ts';
import { plChoices } from './pl/choices.ts';
import { plCompose } from './pl/compose.ts';
import { plContacts } from './pl/contacts.ts';
import { plControl } from './pl/control.ts';
import { plConversations } from './pl/conversations.ts';
import { plFacts } from './pl/facts.ts';
import { plFilter } from './pl/filter.ts';
import { plFolders } from './pl/folders.ts';
import { plGuide } from './pl/guide.ts';
import { plHeader } from './pl/header.ts';
import { plHelp } from './pl/help.ts';
import { plInvitations } from './pl/invitations.ts';
import { plJunk } from './pl/junk.ts';
import { plLists } from './pl/lists.ts';
import { plLook } from './pl/look.ts';
import { plMail } from './pl/mail.ts';
import { plMessage } from './pl/message.ts';
import { plOutbox } from './pl/outbox.ts';
import { plPolicy } from './pl/policy.ts';
import { plQueue } from './pl/queue.ts';
import { plReading } from './pl/reading.ts';
import { plReport } from './pl/report.ts';
import { plRules } from './pl/rules.ts';
import { plSearch } from './pl/search.ts';
import { plSecurity } from './pl/security.ts';
import { plSign } from './pl/sign.ts';
import { plSnooze } from './pl/snooze.ts';
import type { Catalogue } from './words.ts';

export const pl: Catalogue = {
  ...plAccount,
  ...plAccounts,
  ...plAcme,
  ...plActions,
  ...plAdmin,
  ...plChoices,
  ...plCompose,
  ...plContacts,
  ...plControl,
  ...plConversations,
  ...plFacts,
  ...plFolders,
  ...plGuide,
  ...plHeader,
  ...plHelp,
  ...plInvitations,
  ...plJunk,
  ...plLists,
  ...plLook,
  ...plMail,
  ...plMessage,
  ...plOutbox,
  ...plPolicy,
  ...plQueue,
  ...plReading,
  ...plReport,
  ...plRules,
  ...plSearch,
  ...plSecurity,
  ...plSign,
  ...plSnooze,
  ...plFilter,
};
