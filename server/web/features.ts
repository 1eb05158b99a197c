// The features of the webmail, in the order in which their routes are looked at. A feature is a folder beside this file; its
// main file builds its router from the parts that web.ts gives.
import type { Router } from 'express';
import { actionRoutes } from './actions/actions.ts';
import { adminRoutes } from './admin/admin.ts';
import { composeRoutes } from './compose/compose.ts';
import { contactRoutes } from './contacts/contacts.ts';
import { conversationRoutes } from './conversation/conversation.ts';
import { filterRoutes } from './filters/filters.ts';
import { folderRoutes } from './folders/folders.ts';
import { helpRoutes } from './help/help.ts';
import { identityRoutes } from './identities/identities.ts';
import { invitationRoutes } from './invitations/invitations.ts';
import { jobRoutes } from './jobs/jobs.ts';
import { junkRoutes } from './junk/junk.ts';
import { labelRoutes } from './labels/labels.ts';
import { listRoutes } from './list/list.ts';
import { publicListRoutes } from './lists/lists.ts';
import { liveRoutes } from './live/live.ts';
import { loginRoutes } from './login/login.ts';
import { leaveRoutes } from './message/leave.ts';
import { messageRoutes } from './message/message.ts';
import { receiptRoutes } from './outbox/receipt-routes.ts';
import { outboxRoutes } from './outbox/routes.ts';
import { searchRoutes } from './search/search.ts';
import { settingsRoutes } from './settings/settings.ts';
import { setupRoutes } from './setup/setup.ts';
import { snoozeRoutes } from './snooze/snooze.ts';
import { templateRoutes } from './templates/templates.ts';
import { transferRoutes } from './transfer/transfer.ts';
import type { WebParts } from './web.ts';

/** The features in the order in which their routes are looked at. */
export const features: readonly ((web: WebParts) => Router)[] = [
  loginRoutes,
  listRoutes,
  searchRoutes,
  actionRoutes,
  labelRoutes,
  snoozeRoutes,
  jobRoutes,
  folderRoutes,
  transferRoutes,
  junkRoutes,
  messageRoutes,
  leaveRoutes,
  conversationRoutes,
  invitationRoutes,
  composeRoutes,
  identityRoutes,
  outboxRoutes,
  receiptRoutes,
  contactRoutes,
  templateRoutes,
  filterRoutes,
  settingsRoutes,
  setupRoutes,
  helpRoutes,
  publicListRoutes,
  liveRoutes,
  adminRoutes,
];
