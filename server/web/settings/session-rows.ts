// The web sessions of an account as pages list them, for their owner and for administrators, and ending one of them.
import type { Request } from 'express';
import { cleanLine } from '../shell/foreign.ts';
import { sign } from '../shell/tickets.ts';
import type { WebParts } from '../web.ts';

/** Browser and system out of a User-Agent line, for people; '' when it says neither. */
export function describeDevice(userAgent: string): string {
  const browser = /Firefox\//.exec(userAgent)
    ? 'Firefox'
    : /Edg\//.exec(userAgent)
      ? 'Edge'
      : /Chrom(?:e|ium)\//.exec(userAgent)
        ? 'Chrome'
        : /Safari\//.exec(userAgent)
          ? 'Safari'
          : '';
  const system = /Android/.exec(userAgent)
    ? 'Android'
    : /iPhone|iPad/.exec(userAgent)
      ? 'iOS'
      : /Windows/.exec(userAgent)
        ? 'Windows'
        : /Mac OS/.exec(userAgent)
          ? 'macOS'
          : /Linux/.exec(userAgent)
            ? 'Linux'
            : '';
  return [browser, system].filter((part) => part !== '').join(', ');
}

/** What a page calls a session: not the hash that the database finds it by. */
const rowId = (web: WebParts, hash: string): string => sign(web.key, 'session-row', hash).slice(0, 22);

export function sessionRows(web: WebParts, req: Request, address: string) {
  const { t, formats } = web.shell.localsOf(req);
  const here = web.guards.recordOf(req)?.hash;
  return web.sessions.list(address).map((record) => ({
    device: describeDevice(record.device) || cleanLine(record.device, 40) || t('settings.unknownDevice'),
    seen: formats.full(record.lastSeen),
    here: record.hash === here,
    id: rowId(web, record.hash),
  }));
}

/** Ends the session that a page named, but never the one that asks. False: there is none of the name. */
export function endSessionOfRow(web: WebParts, req: Request, address: string, id: string): boolean {
  const record = web.sessions.list(address).find(({ hash }) => rowId(web, hash) === id);
  if (!record || record.hash === web.guards.recordOf(req)?.hash) return false;
  web.sessions.endOne(address, record.hash);
  return true;
}
