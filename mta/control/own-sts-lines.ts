// control/mtasts: what our own domains tell others of MTA-STS (RFC 8461), DOMAIN:MODE:SECONDS or DOMAIN:MODE:SECONDS:HOST,HOST.
// Pure: lines in, checked policies out, and a line for one. Without hosts the policy names control/me.
import { lowerAscii } from '../formats/address.ts';
import { ControlError, type ControlFile, readLines } from './reading.ts';

export const stsModes = ['enforce', 'testing', 'none'] as const;
export type StsMode = (typeof stsModes)[number];

/** What a domain of ours tells. */
export interface OwnSts {
  readonly mode: StsMode;
  /** Seconds for which others keep it. */
  readonly maxAge: number;
  /** Mail hosts; empty: control/me. */
  readonly mx: readonly string[];
}

/** RFC 8461 3.2. */
const MOST_SECONDS = 31_557_600;
const host = /^(?:\*\.)?[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

function readOne(file: ControlFile, line: string): readonly [string, OwnSts] {
  const [domain = '', mode, age = '', hosts = '', ...more] = lowerAscii(line).split(':');
  const known = stsModes.find((each) => each === mode);
  const mx = hosts.split(',').filter((each) => each !== '');
  const isRight =
    host.test(domain) &&
    known !== undefined &&
    /^\d{1,8}$/.test(age) &&
    Number(age) <= MOST_SECONDS &&
    mx.every((each) => host.test(each)) &&
    more.length === 0;
  if (!isRight)
    throw new ControlError(
      file.path,
      line,
      `DOMAIN:MODE:SECONDS, MODE one of ${stsModes.join(' ')}, at most ${MOST_SECONDS} seconds, perhaps with :HOST,HOST behind`,
    );
  return [domain, { mode: known!, maxAge: Number(age), mx }];
}

/** By domain in lower case; the last of two lines counts. */
export const readOwnSts = (file: ControlFile): ReadonlyMap<string, OwnSts> =>
  new Map((readLines(file) ?? []).map((line) => readOne(file, line)));

/** The text of control/mtasts with another policy of one domain, or none. Other lines stay as they are. */
export function changeOwnSts(text: string, domain: string, policy: OwnSts | undefined): string {
  const kept = text.split('\n').filter((line) => {
    const [name] = line.trim().split(':');
    return line.trim() !== '' && (line.startsWith('#') || lowerAscii(name ?? '') !== domain);
  });
  if (policy) {
    const hosts = policy.mx.length > 0 ? `:${policy.mx.join(',')}` : '';
    kept.push(`${domain}:${policy.mode}:${policy.maxAge}${hosts}`);
  }
  return kept.map((line) => `${line}\n`).join('');
}
