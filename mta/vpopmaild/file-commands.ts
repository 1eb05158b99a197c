// mk_dir, read_file, write_file and the rest: answered, not served. vpopmail let every mailbox user write any file of its
// home, .qmail with program lines among them, which run as the user who owns all domains (security.md F4); and it guarded
// paths by looking for `..` in the text, not for links on the disk. Whoever administers the machine has a shell.
import type { Command } from './commands.ts';
import { fail } from './replies.ts';

const refuse = (minor: number): Command => ({
  rank: 1,
  section: 'File System',
  help: '(not available)',
  minor,
  missing: '',
  run: async () => fail(33, minor),
});

export const fileCommands: Readonly<Record<string, Command>> = {
  mk_dir: refuse(1601),
  rm_dir: refuse(1701),
  list_dir: refuse(1801),
  rm_file: refuse(1901),
  write_file: {
    ...refuse(2001),
    run: async (asking) => {
      // The lines that follow are no commands.
      await asking.readLines();
      return fail(33, 2001);
    },
  },
  read_file: refuse(2101),
  stat_file: refuse(2201),
  rename_file: refuse(3801),
};
