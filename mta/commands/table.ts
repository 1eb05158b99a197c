// qmail's commands beside the main road, by name: how each is loaded and what it does. Nothing is loaded before it is
// called, so that a helper of a .qmail line starts fast.
import type { Command } from './command.ts';
import { ezmlmCommands } from './ezmlm-table.ts';

export interface CommandEntry {
  readonly load: () => Promise<Command>;
  /** One line for the overview. */
  readonly summary: string;
}

export const qmailCommands: Readonly<Record<string, CommandEntry>> = {
  'config-fast': { load: () => import('./config-fast.ts'), summary: "write a host's control files" },
  config: { load: () => import('./config.ts'), summary: "find a host's names and write its control files" },
  'install-links': { load: () => import('./install-links.ts'), summary: 'make links for all commands' },
  tcprules: { load: () => import('./tcprules.ts'), summary: 'compile access rules (tcp.smtp)' },
  'qmail-newmrh': { load: () => import('./qmail-newmrh.ts'), summary: 'compile morercpthosts' },
  'qmail-newmvrt': { load: () => import('./qmail-newmvrt.ts'), summary: 'compile morevalidrcptto' },
  'qmail-pw2u': { load: () => import('./qmail-pw2u.ts'), summary: 'make users/assign from passwd' },
  'qmail-getpw': { load: () => import('./qmail-getpw.ts'), summary: 'say whose a local address is' },
  'qmail-tcpto': { load: () => import('./qmail-tcpto.ts'), summary: 'show hosts that timed out' },
  'qmail-tcpok': { load: () => import('./qmail-tcpok.ts'), summary: 'forget hosts that timed out' },
  qmHandle: { load: () => import('./qmHandle.ts'), summary: 'look at the queue, take messages out of it' },
  qmailctl: { load: () => import('./qmailctl.ts'), summary: 'start, stop and ask the server' },
  'qmail-clean': { load: () => import('./qmail-clean.ts'), summary: 'remove queue files for qmail-send' },
  'queue-repair': {
    load: () => import('./queue-repair.ts'),
    summary: 'put a copied or cut-off queue in order',
  },
  dkim: { load: () => import('./dkim.ts'), summary: 'keys that sign mail: list, make, publish, rotate' },
  'qmail-smtpd': { load: () => import('./qmail-smtpd.ts'), summary: 'SMTP under tcpserver or inetd' },
  'qmail-qmtpd': { load: () => import('./qmail-qmtpd.ts'), summary: 'QMTP under tcpserver or inetd' },
  'qmail-qmqpd': { load: () => import('./qmail-qmqpd.ts'), summary: 'QMQP under tcpserver or inetd' },
  'qmail-local': { load: () => import('./qmail-local.ts'), summary: 'deliver a message to a local user' },
  'qmail-remote': { load: () => import('./qmail-remote.ts'), summary: 'send a message to another host' },
  'spawn-filter': {
    load: () => import('./spawn-filter.ts'),
    summary: 'filter, then qmail-local or qmail-remote (QMAILREMOTE)',
  },
  'qmail-qfilter': {
    load: () => import('./qmail-qfilter.ts'),
    summary: 'filter new messages, then qmail-queue (QMAILQUEUE)',
  },
  'new-inject': {
    load: () => import('./new-inject.ts'),
    summary: 'rebuild the header of a message and send it',
  },
  ofmipd: { load: () => import('./ofmipd.ts'), summary: 'OFMIP under tcpserver: mail of your own people' },
  ofmipname: { load: () => import('./ofmipname.ts'), summary: 'compile names and addresses for ofmipd' },
  'qmail-send': { load: () => import('./qmail-send.ts'), summary: 'see qmail-start' },
  'qmail-lspawn': { load: () => import('./qmail-lspawn.ts'), summary: 'see qmail-start' },
  'qmail-rspawn': { load: () => import('./qmail-rspawn.ts'), summary: 'see qmail-start' },
  'qmail-qmqpc': { load: () => import('./qmail-qmqpc.ts'), summary: 'queue a message at a QMQP server' },
  forward: { load: () => import('./forward.ts'), summary: '.qmail: send on to other addresses' },
  condredirect: { load: () => import('./condredirect.ts'), summary: '.qmail: send on if a program says so' },
  bouncesaying: { load: () => import('./bouncesaying.ts'), summary: '.qmail: bounce with a text' },
  except: { load: () => import('./except.ts'), summary: "turn a program's answer round" },
  preline: { load: () => import('./preline.ts'), summary: '.qmail: run a program that wants an mbox header' },
  qreceipt: { load: () => import('./qreceipt.ts'), summary: '.qmail: answer requests for delivery notices' },
  autorespond: {
    load: () => import('./autorespond.ts'),
    summary: '.qmail: answer a message, for robots and vacations',
  },
  qbiff: { load: () => import('./qbiff.ts'), summary: '.qmail: tell terminals about new mail' },
  predate: { load: () => import('./predate.ts'), summary: 'run a program with a Date field in front' },
  datemail: { load: () => import('./datemail.ts'), summary: 'sendmail with a Date field in local time' },
  mailsubj: { load: () => import('./mailsubj.ts'), summary: 'send a text with a subject' },
  maildirmake: { load: () => import('./maildirmake.ts'), summary: 'make a Maildir' },
  maildir2mbox: { load: () => import('./maildir2mbox.ts'), summary: 'move a Maildir into an mbox file' },
  maildirwatch: { load: () => import('./maildirwatch.ts'), summary: 'show what is new in a Maildir' },
  splogger: { load: () => import('./splogger.ts'), summary: 'send lines to syslog' },
  'tcp-env': { load: () => import('./tcp-env.ts'), summary: 'run a program with tcp-environ(5)' },
  'qmail-popup': { load: () => import('./qmail-popup.ts'), summary: 'POP3 sign-in under tcpserver' },
  checkpassword: {
    load: () => import('./checkpassword.ts'),
    summary: 'check a password and become the user',
  },
  vchkpw: {
    load: () => import('./vchkpw.ts'),
    summary: 'check the password of an account and run a program',
  },
  authvchkpw: {
    load: () => import('./authvchkpw.ts'),
    summary: "check a login for an old Courier's servers",
  },
  vpopmaild: { load: () => import('./vpopmaild.ts'), summary: "vpopmail's line protocol for administration" },
  clearopensmtp: {
    load: () => import('./clearopensmtp.ts'),
    summary: 'close relaying for addresses that signed in long ago',
  },
  'qmail-pop3d': { load: () => import('./qmail-pop3d.ts'), summary: 'POP3 on a Maildir, signed in' },
  ...ezmlmCommands,
};
