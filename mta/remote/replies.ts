// SMTP replies as a client may believe them (RFC 5321 4.2, security.md S3). Pure: bytes in, whole replies out, with
// limits on all that a hostile server chooses. What is kept of the words is clean enough for a log line or a bounce.

/** Bytes of a reply line that are kept; the rest of the line is dropped. */
export const MAX_REPLY_LINE = 512;
/** Lines of one reply. */
export const MAX_REPLY_LINES = 100;
/** Bytes of one reply, dropped ones included. */
export const MAX_REPLY_BYTES = 65_536;
/** Bytes of a reply that go into a report (qmail-remote HUGESMTPTEXT). */
export const MAX_REPORT_TEXT = 5000;

/** One whole reply. */
export interface Reply {
  /** 200 to 599. */
  readonly code: number;
  /** All lines with their codes, joined by LF, cleaned by `cleanReplyText`. */
  readonly text: string;
  /** The words of each line, without code; raw ASCII for keywords. */
  readonly lines: readonly string[];
}

/**
 * Makes a server's words fit for reports: CR is dropped, invalid UTF-8 and control characters (C1 and line separators
 * too) become `?`, TAB becomes a space, LF stays. At most MAX_REPORT_TEXT bytes.
 */
export function cleanReplyText(bytes: Buffer): string {
  // Nearly all replies.
  const plain = bytes.length <= MAX_REPORT_TEXT ? bytes.toString('latin1') : '\0';
  if (CLEAN_LINE.test(plain)) return plain;
  let kept = bytes.subarray(0, MAX_REPORT_TEXT);
  // A cut inside a UTF-8 sequence would show as a damaged letter.
  if (kept.length < bytes.length) {
    let end = kept.length;
    while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
    kept = bytes.subarray(0, end);
  }
  return kept
    .toString('utf8')
    .replace(/\r/g, '')
    .replace(/\t/g, ' ')
    .replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffd]/g, '?')
    .replace(/\n+$/, '');
}

const EMPTY = Buffer.alloc(0);
const CLEAN_LINE = /^[\x20-\x7e]*$/;

// RFC 5321 4.2: three digits, then space, hyphen or the end of the line.
const REPLY_LINE = /^([2-5][0-9][0-9])([ -]|$)/;

/** Cuts a stream of bytes into replies. After a broken one it takes nothing more. */
export class ReplyReader {
  /** Whole replies not yet taken. */
  private readonly replies: Reply[] = [];
  /** What came of the line under way, at most MAX_REPLY_LINE bytes. */
  private line: Buffer = EMPTY;
  private lines: Buffer[] = [];
  private size = 0;
  private brokenText: string | undefined;

  /** The words received when the server left the protocol, cleaned; undefined while it keeps to it. */
  get broken(): string | undefined {
    return this.brokenText;
  }

  /** Is a whole reply ready? */
  get hasReply(): boolean {
    return this.replies.length > 0;
  }

  /** Does something lie here that nobody has asked for: a reply, or a part of one? */
  get hasInput(): boolean {
    return this.replies.length > 0 || this.size > 0 || this.brokenText !== undefined;
  }

  /** Takes the next whole reply. */
  take(): Reply | undefined {
    return this.replies.shift();
  }

  feed(chunk: Buffer): void {
    let from = 0;
    while (from < chunk.length && this.brokenText === undefined) {
      const lf = chunk.indexOf(10, from);
      const to = lf < 0 ? chunk.length : lf;
      const next = lf < 0 ? to : lf + 1;
      this.size += next - from;
      const kept = chunk.subarray(from, Math.min(to, from + MAX_REPLY_LINE - this.line.length));
      this.line = this.line.length === 0 ? kept : Buffer.concat([this.line, kept]);
      if (this.size > MAX_REPLY_BYTES) this.fail();
      else if (lf >= 0) this.endLine();
      from = next;
    }
  }

  private fail(): void {
    const received = [...this.lines, this.line];
    this.brokenText = cleanReplyText(joinLines(received.slice(0, 10)));
  }

  private endLine(): void {
    let line = this.line;
    if (line.at(-1) === 13) line = line.subarray(0, -1);
    const match = REPLY_LINE.exec(line.toString('latin1'));
    const first = this.lines[0]?.toString('latin1', 0, 3);
    // RFC 5321 4.2.1: the same code on every line.
    if (!match || (first !== undefined && first !== match[1]) || this.lines.length >= MAX_REPLY_LINES) {
      this.fail();
      return;
    }
    this.line = EMPTY;
    this.lines.push(line);
    if (match[2] === '-') return;
    this.replies.push({
      code: Number(match[1]),
      text: cleanReplyText(joinLines(this.lines)),
      lines: this.lines.map((each) => each.toString('latin1', 4)),
    });
    this.lines = [];
    this.size = 0;
  }
}

function joinLines(lines: readonly Buffer[]): Buffer {
  return Buffer.concat(lines.flatMap((line, i) => (i === 0 ? [line] : [Buffer.from('\n'), line])));
}

/** The service extensions of an EHLO reply by keyword in upper case, with their parameters (RFC 5321 4.1.1.1). */
export function parseExtensions(reply: Reply): ReadonlyMap<string, string> {
  const extensions = new Map<string, string>();
  for (const line of reply.lines.slice(1)) {
    const [, keyword, rest] = /^([A-Za-z0-9][A-Za-z0-9-]*)[ =]?(.*)$/.exec(line) ?? [];
    if (keyword) extensions.set(keyword.toUpperCase(), rest ?? '');
  }
  return extensions;
}
