// German: the catalogues of all rooms as one.
import { deAccount } from './de/account.ts';
import { deChoices } from './de/choices.ts';
import { deCompose } from './de/compose.ts';
import { deContacts } from './de/contacts.ts';
import { deFolders } from './de/folders.ts';
import { deMail } from './de/mail.ts';
import { deMessage } from './de/message.ts';
import { deOutbox } from './de/outbox.ts';
import { deRest } from './de/rest.ts';
import { deSecurity } from './de/security.ts';
import type { Catalogue } from './words.ts';

export const de: Catalogue = {
  ...deAccount,
  ...deChoices,
  ...deCompose,
  ...deContacts,
  ...deFolders,
  ...deMail,
  ...deMessage,
  ...deOutbox,
  ...deRest,
  ...deSecurity,
};
