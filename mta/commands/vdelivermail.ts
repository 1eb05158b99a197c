// vdelivermail: what a domain's .qmail-default runs (spec/vpopmail.md 4), as a program of its own: for a qmail-local that
// is not ours, and for lines of .qmail files that a shell must read. Our own qmail-local does the same in its process.
// The message is on descriptor 0; EXT, HOST, SENDER and DTLINE are qmail-local's.
import { hostname } from 'node:os';
import { isUserName } from '../accounts/names.ts';
import { ControlError } from '../control/reading.ts';
import { createDotQmailReader } from '../local/dot-qmail-files.ts';
import { createJunkDesk } from '../local/junk.ts';
import { readDeliveredTo } from '../local/loop.ts';
import type { ProgramResult } from '../local/program.ts';
import { createQuotaWarner } from '../local/quota-warning.ts';
import { createRobotDesk } from '../local/robot-line.ts';
import { createVdelivermail } from '../local/vdelivermail.ts';
import { type CatchAll, readInstruction } from '../local/vdelivermail-line.ts';
import { createMaildirAnchors } from '../maildir/anchor.ts';
import { createMaildirDelivery } from '../maildir/deliver.ts';
import { createNameSource } from '../maildir/name.ts';
import { createFilterReader } from '../trust/bayes/filter-file.ts';
import type { CommandContext } from './command.ts';
import { Fatal } from './fatal.ts';
import { findHomeOwner, type LocalParts, withLocalParts } from './local-parts.ts';
import { type MessageCopy, withMessageCopy } from './message-copy.ts';

export const usage = `vdelivermail: usage: | vdelivermail '' INSTRUCTION (in a domain's .qmail-default)

Delivers the message on descriptor 0 to EXT@HOST. INSTRUCTION is for local parts that nobody has: delete,
bounce-no-mailbox, an address, or a directory.
Exit 0: done. 99: done, stop here. 100: failed for good. 111: try again.
`;

const STATUSES = { continue: 0, stop: 99, permanent: 100, temporary: 111 } as const;

/** The home of a domain or user may not be writable by others: qmail-local's rule. */
const FORBIDDEN_MODE = 0o022;

export async function run(args: readonly string[], context: CommandContext): Promise<number> {
  const { stdout, env } = context;
  if (args[0] === '--help') {
    stdout.write(usage);
    return 0;
  }
  const { EXT: ext = '', HOST: host = '' } = env;
  const instruction = args.length === 2 ? readInstruction(args[1] ?? '', host) : undefined;
  if (instruction === undefined) {
    stdout.write('vdelivermail: invalid syntax in .qmail-default file\n');
    return 111;
  }
  if (!isUserName(ext.toLowerCase()) || !/^[A-Za-z0-9.-]+$/.test(host)) {
    stdout.write('vdelivermail: EXT and HOST are not those of an address\n');
    return 100;
  }
  const result = await withLocalParts('vdelivermail', context, (parts) =>
    withMessageCopy(context.stdin, (copy) => deliver({ ext, host, instruction }, copy, parts, context)),
  ).catch((error: unknown): ProgramResult => {
    if (!(error instanceof Fatal || error instanceof ControlError)) throw error;
    return { effect: 'temporary', output: `vdelivermail: ${error.message}\n` };
  });
  stdout.write(result.output === '' || result.output.endsWith('\n') ? result.output : `${result.output}\n`);
  return STATUSES[result.effect];
}

async function deliver(
  wanted: { readonly ext: string; readonly host: string; readonly instruction: CatchAll },
  copy: MessageCopy,
  parts: LocalParts,
  { home, env }: CommandContext,
): Promise<ProgramResult> {
  const { ext, host, instruction } = wanted;
  const domain = await parts.accounts.findDomain(host);
  const directory = domain?.directory ?? process.cwd();
  const owner = await findHomeOwner(directory);
  if ('code' in owner) return { effect: 'temporary', output: owner.text };
  if (owner.uid === 0) return { effect: 'temporary', output: 'Not allowed to perform deliveries as root.' };
  const sender = env.SENDER ?? /^Return-Path: <(.*)>$/m.exec(env.RPLINE ?? '')?.[1] ?? '';
  const anchors = createMaildirAnchors();
  const maildirs = createMaildirDelivery({ ...parts, hostname: hostname(), anchors });
  const vdelivermail = createVdelivermail({
    ...parts,
    maildirs,
    dotQmail: createDotQmailReader({ forbiddenMode: FORBIDDEN_MODE }),
    robots: createRobotDesk(parts.injector, parts.log),
    quotaWarner: createQuotaWarner(maildirs, anchors, parts.log),
    junk: createJunkDesk({
      settings: () => parts.settings,
      filters: createFilterReader(),
      names: createNameSource(hostname()),
      log: parts.log,
    }),
    vpopmail: home.vpopmail,
    settings: () => parts.settings,
  });
  const passed = (env.DTLINE ?? '').replace(/\n$/, '');
  try {
    return await vdelivermail.run({
      delivery: {
        user: env.USER ?? domain?.realName ?? '',
        home: directory,
        local: env.LOCAL ?? ext,
        host,
        ext,
        sender,
        default: env.DEFAULT,
        newSender: env.NEWSENDER ?? sender,
        now: Math.floor(Date.now() / 1000),
      },
      owner,
      instruction,
      deliveredTo: [...(await readDeliveredTo(undefined, copy.path)), ...(passed === '' ? [] : [passed])],
      message: undefined,
      path: copy.path,
      size: copy.size,
      siteVariables: parts.siteVariables,
      timeout: parts.settings.timeoutprogram,
    });
  } finally {
    maildirs.close();
  }
}
