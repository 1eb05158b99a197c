// The MTA-STS policies of our own domains (RFC 8461 3.2), asked for by other mail servers before they send: the same for
// everybody, without a session, for the name mta-sts.DOMAIN alone.
//   GET /.well-known/mta-sts.txt
import { type ErrorRequestHandler, Router } from 'express';
import { ControlError } from '../../../mta/control/settings.ts';
import { quoted } from '../../../mta/log.ts';
import { publishSts } from '../../../mta/trust/own-sts.ts';
import type { WebParts } from '../web.ts';

/** A label that RFC 8461 3.2 sets. */
const prefix = 'mta-sts.';

export function publicStsPolicy(web: WebParts): Router {
  const router = Router();

  router.get('/.well-known/mta-sts.txt', async (req, res) => {
    const host = (req.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
    const { mtasts, me } = await web.settings.read(['mtasts', 'me']);
    const policy = host.startsWith(prefix) ? publishSts(mtasts, host.slice(prefix.length), me) : undefined;
    if (policy === undefined)
      return void res.status(404).type('text/plain').send('This host has no policy for that domain.\n');
    res.type('text/plain').set('cache-control', 'max-age=60').send(policy.text);
  });

  const onError: ErrorRequestHandler = (error, _req, res, next) => {
    if (!(error instanceof ControlError)) return next(error);
    web.log(`web: MTA-STS policies: ${quoted(error.message)}`);
    // Others keep what they have.
    res.status(503).type('text/plain').send('Not now.\n');
  };
  router.use('/.well-known/mta-sts.txt', onError);
  return router;
}
