// The commands after a login, by name: from which rank on, how vpopmail numbers their errors, and what help says. The
// work is in the files of their sections.
import { aliasCommands } from './alias-commands.ts';
import { domainCommands } from './domain-commands.ts';
import { fileCommands } from './file-commands.ts';
import { fail } from './replies.ts';
import type { Asking, Rank } from './session.ts';
import { userCommands } from './user-commands.ts';

export interface Command {
  readonly rank: Rank;
  readonly section: string;
  readonly help: string;
  /** Of `-ERR 0.MINOR` when the library refuses. */
  readonly minor: number;
  /** The library's words for an object that is not there, or not theirs. */
  readonly missing: string;
  run(asking: Asking): Promise<string>;
}

const plain = (rank: Rank, section: string, help: string, run: Command['run']): Command => ({
  rank,
  section,
  help,
  minor: 1,
  missing: '',
  run,
});

export const commands: Readonly<Record<string, Command>> = {
  ...domainCommands,
  ...userCommands,
  ...aliasCommands,
  ...fileCommands,
  // Built without ip-alias-domains.
  get_ip_map: plain(1, 'IP Map', 'domain<crlf>', async () => fail(33, 3004)),
  add_ip_map: plain(3, 'IP Map', 'ip domain<crlf>', async () => fail(33, 3106)),
  del_ip_map: plain(3, 'IP Map', 'ip domain<crlf>', async () => fail(33, 3205)),
  show_ip_map: plain(3, 'IP Map', 'domain<crlf>', async () => fail(33, 3302)),
  add_list: plain(2, 'Mailing List', 'domain listname (command line options)<crlf>', async () =>
    fail(36, 4001),
  ),
  del_list: plain(2, 'Mailing List', 'domain listname<crlf>', async () => fail(36, 4101)),
  mod_list: plain(2, 'Mailing List', 'domain listname (command line options)<crlf>', async () =>
    fail(36, 4201),
  ),
};

const LOGIN_HELP = [
  '',
  'Login',
  'login login user@domain password - expanded bitmaps',
  'clogin login user@domain password - compact bitmaps',
  'slogin login user@domain password - silent results',
];
const UTILITY_HELP = ['', 'Utility', 'exit quit', 'quit quit', 'q quit', 'help help'];

/** The lines of help; rank 0: nobody is signed in. */
export function describeCommands(rank: Rank | 0): readonly string[] {
  if (rank === 0) return [...LOGIN_HELP, ...UTILITY_HELP];
  const mine = Object.entries(commands).filter(([, command]) => command.rank <= rank);
  const sections = Map.groupBy(mine, ([, { section }]) => section);
  const described = [...sections].flatMap(([section, all]) => [
    '',
    section,
    ...all.map(([name, { help }]) => `${name} ${help}`),
  ]);
  return [...described, ...UTILITY_HELP];
}
