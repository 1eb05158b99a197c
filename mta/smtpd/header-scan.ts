// Looks at the header block of a message while it passes: counts hops, lines and bytes (spec/security.md R5).
// Hops are exact `Received:` and `Delivered-To:` fields; qmail's prefix match also counted Received-SPF.
// Holds at most a few bytes of an unfinished line.

const LF = 10;
const HOP = /^(?:received|delivered-to)[ \t]*:/i;
/** Enough of a line to know its name and the colon behind some blanks. */
const NAME_BYTES = 24;

export class HeaderScan {
  hops = 0;
  lines = 0;
  bytes = 0;
  /** The empty line was seen. */
  ended = false;
  #begun = '';

  /** Takes the next bytes of the message, LF line ends. */
  push(chunk: Buffer): void {
    let at = 0;
    while (!this.ended && at < chunk.length) {
      const lf = chunk.indexOf(LF, at);
      const end = lf < 0 ? chunk.length : lf;
      const wanted = NAME_BYTES - this.#begun.length;
      if (wanted > 0 && end > at) this.#begun += chunk.toString('latin1', at, Math.min(end, at + wanted));
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
        if ((initial === 0x72 || initial === 0x64) && HOP.test(this.#begun)) this.hops++;
        this.#begun = '';
      }
    }
  }
}
