// Looks at the header block of a message while it passes: counts hops, lines and bytes (spec/security.md R5).
// Hops are exact `Received:` and `Delivered-To:` fields; qmail's prefix match also counted Received-SPF. The Delivered-To
// lines are kept, for who looks for a loop; of other lines at most a few bytes are held.

const LF = 10;
const HOP = /^(?:received|delivered-to)[ \t]*:/i;
/** qmail-local: the name, and the colon at once. */
const DELIVERED = /^delivered-to:/i;
/** A Delivered-To line with the longest address there is. */
const DELIVERED_BYTES = 1100;
/** Enough of a line to know its name and the colon behind some blanks. */
const NAME_BYTES = 24;

export class HeaderScan {
  hops = 0;
  lines = 0;
  bytes = 0;
  /** The empty line was seen. */
  ended = false;
  /** Delivered-To lines without line feeds, one byte a character. */
  readonly delivered: string[] = [];
  #begun = '';

  /** Takes the next bytes of the message, LF line ends. */
  push(chunk: Buffer): void {
    let at = 0;
    while (!this.ended && at < chunk.length) {
      const lf = chunk.indexOf(LF, at);
      const end = lf < 0 ? chunk.length : lf;
      this.#begin(chunk, at, end);
      this.bytes += end - at + 1;
      at = end + 1;
      if (lf < 0) {
        this.bytes--;
        return;
      }
      if (this.#begun === '') this.ended = true;
      else {
        this.lines++;
        const initial = this.#begun.charCodeAt(0) | 0x20;
        // r or d
        if ((initial === 0x72 || initial === 0x64) && HOP.test(this.#begun)) {
          this.hops++;
          if (DELIVERED.test(this.#begun)) this.delivered.push(this.#begun);
        }
        this.#begun = '';
      }
    }
  }

  /** Takes what is to be remembered of a line, or of a part of one. */
  #begin(chunk: Buffer, at: number, end: number): void {
    const wanted = NAME_BYTES - this.#begun.length;
    if (wanted > 0 && end > at) this.#begun += chunk.toString('latin1', at, Math.min(end, at + wanted));
    if (wanted < end - at && DELIVERED.test(this.#begun)) {
      const from = at + Math.max(0, wanted);
      this.#begun += chunk.toString(
        'latin1',
        from,
        Math.min(end, from + DELIVERED_BYTES - this.#begun.length),
      );
    }
  }
}
