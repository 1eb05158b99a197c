// A message that came as a binary literal (RFC 3516 4.3), as it can be stored: a Maildir keeps lines, so the content of
// parts that say `binary` is written in base64, and they say so. All else stays as it is. Pure.
import { scanStructure, walkParts } from '../structure.ts';

const lineBytes = 57;

/** RFC 2045 6.8: lines of 76 characters. */
function encodeLines(content: Buffer, lineEnd: string): Buffer {
  const lines: string[] = [];
  for (let at = 0; at < content.length; at += lineBytes)
    lines.push(content.toString('base64', at, Math.min(content.length, at + lineBytes)));
  return Buffer.from(lines.map((line) => line + lineEnd).join(''), 'latin1');
}

/** The message with no binary content left in it. */
export function encodeBinaryParts(message: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const part of walkParts(scanStructure(message).root)) {
    if (part.encoding !== 'binary' || part.parts.length > 0 || part.start < from) continue;
    const field = part.fields.findLast(({ name }) => name === 'content-transfer-encoding');
    if (!field) continue;
    const lineEnd = message[field.end - 2] === 13 ? '\r\n' : '\n';
    // The line end before a boundary is the boundary's.
    const content = message.subarray(part.start, part.end);
    pieces.push(
      message.subarray(from, field.from),
      Buffer.from(` base64${lineEnd}`, 'latin1'),
      message.subarray(field.end, part.start),
      encodeLines(content, lineEnd),
    );
    from = part.end;
  }
  return from === 0 ? message : Buffer.concat([...pieces, message.subarray(from)]);
}
