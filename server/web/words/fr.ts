// French: the catalogues of all rooms as one.
import { frAccount } from './fr/account.ts';
import { frMail } from './fr/mail.ts';
import { frMessage } from './fr/message.ts';
import { frSecurity } from './fr/security.ts';
import type { Catalogue } from './words.ts';

export const fr: Catalogue = { ...frMail, ...frAccount, ...frMessage, ...frSecurity };
