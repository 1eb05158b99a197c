// Completion in the recipient fields (spec/webmail.md 4.2, K2, K3, K5), for pages with script:
//   GET /complete?q=...   JSON: people written to, then contacts and groups, then accounts of the same domain
// Without script the fields have a list of those written to most.
import { Router } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { formatRecipient, parseAddress } from './recipients.ts';

const most = 15;
/** Members of a group that become recipients at once. */
const mostMembers = 100;

export function completeRoutes(web: WebParts): Router {
  const router = Router();
  router.get('/complete', web.signedIn, async (req, res) => {
    const typed = oneValue(req.query.q).slice(0, 200);
    const { t } = web.shell.localsOf(req);
    const found = await web.contacts.complete(web.session(req).account, typed, most);
    const isUsable = ({ address }: { readonly address: string }) => parseAddress(address) !== undefined;
    res.json(
      found.flatMap((one) => {
        if (one.kind !== 'group')
          return isUsable(one)
            ? [{ name: cleanLine(one.name), note: cleanLine(one.address), text: formatRecipient(one) }]
            : [];
        const members = one.members.filter(isUsable).slice(0, mostMembers);
        const note = t('compose.groupOf', { n: members.length });
        return members.length === 0
          ? []
          : [{ name: cleanLine(one.name), note, text: members.map(formatRecipient).join(', ') }];
      }),
    );
  });
  return router;
}
