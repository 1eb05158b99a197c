// Signing in: STARTTLS, LOGIN, AUTHENTICATE (RFC 9051 6.2, SASL-IR by RFC 4959). Who may be let in is the accounts' to
// say, brake on guessing and app passwords included; here is what goes over the wire. No password is ever logged, and no
// name that was not let in (security.md L2).
import { LoginThrottled } from '../../../mta/accounts/login-throttle.ts';
import type { Account } from '../../../mta/accounts/types.ts';
import { statPath } from '../../../mta/maildir/calls.ts';
import { type AuthStep, beginAuth, type Credentials } from '../../../mta/smtpd/auth.ts';
import { readScramFirst } from '../../../mta/smtpd/scram-exchange.ts';
import { type Answer, bad, defineCommand, no, noArguments, ok } from '../command.ts';
import { decodeUtf8 } from '../names.ts';
import type { Session } from '../session.ts';
import { capabilitiesOf, mechanismsOf } from './any-state.ts';

/** security.md A6. */
const mostTries = 3;
const longestAnswer = 12 * 1024;

const startTls = defineCommand({
  name: 'STARTTLS',
  state: 'not authenticated',
  parse: noArguments,
  run: (session) => {
    if (!session.port.canStartTls) return bad('TLS is not to be had here');
    // The answer still goes out in clear text; what the client sent behind the command is never executed (I2).
    session.startsTls = true;
    return ok('Begin TLS now');
  },
});

const refused = (): Answer => no('Name or password is wrong', 'AUTHENTICATIONFAILED');
const privacyRequired = (): Answer => no('Passwords are taken over TLS only', 'PRIVACYREQUIRED');

/** One try; an answer where it was refused. */
async function tryOnce<Found extends object>(
  session: Session,
  find: () => Promise<Found | undefined>,
): Promise<Found | { readonly refusal: Answer }> {
  if (++session.tries > mostTries) {
    session.bye('Too many tries');
    return { refusal: refused() };
  }
  let found: Found | undefined;
  try {
    found = await find();
  } catch (error) {
    // security.md A4: the answer is the same for all, and cost no hash.
    if (error instanceof LoginThrottled) session.log('auth-throttled', 'too many wrong passwords');
    throw error;
  }
  if (found === undefined) session.log('auth-failed', 'name and password do not match');
  return found ?? { refusal: refused() };
}

async function signIn(session: Session, { user, password }: Credentials): Promise<Answer> {
  const { server, port } = session;
  const account = await tryOnce(session, () => server.accounts.authenticate(user, password, 'imap', port.ip));
  return 'refusal' in account ? account.refusal : enter(session, account);
}

async function enter(session: Session, account: Account): Promise<Answer> {
  // qmail: whose home is sticky is being worked on; Courier refuses the session as well.
  if (((await statPath(account.directory)).mode & 0o1000) !== 0) {
    session.log('unavailable', 'home is sticky', account.address);
    return no('The mailbox is being worked on; try again later', 'UNAVAILABLE');
  }
  await session.enter(account);
  session.log('authenticated', 'ok', account.address);
  return ok('Signed in', `CAPABILITY ${capabilitiesOf(session)}`);
}

const login = defineCommand({
  name: 'LOGIN',
  state: 'not authenticated',
  parse: (cursor) => {
    const user = cursor.argument();
    const password = cursor.argument();
    cursor.end();
    return { user: decodeUtf8(user), password: decodeUtf8(password) };
  },
  run: (session, { user, password }) => {
    if (!session.port.mayLogin) return privacyRequired();
    return user && password ? signIn(session, { user, password }) : refused();
  },
});

const authenticate = defineCommand({
  name: 'AUTHENTICATE',
  state: 'not authenticated',
  parse: (cursor) => {
    cursor.space();
    const mechanism = cursor.word('A mechanism');
    // RFC 4959 3: base64, or `=` for an empty response.
    const initial = cursor.take(' ') ? cursor.rest() : undefined;
    return { mechanism, initial };
  },
  run: async (session, { mechanism, initial }) => {
    const mechanisms = mechanismsOf(session);
    if (!mechanisms.some((name) => name === mechanism)) return no('There is no such mechanism', 'CANNOT');
    if (!session.port.mayLogin) return privacyRequired();
    const { scram } = session.server.accounts;
    let step: AuthStep = beginAuth(
      initial === undefined ? mechanism : `${mechanism} ${initial}`,
      mechanisms,
      undefined,
      scram && readScramFirst(scram),
    );
    while (step.kind === 'ask' || step.kind === 'wait' || step.kind === 'prove') {
      if (step.kind === 'wait') step = await step.next();
      else if (step.kind === 'prove') {
        const { check, finish } = step;
        const proven = await tryOnce(session, () => check('imap', session.port.ip));
        if ('refusal' in proven) return proven.refusal;
        step = finish(proven);
      } else {
        // `334 text` of SMTP is `+ text` here.
        session.out.text(`+ ${step.reply.text.slice(4)}\r\n`);
        const line = await session.reader.readLine(longestAnswer);
        if (line === undefined) return bad('The answer is too long');
        step = step.answer(line);
      }
    }
    if (step.kind === 'check') return signIn(session, step.credentials);
    if (step.kind === 'known') return enter(session, step.account);
    // 501: malformed, or given up by `*`.
    return step.reply.text.startsWith('501') ? bad('The exchange was given up') : refused();
  },
});

export const loginCommands = [startTls, login, authenticate];
