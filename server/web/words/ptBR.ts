// Brazilian Portuguese: the catalogues of all rooms as one.
import { ptBRAccount } from './ptBR/account.ts';
import { ptBRAccounts } from './ptBR/accounts.ts';
import { ptBRAcme } from './ptBR/acme.ts';
import { ptBRActions } from './ptBR/actions.ts';
import { ptBRAdmin } from './ptBR/admin.ts';
import { ptBRChoices } from './ptBR/choices.ts';
import { ptBRCompose } from './ptBR/compose.ts';
import { ptBRContacts } from './ptBR/contacts.ts';
import { ptBRControl } from './ptBR/control.ts';
import { ptBRConversations } from './ptBR/conversations.ts';
import { ptBRFacts } from './ptBR/facts.ts';
import { ptBRFilter } from './ptBR/filter.ts';
import { ptBRFolders } from './ptBR/folders.ts';
import { ptBRGuide } from './ptBR/guide.ts';
import { ptBRHeader } from './ptBR/header.ts';
import { ptBRHelp } from './ptBR/help.ts';
import { ptBRInvitations } from './ptBR/invitations.ts';
import { ptBRJunk } from './ptBR/junk.ts';
import { ptBRLists } from './ptBR/lists.ts';
import { ptBRLook } from './ptBR/look.ts';
import { ptBRMail } from './ptBR/mail.ts';
import { ptBRMessage } from './ptBR/message.ts';
import { ptBROutbox } from './ptBR/outbox.ts';
import { ptBRPolicy } from './ptBR/policy.ts';
import { ptBRQueue } from './ptBR/queue.ts';
import { ptBRReading } from './ptBR/reading.ts';
import { ptBRReport } from './ptBR/report.ts';
import { ptBRRules } from './ptBR/rules.ts';
import { ptBRSearch } from './ptBR/search.ts';
import { ptBRSecurity } from './ptBR/security.ts';
import { ptBRSign } from './ptBR/sign.ts';
import { ptBRSnooze } from './ptBR/snooze.ts';
import type { Catalogue } from './words.ts';

export const ptBR: Catalogue = {
  ...ptBRAccount,
  ...ptBRAccounts,
  ...ptBRAcme,
  ...ptBRActions,
  ...ptBRAdmin,
  ...ptBRChoices,
  ...ptBRCompose,
  ...ptBRContacts,
  ...ptBRControl,
  ...ptBRConversations,
  ...ptBRFacts,
  ...ptBRFolders,
  ...ptBRGuide,
  ...ptBRHeader,
  ...ptBRHelp,
  ...ptBRInvitations,
  ...ptBRJunk,
  ...ptBRLists,
  ...ptBRLook,
  ...ptBRMail,
  ...ptBRMessage,
  ...ptBROutbox,
  ...ptBRPolicy,
  ...ptBRQueue,
  ...ptBRReading,
  ...ptBRReport,
  ...ptBRRules,
  ...ptBRSearch,
  ...ptBRSecurity,
  ...ptBRSign,
  ...ptBRSnooze,
  ...ptBRFilter,
};
