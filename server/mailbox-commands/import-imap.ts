// Source of an import: another IMAP server, by imapflow. Folders in their own order with `.` for whatever parts levels
// there, messages with flags, keywords and INTERNALDATE. A message is known by UIDVALIDITY and UID; nothing is changed
// there. A password is never an argument, where `ps` would show it.
import { ImapFlow } from 'imapflow';
import { openQuestions } from '../../mta/commands/ask-password.ts';
import type { CommandContext } from '../../mta/commands/command.ts';
import { Fatal } from '../../mta/commands/fatal.ts';
import type { ImportSource, IncomingFolder } from './import.ts';

const letters: Readonly<Record<string, string>> = {
  '\\Seen': 'S',
  '\\Flagged': 'F',
  '\\Answered': 'R',
  '\\Deleted': 'T',
  '\\Draft': 'D',
  $Forwarded: 'P',
};

/** UIDs of one FETCH. */
const step = 50;

export async function openImapSource(
  text: string,
  isInsecure: boolean,
  context: CommandContext,
): Promise<ImportSource> {
  const found = /^(imaps?):\/\/(.{1,320})@([A-Za-z0-9.:[\]_-]{1,255}?)(?::(\d{1,5}))?\/?$/.exec(text);
  if (!found)
    throw new Fatal(100, 'SOURCE of another server is imap://USER@HOST or imaps://USER@HOST[:PORT]');
  const secure = found[1] === 'imaps';
  const [user, host] = [decodeURIComponent(found[2]!), found[3]!.replace(/^\[|\]$/g, '')];
  const port = Number(found[4] ?? (secure ? 993 : 143));
  const questions = openQuestions(context);
  let pass: string;
  try {
    pass = await questions.askHidden(`Password of ${user} at ${host}: `);
  } finally {
    questions.close();
  }
  const client = new ImapFlow({
    host,
    port,
    secure,
    // Without --insecure a server that offers no TLS gets no password.
    ...(secure ? {} : { doSTARTTLS: !isInsecure }),
    tls: { rejectUnauthorized: !isInsecure },
    auth: { user, pass },
    logger: false,
    disableAutoIdle: true,
  });
  // Told by the call that meets it.
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    const refused = (error as { authenticationFailed?: boolean }).authenticationFailed;
    throw new Fatal(
      refused ? 100 : 111,
      `${host}: ${refused ? 'the password is not taken' : wordsOf(error)}`,
    );
  }
  const faults: string[] = [];
  return {
    name: `imap://${user}@${host}:${port}`,
    faults,
    async folders() {
      const list = await call(host, () => client.list());
      const shown = list.filter(
        (folder) => !folder.flags.has('\\Noselect') && !folder.flags.has('\\NonExistent'),
      );
      return shown.map((folder) => readFolder(client, host, folder.path, folder.delimiter, faults));
    },
    async close() {
      await client.logout().catch(() => client.close());
    },
  };
}

const wordsOf = (error: unknown): string =>
  (error as { responseText?: string }).responseText ?? (error instanceof Error ? error.message : 'error');

async function call<Result>(host: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw new Fatal(111, `${host}: ${wordsOf(error)}; give the same order again to go on`);
  }
}

/** Our name of a folder: levels parted by dots, INBOX and what is below it without the prefix. */
export function nameOfPath(path: string, delimiter: string): string {
  const levels = (delimiter ? path.split(delimiter) : [path]).map((level) =>
    level.replace(/[./%*\x00-\x1f\x7f]/g, '-').trim(),
  );
  if (levels.length > 1 && /^inbox$/i.test(levels[0]!)) levels.shift();
  else if (levels.length === 1 && /^inbox$/i.test(levels[0]!)) return 'INBOX';
  return levels.filter((level) => level !== '').join('.') || 'Unnamed';
}

function readFolder(
  client: ImapFlow,
  host: string,
  path: string,
  delimiter: string,
  faults: string[],
): IncomingFolder {
  return {
    name: nameOfPath(path, delimiter),
    count: undefined,
    async *messages(isDone) {
      const lock = await call(host, () => client.getMailboxLock(path, { readOnly: true }));
      try {
        const mailbox = client.mailbox;
        if (!mailbox || mailbox.exists === 0) return;
        const idOf = (uid: number): string => `${path}/${mailbox.uidValidity}.${uid}`;
        const uids = (await call(host, () => client.search({ all: true }, { uid: true }))) || [];
        const wanted = uids.filter((uid) => !isDone(idOf(uid)));
        for (let i = 0; i < wanted.length; i += step) {
          const range = wanted.slice(i, i + step);
          const fetched = await call(host, () =>
            client.fetchAll(
              range,
              { uid: true, flags: true, internalDate: true, source: true },
              { uid: true },
            ),
          );
          for (const message of fetched) {
            if (!message.source) {
              faults.push(`${path} UID ${message.uid}`);
              continue;
            }
            const flags = [...(message.flags ?? [])];
            const received = message.internalDate ? new Date(message.internalDate).getTime() : Number.NaN;
            yield {
              id: idOf(message.uid),
              message: message.source,
              flags: flags.map((flag) => letters[flag] ?? '').join(''),
              keywords: flags.filter((flag) => !flag.startsWith('\\') && flag !== '$Forwarded'),
              received: Number.isNaN(received) ? undefined : received,
            };
          }
        }
      } finally {
        lock.release();
      }
    },
  };
}
