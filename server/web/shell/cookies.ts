// Cookies of the web role: reading them strictly and writing them with the attributes of security.md W1. Under TLS a
// cookie that grants something carries the `__Host-` prefix, so that no sub-domain and no plain page can plant one.
import type { Request, Response } from 'express';

/** The cookies of a request; of a repeated name the first counts. Values are not decoded: ours need no decoding. */
export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at < 1) continue;
    const name = pair.slice(0, at).trim();
    if (!cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  return cookies;
}

/** The name a guarded cookie has on this connection: `__Host-sid` under TLS, `sid` without. */
export const guardedName = (req: Request, name: string): string => (req.secure ? `__Host-${name}` : name);

/** Reads a cookie that grants something; the name without its prefix. */
export function readGuarded(req: Request, name: string): string {
  return readCookies(req.headers.cookie).get(guardedName(req, name)) ?? '';
}

/**
 * Sets a cookie that grants something: HttpOnly, SameSite=Lax (Strict for administration), Secure under TLS. No
 * `seconds`: until the browser closes.
 */
export function setGuarded(
  req: Request,
  res: Response,
  name: string,
  value: string,
  seconds: number | undefined,
  sameSite: 'Lax' | 'Strict' = 'Lax',
): void {
  const age = seconds === undefined ? '' : `; Max-Age=${seconds}`;
  const secure = req.secure ? '; Secure' : '';
  res.append(
    'Set-Cookie',
    `${guardedName(req, name)}=${value}; Path=/; HttpOnly; SameSite=${sameSite}${secure}${age}`,
  );
}

/** Sets a cookie that holds a taste (theme, page size): a year, readable by the page's own script. */
export function setTaste(req: Request, res: Response, name: string, value: string): void {
  const secure = req.secure ? '; Secure' : '';
  res.append('Set-Cookie', `${name}=${value}; Path=/; SameSite=Lax; Max-Age=31536000${secure}`);
}

/** What the reader prefers on this device. Unknown values are the default. */
export interface Tastes {
  readonly theme: 'system' | 'light' | 'dark';
  readonly pageSize: number;
  /** IANA name as the browser gave it, unchecked; '' when it gave none. */
  readonly zone: string;
  /** BCP 47 tag, unchecked; '' when none was chosen on this device. */
  readonly language: string;
}

export const pageSizes: readonly number[] = [25, 50, 100, 200];

export function readTastes(req: Request): Tastes {
  const cookies = readCookies(req.headers.cookie);
  const theme = cookies.get('theme');
  const pageSize = Number(cookies.get('n'));
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    pageSize: pageSizes.includes(pageSize) ? pageSize : 50,
    zone: decodeZone(cookies.get('tz') ?? ''),
    language: (cookies.get('lang') ?? '').slice(0, 35),
  };
}

const decodeZone = (text: string): string => text.replace(/%2[fF]/g, '/').slice(0, 64);
