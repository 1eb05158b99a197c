// Why a certificate authority did not do what it was asked (RFC 8555 6.7), or what kept us from asking: for the log and for
// administrators, with the time at which asking again makes sense.

/** The last part of `urn:ietf:params:acme:error:`, or one of ours. */
export type ProblemKind = string;

export class AcmeProblem extends Error {
  override readonly name = 'AcmeProblem';
  /** `rateLimited`, `unauthorized`, `connection` ...; ours: `unreachable`, `garbage`, `slow`, `wrong`. */
  readonly kind: ProblemKind;
  /** Seconds from now before which nobody asks again. */
  readonly retryAfter: number | undefined;

  constructor(kind: ProblemKind, words: string, retryAfter?: number) {
    super(words);
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}

const urn = 'urn:ietf:params:acme:error:';
const longestWords = 500;

/** One line of printable text: it comes from elsewhere. */
const plain = (value: unknown): string =>
  typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, longestWords) : '';

/** A problem document (RFC 7807), as far as it is one. @param fallback words when it says nothing */
export function readProblem(document: unknown, fallback: string, retryAfter?: number): AcmeProblem {
  const { type, detail, subproblems } = (document ?? {}) as Record<string, unknown>;
  const kind = typeof type === 'string' && type.startsWith(urn) ? type.slice(urn.length) : 'other';
  const parts = Array.isArray(subproblems)
    ? subproblems.slice(0, 10).map((each) => {
        const { detail: words, identifier } = (each ?? {}) as Record<string, unknown>;
        return `${plain((identifier as { value?: unknown } | undefined)?.value)}: ${plain(words)}`;
      })
    : [];
  const words = [plain(detail) || fallback, ...parts].join('; ').slice(0, 2 * longestWords);
  return new AcmeProblem(/^[A-Za-z]{1,40}$/.test(kind) ? kind : 'other', words, retryAfter);
}

/** Retry-After: seconds or a date (RFC 9110 10.2.3). Undefined: it is neither. @param now milliseconds since 1970 */
export function readRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isFinite(at) ? Math.max(0, Math.ceil((at - now) / 1000)) : undefined;
}
