// Commands that may come at any time: CAPABILITY, NOOP, LOGOUT (RFC 9051 6.1) and ID (RFC 2971); and, once somebody has
// signed in, ENABLE (RFC 5161) and IDLE (RFC 2177).
import { type Mechanism, offeredMechanisms } from '../../../mta/smtpd/auth.ts';
import { capabilityWords } from '../capability.ts';
import { bad, defineCommand, noArguments, ok } from '../command.ts';
import type { Cursor } from '../cursor.ts';
import { ClientGone } from '../reader.ts';
import type { Session } from '../session.ts';
import { appendLimit } from '../settings.ts';

/** Mechanisms of SASL, in the order of the offer. */
export const mechanismsOf = ({ server }: Session): readonly Mechanism[] =>
  offeredMechanisms(server.settings(), server.accounts.scram);

/** The words of CAPABILITY for this session as it is now. */
export const capabilitiesOf = (session: Session): string =>
  capabilityWords({
    isSignedIn: session.account !== undefined,
    canStartTls: session.port.canStartTls,
    mayLogin: session.port.mayLogin,
    canCompress: !session.port.isCompressed,
    mechanisms: mechanismsOf(session),
    appendLimit: appendLimit(session.server.settings()),
  });

const capability = defineCommand({
  name: 'CAPABILITY',
  state: 'any',
  parse: noArguments,
  run: (session) => {
    session.out.text(`* CAPABILITY ${capabilitiesOf(session)}\r\n`);
    return ok('These are the capabilities');
  },
});

const noop = defineCommand({
  name: 'NOOP',
  state: 'any',
  polls: true,
  parse: noArguments,
  run: () => ok('Nothing was done'),
});

const logout = defineCommand({
  name: 'LOGOUT',
  state: 'any',
  telling: 'nothing',
  parse: noArguments,
  run: (session) => {
    session.bye('Goodbye');
    return ok('Signed out');
  },
});

/** RFC 2971 3.3. */
const mostPairs = 30;

function parseId(cursor: Cursor): undefined {
  cursor.space();
  if (!cursor.take('NIL')) {
    let count = 0;
    cursor.list(() => {
      if (++count > mostPairs) cursor.fail('At most 30 fields are allowed');
      if (cursor.string().length > 30) cursor.fail('A field name has at most 30 characters');
      cursor.space();
      if ((cursor.nstring()?.length ?? 0) > 1024) cursor.fail('A value has at most 1024 characters');
    }, true);
  }
  cursor.end();
  return undefined;
}

const id = defineCommand({
  name: 'ID',
  state: 'any',
  parse: parseId,
  run: (session) => {
    // security.md L3: no version for strangers.
    session.out.text('* ID ("name" "Facteur")\r\n');
    return ok('That is who we are');
  },
});

const enable = defineCommand({
  name: 'ENABLE',
  state: 'authenticated',
  parse: (cursor) => {
    const names: string[] = [];
    do {
      cursor.space();
      names.push(cursor.word('A capability'));
    } while (cursor.isNext(' '));
    cursor.end();
    return names;
  },
  run: (session, names) => {
    const { features } = session;
    const done = new Set<string>();
    for (const name of names) {
      if (name === 'CONDSTORE' || name === 'QRESYNC') session.enableCondstore();
      if (name === 'QRESYNC') features.isQresync = true;
      // RFC 9755 3 and RFC 9051 5.1: names of mailboxes are UTF-8 from here on.
      else if (name === 'UTF8=ACCEPT') features.isUtf8 = true;
      else if (name === 'IMAP4REV2') features.isRev2 = features.isUtf8 = true;
      else if (name === 'UIDONLY') features.isUidOnly = true;
      // RFC 5464 4.1
      else if (name === 'METADATA') session.telling.annotations.enable();
      else continue;
      done.add(name === 'IMAP4REV2' ? 'IMAP4rev2' : name);
    }
    session.out.text(`* ENABLED${[...done].map((name) => ` ${name}`).join('')}\r\n`);
    return ok('Enabled');
  },
});

const idle = defineCommand({
  name: 'IDLE',
  state: 'authenticated',
  telling: 'nothing',
  parse: noArguments,
  run: async (session) => {
    await session.tellNews(true, true);
    session.out.text('+ idling\r\n');
    session.telling.start('idle');
    const line = await session.reader.readLine(1024).finally(() => session.telling.stop());
    await session.tellNews(true, false);
    if (line?.toUpperCase() === 'DONE') return ok('Idle ended');
    if (line === undefined) {
      session.bye('Goodbye');
      throw new ClientGone();
    }
    return bad('DONE was expected');
  },
});

export const anyStateCommands = [capability, noop, logout, id, enable, idle];
