// Addresses in HTML mail (webmail.md 3.4, 3.7): which links stay and where they really go. Characters that browsers or
// people do not see are taken out before the scheme is looked at; what is not http, https, mailto or tel is no link.
import { domainToASCII } from 'node:url';

/** A link that may be followed. `host` is what the reader is told: the host, or the address of a mailto or tel. */
export interface CleanLink {
  readonly href: string;
  readonly host: string;
}

const maxHref = 8_192;
// security.md N1: what is dropped before the scheme is judged.
const invisible = /[\u0000-\u0020\u007f-\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff]/g;

/** Judges an href; undefined when it must become plain text. */
export function cleanHref(raw: string): CleanLink | undefined {
  if (raw.length > maxHref) return undefined;
  const text = raw
    .replace(/^[\u0000-\u0020]+/, '')
    .replace(/[\t\r\n]/g, '')
    .trimEnd();
  const scheme = /^(https?|mailto|tel):/i.exec(text.slice(0, 10))?.[1]?.toLowerCase();
  // Hidden characters inside the scheme mean that somebody hides it.
  if (!scheme || !text.replace(invisible, '').toLowerCase().startsWith(`${scheme}:`)) return undefined;
  if ((scheme === 'http' || scheme === 'https') && !/^https?:\/\//i.test(text)) return undefined;
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (scheme === 'mailto' || scheme === 'tel') {
    const host = decodeSafely(url.pathname).slice(0, 320);
    return { href: url.href, host };
  }
  if (url.hostname === '') return undefined;
  return { href: url.href, host: url.host };
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text).replace(/[\u0000-\u001f\u007f-\u009f]/g, '');
  } catch {
    return text;
  }
}

const hostLabel = '[A-Za-z0-9\\u00a1-\\uffff_-]{1,63}';
const hostName = `((?:${hostLabel}\\.){1,10}[A-Za-z\\u00a1-\\uffff]{2,24})`;
const withScheme = new RegExp(`(?:https?:[/\\\\]{2}(?:[^\\s/@]{0,100}@)?|\\bwww\\.)${hostName}`, 'i');
const wholeWord = new RegExp(`^[<("']?(?:[^\\s/@]{1,64}@)?${hostName}(?=[/:?#>)"',.]|$)[^\\s]*$`, 'i');

/** The host that a text claims to lead to, '' when it claims none. Looks at 500 characters. */
export function claimedHost(text: string): string {
  const words = text
    .slice(0, 500)
    .replace(/[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g, '')
    .trim();
  const found = /^\s*www\./i.test(words) ? undefined : withScheme.exec(words)?.[1];
  if (found) return toAscii(found);
  if (/\s/.test(words)) {
    const www = /\bwww\.[^\s/?#)>"']+/i.exec(words)?.[0];
    return www ? toAscii(www) : '';
  }
  return toAscii(wholeWord.exec(words)?.[1] ?? '');
}

function toAscii(host: string): string {
  return domainToASCII(host.toLowerCase().replace(/\.$/, '')) || host.toLowerCase();
}

const bare = (host: string): string => host.replace(/^www\./, '');

/** True when one host is the other or lies below it. Two names under one public suffix are not the same (no list of suffixes is needed). */
function isSameSite(a: string, b: string): boolean {
  const [one, two] = [bare(a), bare(b)];
  return one === two || one.endsWith(`.${two}`) || two.endsWith(`.${one}`);
}

/**
 * The host to print behind a link whose words claim another one, '' when the link is honest (webmail.md 3.7, N9).
 * A target with an internationalised name is always printed, as its ASCII form.
 */
export function deceivingHost(text: string, link: CleanLink): string {
  if (text.trimEnd().endsWith(`[${link.host}]`)) return '';
  const isWeb = /^https?:/i.test(link.href);
  const target = isWeb ? new URL(link.href).hostname : (link.host.split('@').at(-1) ?? '').toLowerCase();
  if (isWeb && /(^|\.)xn--/.test(target) && !text.includes(target)) return link.host;
  const claimed = claimedHost(text);
  if (claimed === '' || link.href.startsWith('tel:')) return '';
  return isSameSite(claimed, target) ? '' : link.host;
}
