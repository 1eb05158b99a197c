// Sign-ins that failed at all doors of the last 30 days, by network and by account, latest first; who administers a
// domain sees those of its accounts.
//   GET /admin/security    `q` is part of a network or an account
import { Router } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import type { Formats } from '../shell/formats.ts';
import { oneValue } from '../shell/paths.ts';
import { accountPath, withQuery } from './paths.ts';
import type { Admin } from './types.ts';

const mostRows = 100;
const doorNames: Readonly<Record<string, string>> = {
  smtp: 'SMTP',
  imap: 'IMAP',
  pop3: 'POP3',
  sieve: 'ManageSieve',
  web: 'HTTP',
};

const timeOf = (at: number, formats: Formats, now: number) => ({
  short: formats.short(at, now),
  full: formats.full(at),
  iso: formats.iso(at),
});

export function securityRoom(admin: Admin): Router {
  const router = Router();
  router.get('/admin/security', async (req, res) => {
    const { level, address } = admin.grant(req);
    const { t, formats, now } = admin.shell.localsOf(req);
    const search = oneValue(req.query.q).trim().slice(0, 320);
    const domain = level === 'system' ? undefined : address.slice(address.lastIndexOf('@') + 1);
    const rowsBy = (by: 'network' | 'account') =>
      admin.throttle.failures.list({ by, domain, search, limit: mostRows }).map((sum) => ({
        name: cleanLine(sum.name),
        href:
          by === 'account'
            ? accountPath(sum.name, '/security')
            : withQuery('/admin/security', { q: sum.name }),
        // Whom else a network tries is not for who administers one domain.
        isHeld: (by === 'account' || level === 'system') && admin.throttle.isHeld(by, sum.name),
        times: formats.number(sum.times),
        unknown: sum.unknown === 0 ? '' : formats.number(sum.unknown),
        others: formats.number(sum.others),
        doors: sum.doors
          .split(',')
          .map((door) => doorNames[door] ?? door)
          .sort()
          .join(', '),
        first: timeOf(sum.first, formats, now),
        last: timeOf(sum.last, formats, now),
      }));
    const [networks, accounts] = [t('failures.networks'), t('admin.accounts')];
    await admin.show(req, res, {
      view: 'admin/security',
      title: t('failures.title'),
      section: 'security',
      model: {
        search,
        lists: [
          { key: 'network', title: networks, othersTitle: accounts, rows: rowsBy('network') },
          { key: 'account', title: accounts, othersTitle: networks, rows: rowsBy('account') },
        ],
      },
    });
  });
  return router;
}
