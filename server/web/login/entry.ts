// What the password step and the second step of signing in share: the token of their forms, the cookie by which a browser
// shows that it signed in to an account before, and the session that begins when all steps are done.
import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { quoted } from '../../../mta/log.ts';
import { readGuarded, setGuarded } from '../shell/cookies.ts';
import { cleanLine } from '../shell/foreign.ts';
import { oneValue } from '../shell/paths.ts';
import { equalSecrets, sign } from '../shell/tickets.ts';
import type { WebParts } from '../web.ts';

export const inbox = '/f/INBOX';
const year = 365 * 86_400;

/** Who has shown everything that was asked. */
export interface Entering {
  /** name@real-domain */
  readonly address: string;
  /** The account as it was written, lower case, completed with the default domain. */
  readonly written: string;
  readonly stay: boolean;
  readonly next: string;
}

export interface Entry {
  /** The form's token belongs to a cookie of this browser, so that nobody signs others in to his own account (W2). */
  formToken(req: Request, res: Response): string;
  hasFormToken(req: Request): boolean;
  /** A browser that signed in to this account before shows it with a signed cookie; A4 keeps strangers from locking it out. */
  deviceOf(req: Request, written: string): string | undefined;
  /** Begins the session and goes where it was wanted. Throws while something of a former person is left. */
  enter(req: Request, res: Response, who: Entering): void;
}

export function createEntry(web: WebParts): Entry {
  const deviceOf = (req: Request, written: string): string | undefined => {
    const [id = '', mac = ''] = readGuarded(req, 'device').split('.');
    return /^[\w-]{22}$/.test(id) && equalSecrets(mac, sign(web.key, 'device', id, written)) ? id : undefined;
  };
  return {
    formToken(req, res) {
      let seed = readGuarded(req, 'form');
      if (!/^[\w-]{22}$/.test(seed)) {
        seed = randomBytes(16).toString('base64url');
        setGuarded(req, res, 'form', seed, undefined);
      }
      return sign(web.key, 'login', seed);
    },
    hasFormToken(req) {
      const seed = readGuarded(req, 'form');
      return seed !== '' && equalSecrets(oneValue(req.body?.csrf), sign(web.key, 'login', seed));
    },
    deviceOf,
    enter(req, res, { address, written, stay, next }) {
      if (web.gone.isHaunted(address))
        throw new Error(`${quoted(address)}: what a former person left is not forgotten yet`);
      // A new id at every sign in; the one the browser came with ends (W1: no fixation).
      web.sessions.end(readGuarded(req, 'sid'));
      const device = cleanLine(String(req.headers['user-agent'] ?? ''), 200);
      const cookie = web.sessions.begin(address, stay, device);
      setGuarded(req, res, 'sid', cookie, stay ? web.sessions.limits.stay / 1000 : undefined);
      const isKnown = deviceOf(req, written) !== undefined;
      web.security.noteSignIn(req, address, isKnown);
      const known = randomBytes(16).toString('base64url');
      if (!isKnown)
        setGuarded(req, res, 'device', `${known}.${sign(web.key, 'device', known, written)}`, year);
      web.log(`web: ${address} signed in from ${quoted(req.ip ?? '')}`);
      const { startFolder } = web.choiceStore.read(address);
      web.goBack(res, next, startFolder === 'INBOX' ? inbox : '/');
    },
  };
}
