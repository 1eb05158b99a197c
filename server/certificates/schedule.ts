// When a certificate is fetched (RFC 8555): at once when there is none for its names, then at two thirds of its life and a
// little later, by chance, so that not all sites of the world come in the same hour; after a failure later and later, and
// never before the authority said. An authority that names a window (RFC 9773) is believed. Pure.

/** What is kept of one certificate, on disk. Times in milliseconds since 1970. */
export interface Renewal {
  /** The first is its name. */
  readonly names: readonly string[];
  /** The authority that it was asked of. */
  readonly directory: string;
  /** PEM. Each certificate of these names has the same: who published its TLSA record (RFC 7672) need not touch it. */
  readonly key?: string | undefined;
  /** The order that is under way. */
  readonly order?: string | undefined;
  /** Chain and key that are not in place yet. */
  readonly issued?: string | undefined;
  /** The last one's own part (PEM), and from when it holds. */
  readonly certificate?: string | undefined;
  readonly from?: number | undefined;
  /** When the authority is asked again for its window. */
  readonly askAt?: number | undefined;
  /** Where the last one was put, below control/. */
  readonly file?: string | undefined;
  readonly until?: number | undefined;
  readonly renewAt?: number | undefined;
  readonly triedAt?: number | undefined;
  /** After a failure: not before. */
  readonly nextAt?: number | undefined;
  readonly failures: number;
  readonly problem?: { readonly kind: string; readonly words: string } | undefined;
}

const minute = 60_000;
const pauses = [5 * minute, 30 * minute, 120 * minute, 480 * minute, 1440 * minute];
/** When an authority says that it is too much, and not until when. */
const rateLimitPause = 180 * minute;
const longestPause = 7 * 1440 * minute;

/** @param random 0 to 1 */
export const renewalTime = (from: number, to: number, random: number): number =>
  Math.round(from + ((to - from) * 2) / 3 + ((to - from) / 50) * random);

/** RFC 9773 4.3: a window is never a reason to come too late. The last tenth of the life is ours. */
export const limitMoment = (moment: number, from: number, until: number): number =>
  Math.min(moment, until - (until - from) / 10);

/** RFC 9773 4.3.2: as the authority said, within reason; every six hours or so. @param retryAfter seconds */
export const whenToAskAgain = (now: number, retryAfter: number | undefined, random: number): number => {
  const said = retryAfter === undefined ? 360 * minute : retryAfter * 1000;
  return now + Math.min(1440 * minute, Math.max(30 * minute, said)) * (1 + random / 5);
};

/** Milliseconds until the next try after so many failures. @param retryAfter seconds, as the authority said */
export function pauseAfter(
  failures: number,
  kind: string,
  retryAfter: number | undefined,
  random: number,
): number {
  const own = pauses[Math.min(Math.max(failures, 1), pauses.length) - 1] as number;
  const said = retryAfter === undefined ? (kind === 'rateLimited' ? rateLimitPause : 0) : retryAfter * 1000;
  return Math.min(longestPause, Math.max(own, said) * (1 + random / 5));
}

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name) => other.includes(name));

/** What is known of a certificate, as far as it is still the one that is wanted. */
export const recall = (known: Renewal | undefined, names: readonly string[], directory: string): Renewal =>
  known !== undefined && known.directory === directory && isSame(known.names, names)
    ? known
    : { names, directory, failures: 0, key: known?.key };

/** Is it time? */
export function isDue({ renewAt, nextAt, issued }: Renewal, now: number): boolean {
  if (nextAt !== undefined && now < nextAt) return false;
  return issued !== undefined || renewAt === undefined || now >= renewAt;
}
