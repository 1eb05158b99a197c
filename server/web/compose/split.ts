// A list of recipients as people type and paste it, cut into pieces of one each (RFC 5322 3.4, and the looser forms people
// use). What a piece is, says recipients.ts. Pure, and used by server and browser alike.

/** Splits at commas, semicolons and line breaks that stand outside quotes, angle brackets and comments. */
export function splitRecipients(text: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let quote = false;
  let angle = false;
  let comment = 0;
  const end = () => {
    if (piece.trim() !== '') pieces.push(piece.trim());
    piece = '';
    quote = false;
    angle = false;
    comment = 0;
  };
  for (let at = 0; at < text.length; at++) {
    const char = text[at] as string;
    // A line break always ends a recipient: an unclosed quote then spoils one address, not the list.
    if (/[\r\n\u0085\u2028\u2029]/.test(char)) {
      end();
      continue;
    }
    if (char === '\\' && (quote || comment > 0)) {
      piece += char + (text[at + 1] ?? '');
      at++;
      continue;
    }
    if (quote) quote = char !== '"';
    else if (comment > 0) comment += char === '(' ? 1 : char === ')' ? -1 : 0;
    else if (angle) angle = char !== '>';
    else if (char === '"') quote = true;
    else if (char === '(') comment = 1;
    else if (char === '<') angle = true;
    else if (char === ',' || char === ';') {
      end();
      continue;
    }
    piece += char;
  }
  end();
  return pieces;
}
