// Leaving a mailing by one POST (RFC 8058), for a reader who was asked. A guarded request like a picture's: to a checked
// public address, without cookies or referrer, within ten seconds. A redirect is not followed (RFC 8058 3.1: there is
// none), and what the other side says is not read: only whether it said yes.
import { isIP } from 'node:net';
import {
  findAddress,
  type GuardFailure,
  type GuardOptions,
  judgeUrl,
  requestOnce,
  withinLimit,
} from '../../mta/net/guarded-request.ts';

export type OneClickResult =
  | { readonly ok: true }
  /** `refused`: the other side answered no, or sent us elsewhere. */
  | { readonly ok: false; readonly reason: GuardFailure | 'refused' };

const fail = (reason: GuardFailure | 'refused'): OneClickResult => ({ ok: false, reason });

/** Never rejects. */
export function postOneClick(address: string, options: GuardOptions): Promise<OneClickResult> {
  return withinLimit(options.totalLimit ?? 10_000, fail('too-slow'), async (signal) => {
    const url = judgeUrl(address, options.allowPorts);
    if (url?.protocol !== 'https:') return fail('bad-address');
    const found = await findAddress(url.hostname, options);
    if (isIP(found) === 0) return fail(found as GuardFailure);
    if (signal.aborted) return fail('too-slow');
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'one-click unsubscribe' },
      body: 'List-Unsubscribe=One-Click',
    } as const;
    return requestOnce<OneClickResult>(url, found, request, options, signal, {
      fail,
      read: ({ statusCode = 0 }, finish) =>
        finish(statusCode >= 200 && statusCode < 300 ? { ok: true } : fail('refused')),
    });
  });
}
