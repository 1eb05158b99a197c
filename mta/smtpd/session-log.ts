// The line that a door writes for what a client did: who, from whom, to whom, what came of it. Everything that a client
// chose is quoted and cannot end its field.
import { quoted } from '../log.ts';

/** What is known of a session when it writes a line. */
export interface SessionLine {
  readonly ip: string;
  readonly helo: string;
  /** The account that logged in. */
  readonly user: string | undefined;
  readonly sender: string | undefined;
  /** The recipient that the line is about, or the first. */
  readonly recipient: string | undefined;
  /** How many more there are. */
  readonly more: number;
  readonly result: string;
  readonly reason: string;
}

/** A foreign value in a log line: quoted, and unable to end its field. */
export const field = (value: string): string => {
  const text = quoted(value);
  if (!/[ <>]/.test(text)) return text;
  return text.replace(/[ <>]/g, (character) => `\\x${character.charCodeAt(0).toString(16)}`);
};

export function renderSessionLine(line: SessionLine): string {
  const { ip, helo, user, sender, recipient, more, result, reason } = line;
  return [
    `smtpd: ip=${field(ip)} helo=${field(helo)}`,
    ...(user === undefined ? [] : [`user=${field(user)}`]),
    ...(sender === undefined ? [] : [`mail=<${field(sender)}>`]),
    ...(recipient === undefined ? [] : [`rcpt=<${field(recipient)}>${more > 0 ? `+${more}` : ''}`]),
    `result=${result} reason=${quoted(reason)}`,
  ].join(' ');
}
