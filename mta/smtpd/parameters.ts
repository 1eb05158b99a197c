// The ESMTP parameters of MAIL and RCPT: SIZE (RFC 1870), BODY (RFC 6152), SMTPUTF8 (RFC 6531), AUTH (RFC 4954), and the
// wishes about notifications, RET, ENVID, NOTIFY and ORCPT (RFC 3461), REQUIRETLS (RFC 8689). Pure. A parameter that was not offered is 555, one
// with a wrong value 501.
import type { DsnRecipient } from '../formats/dsn.ts';
import { isPlainOrcpt, parseEnvid, parseNotify, parseOrcpt, parseRet } from '../formats/dsn.ts';
import type { ParsedPath } from './path.ts';
import type { Reply } from './reply.ts';
import { replies } from './reply.ts';

/** What MAIL asked for besides the address. */
export interface MailParameters {
  /** Declared size in bytes, 0 when not declared. */
  readonly size: number;
  readonly utf8: boolean;
  readonly ret?: 'FULL' | 'HDRS' | undefined;
  readonly envid?: string | undefined;
  readonly requireTls?: true | undefined;
}

/**
 * Reads the parameters of a MAIL command.
 * @param databytes largest message, 0 for no limit
 * @param mayNotify DSN was offered
 * @param mayRequireTls REQUIRETLS was offered
 */
export function readMailParameters(
  path: ParsedPath,
  databytes: number,
  mayNotify: boolean,
  mayRequireTls = false,
): Reply | MailParameters {
  let size = 0;
  let utf8 = false;
  let ret: MailParameters['ret'];
  let envid: string | undefined;
  let requireTls: true | undefined;
  for (const [name, value] of path.parameters) {
    if (name === 'SIZE') {
      // RFC 1870 4: up to 20 digits; a number is never read as infinity.
      if (!/^[0-9]{1,20}$/.test(value)) return replies.badParameter;
      size = Number(value);
      if (size > Number.MAX_SAFE_INTEGER) return replies.tooBig;
    } else if (name === 'BODY') {
      if (!/^(?:7BIT|8BITMIME)$/i.test(value)) return replies.badParameter;
    } else if (name === 'SMTPUTF8') {
      if (value !== '') return replies.badParameter;
      utf8 = true;
    } else if (name === 'REQUIRETLS' && mayRequireTls) {
      if (value !== '') return replies.badParameter;
      requireTls = true;
    } else if (name === 'RET' && mayNotify) {
      ret = parseRet(value);
      if (ret === undefined) return replies.badParameter;
    } else if (name === 'ENVID' && mayNotify) {
      envid = parseEnvid(value);
      if (envid === undefined) return replies.badParameter;
    } else if (name !== 'AUTH' || value === '') return replies.unknownParameter;
    // RFC 4954 5: AUTH= is taken and not believed.
  }
  if (databytes > 0 && size > databytes) return replies.tooBig;
  return { size, utf8, ret, envid, requireTls };
}

/**
 * Reads the parameters of a RCPT command.
 * @param utf8 MAIL said SMTPUTF8
 * @param mayNotify DSN was offered
 * @returns undefined when the client has no wish: an ORCPT that only repeats the address is none
 */
export function readRcptParameters(
  path: ParsedPath,
  utf8: boolean,
  mayNotify: boolean,
): Reply | DsnRecipient | undefined {
  let notify: DsnRecipient['notify'];
  let orcpt: string | undefined;
  for (const [name, value] of path.parameters) {
    if (name === 'NOTIFY' && mayNotify) {
      notify = parseNotify(value);
      if (notify === undefined) return replies.badParameter;
    } else if (name === 'ORCPT' && mayNotify) {
      if (!utf8 && /[^\x00-\x7f]/.test(value)) return replies.badParameter;
      orcpt = parseOrcpt(value);
      if (orcpt === undefined) return replies.badParameter;
    } else return replies.unknownParameter;
  }
  if (orcpt !== undefined && isPlainOrcpt(orcpt, path.address)) orcpt = undefined;
  return notify === undefined && orcpt === undefined ? undefined : { notify, orcpt };
}
