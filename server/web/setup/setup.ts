// The set-up of mail programs: for programs that ask by themselves (public.ts), and for people:
//   GET /settings/programs                    hosts, ports and user name in words
//   GET /settings/programs/profile.mobileconfig   the same for Apple's programs
import { type Request, type Response, Router } from 'express';
import { type Account, AccountFlag } from '../../../mta/accounts/types.ts';
import type { WebParts } from '../web.ts';
import { writeAppleProfile } from './apple-profile.ts';
import { bestDoors, type ProgramDoor, programDoors } from './doors.ts';

/** Those that the account may use. */
const mayUse =
  ({ flags }: Account) =>
  ({ protocol }: ProgramDoor): boolean =>
    (flags & { imap: AccountFlag.noImap, pop3: AccountFlag.noPop, smtp: AccountFlag.noSmtp }[protocol]) === 0;

export function setupRoutes(web: WebParts): Router {
  const router = Router();

  const readDoors = async (req: Request): Promise<readonly ProgramDoor[]> => {
    const { me, listen } = await web.settings.read(['me', 'listen']);
    return programDoors(me.toLowerCase(), listen).filter(mayUse(web.session(req).account));
  };
  const pairOf = (
    doors: readonly ProgramDoor[],
  ): { readonly incoming: ProgramDoor; readonly outgoing: ProgramDoor } | undefined => {
    const incoming = doors.find(({ protocol }) => protocol !== 'smtp');
    const outgoing = doors.find(({ protocol }) => protocol === 'smtp');
    return incoming && outgoing && { incoming, outgoing };
  };

  router.get('/settings/programs', web.signedIn, async (req, res) => {
    const { t } = web.shell.localsOf(req);
    const { address } = web.session(req).account;
    const doors = await readDoors(req);
    await web.render(req, res, {
      view: 'setup/page',
      title: t('programs.title'),
      pageClass: 'page-narrow page-settings',
      model: {
        address,
        hasProfile: pairOf(doors) !== undefined,
        doors: bestDoors(doors).map(({ protocol, security, host, port }) => ({
          title: t(`programs.${protocol}`),
          host,
          port,
          security: t(`programs.${security}`),
        })),
      },
    });
  });

  router.get('/settings/programs/profile.mobileconfig', web.signedIn, async (req: Request, res: Response) => {
    const { t } = web.shell.localsOf(req);
    const { account } = web.session(req);
    const pair = pairOf(await readDoors(req));
    if (pair === undefined) return web.fail(req, res, 404, 'error.notFound');
    const profile = writeAppleProfile({
      ...pair,
      address: account.address,
      name: account.gecos,
      description: t('programs.profileSays', { address: account.address, host: pair.incoming.host }),
    });
    res.setHeader('Content-Disposition', 'attachment; filename="mail.mobileconfig"');
    res.type('application/x-apple-aspen-config').send(profile);
  });

  return router;
}
