// French: the catalogues of all rooms as one.
import { frAccount } from './fr/account.ts';
import { frChoices } from './fr/choices.ts';
import { frCompose } from './fr/compose.ts';
import { frContacts } from './fr/contacts.ts';
import { frFolders } from './fr/folders.ts';
import { frMail } from './fr/mail.ts';
import { frMessage } from './fr/message.ts';
import { frOutbox } from './fr/outbox.ts';
import { frSecurity } from './fr/security.ts';
import type { Catalogue } from './words.ts';

export const fr: Catalogue = {
  ...frMail,
  ...frAccount,
  ...frChoices,
  ...frCompose,
  ...frContacts,
  ...frFolders,
  ...frMessage,
  ...frOutbox,
  ...frSecurity,
};
