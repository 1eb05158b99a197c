// What mail programs ask before anybody is signed in. It is the same for every name of a domain of ours, tells nothing of
// accounts, changes nothing and needs no session; so it is answered whatever name Host carries (autoconfig.DOMAIN ...).
//   GET  /mail/config-v1.1.xml, /.well-known/autoconfig/mail/config-v1.1.xml   `emailaddress`, or the domain of Host
//   POST /autodiscover/autodiscover.xml    Outlook's request; GET: where to post it
//   GET  /autodiscover/autodiscover.json   `Email`, `Protocol=AutodiscoverV1`: where to post it
import express, { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { ControlError } from '../../../mta/control/settings.ts';
import { asciiDomain } from '../../../mta/formats/idn.ts';
import { XmlError } from '../../../mta/formats/xml.ts';
import { quoted } from '../../../mta/log.ts';
import { oneValue } from '../shell/paths.ts';
import type { WebParts } from '../web.ts';
import { writeAutoconfig } from './autoconfig.ts';
import {
  readAutodiscover,
  writeAutodiscover,
  writeAutodiscoverError,
  writeMobileSyncError,
} from './autodiscover.ts';
import { bestDoors, type ProgramDoor, programDoors } from './doors.ts';

/** Bytes of a request: Outlook's has some 400. */
const mostRequest = '16kb';

/** The domain of an address, in the form in which we keep domains; '' for what is none. */
function domainOfAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const isAddress = at > 0 && address.length <= 320 && !/[\s\u0000-\u001f\u007f<>]/.test(address);
  return isAddress ? (asciiDomain(address.slice(at + 1)) ?? '') : '';
}

export function publicSetup(web: WebParts): Router {
  const router = Router();

  const readDoors = async (): Promise<readonly ProgramDoor[]> => {
    const { me, listen } = await web.settings.read(['me', 'listen']);
    return programDoors(me.toLowerCase(), listen);
  };
  const isOurs = async (domain: string): Promise<boolean> =>
    domain !== '' && (await web.accounts.findDomain(domain)) !== undefined;
  const sendXml = (res: Response, text: string, status = 200): void =>
    void res.status(status).type('text/xml; charset=utf-8').send(text);
  const place = (): string => `https://${web.hosts?.[0] ?? web.me}/autodiscover/autodiscover.xml`;

  const autoconfig = async (req: Request, res: Response): Promise<void> => {
    const address = oneValue(req.query.emailaddress);
    const host = (req.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const domain = address === '' ? host.replace(/^autoconfig\./, '') : domainOfAddress(address);
    const doors = await readDoors();
    if (doors.length === 0 || !(await isOurs(domain)))
      return void res.status(404).type('text/plain').send('This host has no mail of that domain.\n');
    sendXml(res, writeAutoconfig(domain, doors));
  };
  router.get('/mail/config-v1.1.xml', autoconfig);
  router.get('/.well-known/autoconfig/mail/config-v1.1.xml', autoconfig);

  const wrong = (res: Response, code: 500 | 600 | 601, words: string): void =>
    sendXml(res, writeAutodiscoverError(code, words, new Date(web.clock())));

  // A program without TLS looks for the place to post to (the redirect of [MS-OXDSCLI] 3.1.5.4); one at it has to post.
  router.get('/autodiscover/autodiscover.xml', (req, res) => {
    if (req.secure) return wrong(res, 600, 'Invalid request');
    res.redirect(302, place());
  });

  router.get('/autodiscover/autodiscover.json', async (req, res) => {
    const protocol = oneValue(req.query.Protocol);
    const isKnown = await isOurs(domainOfAddress(oneValue(req.query.Email)));
    if (isKnown && protocol.toLowerCase() === 'autodiscoverv1')
      return void res.json({ Protocol: 'AutodiscoverV1', Url: place() });
    res
      .status(404)
      .json({ ErrorCode: 'ProtocolNotSupported', ErrorMessage: 'There is no such service here.' });
  });

  router.post(
    '/autodiscover/autodiscover.xml',
    express.text({ type: () => true, limit: mostRequest, inflate: false, defaultCharset: 'utf-8' }),
    async (req, res) => {
      const { address, schema } = readAutodiscover(typeof req.body === 'string' ? req.body : '');
      if (schema === 'unknown') return wrong(res, 601, 'Provider is not available');
      if (!(await isOurs(domainOfAddress(address))))
        return wrong(res, 500, "The email address can't be found.");
      if (schema === 'mobilesync')
        return sendXml(res, writeMobileSyncError('There is no ActiveSync here; use IMAP.'));
      const doors = bestDoors(await readDoors());
      if (doors.length === 0) return wrong(res, 500, 'No mail program is served here.');
      sendXml(res, writeAutodiscover(address, doors));
    },
  );

  const onError: ErrorRequestHandler = (error, _req, res, next) => {
    if (error instanceof XmlError) return wrong(res, 600, `Invalid request: ${error.message}`);
    if (error instanceof ControlError) {
      web.log(`web: set-up of mail programs: ${quoted(error.message)}`);
      return void res.status(503).type('text/plain').send('Not now.\n');
    }
    // The body was too large, too slow, compressed or of no known character set.
    const status: unknown = (error as { status?: unknown }).status;
    if (typeof status === 'number' && status >= 400 && status < 500)
      return void res.status(status).type('text/plain').send('That is no request.\n');
    next(error);
  };
  router.use(onError);
  return router;
}
