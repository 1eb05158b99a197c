// Logging in to a relay as a client (RFC 4954 with PLAIN of RFC 4616, else LOGIN) and keeping the password out of what
// people read: a server that repeats it is not quoted. Whether the server may have the password at all (TLS, its
// certificate) is decided in session.ts.
import type { Delivered } from '../delivery.ts';
import { type Outcome, temporary } from '../outcome.ts';
import type { Trouble } from './connection.ts';
import type { Reply } from './replies.ts';

/** Who we are to a relay; from control/smtproutes. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');
const plainAnswer = ({ user, password }: Credentials): string => base64(`\0${user}\0${password}`);

// RFC 4954 4: with the answer on it the line may still be no longer than RFC 5321's 512 bytes.
const MAX_INITIAL_ANSWER = 490;

/**
 * Says who we are. `offered` is the parameter of the AUTH keyword. Undefined when we are in; else the outcome for the
 * letter, always temporary: a wrong password is a mistake of this site and the mail waits for its correction.
 */
export async function logIn(
  ip: string,
  credentials: Credentials,
  offered: string,
  ask: (line: string) => Promise<Reply | Trouble>,
): Promise<Outcome | Trouble | undefined> {
  const mechanisms = offered.toUpperCase().split(/\s+/);
  let reply: Reply | Trouble;
  if (mechanisms.includes('PLAIN')) {
    const answer = plainAnswer(credentials);
    const isShort = answer.length <= MAX_INITIAL_ANSWER;
    reply = await ask(isShort ? `AUTH PLAIN ${answer}` : 'AUTH PLAIN');
    if (!isShort && 'code' in reply && reply.code === 334) reply = await ask(answer);
  } else if (mechanisms.includes('LOGIN')) {
    reply = await ask('AUTH LOGIN');
    for (const answer of [credentials.user, credentials.password]) {
      if (!('code' in reply) || reply.code !== 334) break;
      reply = await ask(base64(answer));
    }
  } else {
    return temporary(`Connected to ${ip} but it offers neither AUTH PLAIN nor AUTH LOGIN. (#4.7.0)`);
  }
  if ('trouble' in reply) return reply;
  if (reply.code === 235) return undefined;
  return temporary(`Connected to ${ip} but authentication was rejected.\nRemote host said: ${reply.text}`);
}

const WORDS = '\nRemote host said: ';

/** The outcome without the server's words when they hold the password in any form. */
export function hidePassword(outcome: Delivered, credentials: Credentials | undefined): Delivered {
  if (!credentials) return outcome;
  const at = outcome.text.indexOf(WORDS);
  if (at < 0) return outcome;
  const said = outcome.text.slice(at + WORDS.length);
  // Spread over the lines of a reply it would still be the password.
  const squeezed = said.replace(/\n\d{3}[ -]|\s/g, '');
  const forms = [credentials.password, base64(credentials.password), plainAnswer(credentials)];
  const tells = forms
    .map((form) => form.replace(/=+$/, ''))
    .some((form) => form !== '' && (said.includes(form) || squeezed.includes(form)));
  if (!tells) return outcome;
  return {
    ...outcome,
    text: `${outcome.text.slice(0, at)}${WORDS}${said.slice(0, 3)} (words left out)`,
  };
}
