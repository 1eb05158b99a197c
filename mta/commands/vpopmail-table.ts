// vpopmail's commands by name, as table.ts has qmail's. Its vkill is left out: it kills whatever has a name in its line of
// ps, and no site of ours needs it.
import type { CommandEntry } from './table.ts';

export const vpopmailCommands: Readonly<Record<string, CommandEntry>> = {
  vadddomain: { load: () => import('./vadddomain.ts'), summary: 'add a domain' },
  vdeldomain: { load: () => import('./vdeldomain.ts'), summary: 'remove a domain with its mail' },
  vaddaliasdomain: { load: () => import('./vaddaliasdomain.ts'), summary: 'give a domain a second name' },
  vdominfo: { load: () => import('./vdominfo.ts'), summary: 'show domains' },
  vsavealiasdomains: {
    load: () => import('./vsavealiasdomains.ts'),
    summary: 'note alias domains in the database',
  },
  vmoddomlimits: { load: () => import('./vmoddomlimits.ts'), summary: 'show and set the limits of a domain' },
  vipmap: { load: () => import('./vipmap.ts'), summary: 'default domains by local address' },
  vadduser: { load: () => import('./vadduser.ts'), summary: 'add an account' },
  vdeluser: { load: () => import('./vdeluser.ts'), summary: 'remove an account with its mail' },
  vpasswd: { load: () => import('./vpasswd.ts'), summary: "set an account's password" },
  vmoduser: { load: () => import('./vmoduser.ts'), summary: 'change fields and flags of accounts' },
  vuserinfo: { load: () => import('./vuserinfo.ts'), summary: 'show an account' },
  vsetuserquota: { load: () => import('./vsetuserquota.ts'), summary: 'set the quota of accounts' },
  vchangepw: { load: () => import('./vchangepw.ts'), summary: 'change your own password' },
  vverifypw: { load: () => import('./vverifypw.ts'), summary: 'say whether a password fits' },
  valias: { load: () => import('./valias.ts'), summary: 'show, add and remove aliases' },
  dotqmail2valias: {
    load: () => import('./dotqmail2valias.ts'),
    summary: 'move aliases from files into the database',
  },
  vmkpasswd: { load: () => import('./vmkpasswd.ts'), summary: 'compile vpasswd' },
  vpopbull: { load: () => import('./vpopbull.ts'), summary: 'put a message into all mailboxes' },
  vdeloldusers: { load: () => import('./vdeloldusers.ts'), summary: 'remove accounts that nobody uses' },
  vmakedotqmail: { load: () => import('./vmakedotqmail.ts'), summary: 'write .qmail files of accounts' },
  vconvert: { load: () => import('./vconvert.ts'), summary: 'copy accounts between files and the database' },
  vlist: { load: () => import('./vlist.ts'), summary: "mailing lists, by ezmlm's programs" },
  vrcptcheck: { load: () => import('./vrcptcheck.ts'), summary: 'say whether an address exists (fd 3)' },
  vusagec: { load: () => import('./vusagec.ts'), summary: 'show how much accounts hold' },
  vdelivermail: { load: () => import('./vdelivermail.ts'), summary: '.qmail-default: deliver to an account' },
};
