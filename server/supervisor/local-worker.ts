// facteur local-worker: qmail-local for one user. Started by the local role as that user; takes deliveries on its
// standard input, answers on its standard output, and ends when the input does.

import { constants } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { openAccounts } from '../../mta/accounts/accounts.ts';
import { openUsers } from '../../mta/accounts/users.ts';
import { answerCalls } from '../../mta/calls/answering.ts';
import { readRequest } from '../../mta/calls/delivery-calls.ts';
import type { CallFields } from '../../mta/calls/frames.ts';
import type { CommandContext } from '../../mta/commands/command.ts';
import type { DeliveryRequest } from '../../mta/delivery.ts';
import type { Home } from '../../mta/home.ts';
import { asUser } from '../../mta/inject/as-user.ts';
import { createInjector } from '../../mta/inject/client.ts';
import type { Injector } from '../../mta/inject/types.ts';
import type { ControlledAddress } from '../../mta/local/controller.ts';
import { createLocalAgent, type LocalAgent } from '../../mta/local/delivery.ts';
import { closeFile, openFile, readNames, unlinkFile, writeBytes } from '../../mta/maildir/calls.ts';
import { createDirectorySync } from '../../mta/maildir/directory-sync.ts';
import { surviveBugs } from './bugs.ts';
import { openLineLog } from './line-log.ts';
import { localTrustMs, waitingFor } from './own-agents.ts';
import { filterForServers } from './programs.ts';
import { rolePaths } from './role-paths.ts';
import { type GivenSettings, type LiveSettings, openLiveSettings } from './settings.ts';

export const usage = `usage: facteur local-worker

Deliveries of one user; the local role of facteur serve starts it. It reads what it is to do from its standard input.
`;

/** What the local role says in its first words. */
interface WorkerPlan {
  readonly home: Home;
  readonly hostname: string;
  readonly given?: GivenSettings | undefined;
}

/** What the first words made. */
interface Made {
  readonly agent: LocalAgent;
  readonly spool: string;
  readonly problem: () => string | undefined;
}

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const uid = process.getuid?.() ?? 0;
  if (args.length > 0 || uid === 0) {
    context.stderr.write(uid === 0 ? 'local-worker: not as root\n' : usage);
    return 100;
  }
  const lines = await openLineLog(undefined);
  surviveBugs(lines.log);
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  let made: Made | undefined;
  let live: LiveSettings | undefined;
  let filter: Injector | undefined;
  const prepare = async ({ home, hostname, given }: WorkerPlan): Promise<void> => {
    const spool = join(rolePaths(home).spool, `${uid}.${process.getgid?.()}`);
    // Another worker of this user has ended before: what lies there was its.
    for (const name of await readNames(spool)) await unlinkFile(join(spool, name)).catch(() => undefined);
    live = openLiveSettings(home.qmail, lines.log, () => undefined, given);
    // The queue asks for proof of who we are; `by alias` is what it makes of the user alias.
    const queue = asUser(createInjector(rolePaths(home).inject), uid);
    const { settings, problem } = await live.openPatiently('local');
    filter = filterForServers(queue, home, await live.open('filter'), lines.log);
    const agent = createLocalAgent({
      home,
      users: openUsers(home.qmail),
      accounts: openAccounts({ home }),
      injector: filter,
      settings,
      directorySync: createDirectorySync(),
      hostname,
      trustMs: localTrustMs,
      env: process.env,
      log: lines.log,
    });
    made = { agent, spool, problem };
  };
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  answerCalls(
    context.stdin as Readable,
    context.stdout as Writable,
    async ({ number, fields, body }): Promise<CallFields> => {
      if (!made) {
        await prepare(fields as unknown as WorkerPlan);
        return {};
      }
      if (fields.rest === true) {
        // The deliveries under way answer for themselves when this has ended their programs.
        void made.agent.close();
        return {};
      }
      const request = readRequest(fields, body);
      if (!request) return { code: 'Z', text: 'Internal error in qmail-local. (#4.3.0)' };
      return { ...(await deliverOne(made, request, fields as unknown as ControlledAddress, number)) };
    },
    lines.log,
    end,
  );
  await ended;
  // Programs that still run are ended; nobody waits for their answers.
  await made?.agent.close();
  filter?.close();
  live?.close();
  await lines.close();
  setTimeout(() => process.exit(), 100).unref();
  return 0;
}

/** Delivers; a program that wants to read the message from a file gets one. */
async function deliverOne(
  { agent, spool, problem }: Made,
  request: DeliveryRequest,
  { user, local, host }: ControlledAddress,
  number: number,
) {
  const reason = problem();
  if (reason !== undefined) return waitingFor(reason);
  const path = join(spool, String(number));
  let writing: Promise<string> | undefined;
  const file = (): Promise<string> => {
    writing ??= writeMessage(path, request.message as Buffer);
    return writing;
  };
  try {
    return await agent.deliverFor(request.message ? { ...request, path, file } : request, {
      user,
      local,
      host,
    });
  } finally {
    if (writing) await unlinkFile(path).catch(() => undefined);
  }
}

async function writeMessage(path: string, message: Buffer): Promise<string> {
  const { O_CREAT, O_EXCL, O_WRONLY, O_NOFOLLOW } = constants;
  const descriptor = await openFile(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0o600);
  try {
    await writeBytes(descriptor, message);
  } finally {
    await closeFile(descriptor);
  }
  return path;
}
