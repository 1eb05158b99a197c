// ezmlm's commands by name, as table.ts has qmail's: mailing lists in the directories of ezmlm-idx 7. What .qmail lines call
// is done in the delivery itself (local/list-line.ts); the commands are for people, scripts and lines of other kinds.
import type { CommandEntry } from './table.ts';

export const ezmlmCommands: Readonly<Record<string, CommandEntry>> = {
  'ezmlm-make': { load: () => import('./ezmlm-make.ts'), summary: 'make a mailing list, or change one' },
  'ezmlm-sub': { load: () => import('./ezmlm-sub.ts'), summary: 'add subscribers of a list' },
  'ezmlm-unsub': { load: () => import('./ezmlm-unsub.ts'), summary: 'remove subscribers of a list' },
  'ezmlm-list': { load: () => import('./ezmlm-list.ts'), summary: 'show subscribers of a list' },
  'ezmlm-check': { load: () => import('./ezmlm-check.ts'), summary: 'find what is wrong with a list' },
  'ezmlm-issubn': {
    load: () => import('./ezmlm-issubn.ts'),
    summary: '.qmail: is the sender a subscriber of a list',
  },
  'ezmlm-checksub': {
    load: () => import('./ezmlm-checksub.ts'),
    summary: '.qmail: refuse posts of those who are no subscribers',
  },
  'ezmlm-weed': { load: () => import('./ezmlm-weed.ts'), summary: '.qmail: throw away what machines send' },
  'ezmlm-manage': { load: () => import('./ezmlm-manage.ts'), summary: '.qmail: answer requests to a list' },
  'ezmlm-request': {
    load: () => import('./ezmlm-request.ts'),
    summary: '.qmail: pass on requests in subjects',
  },
  'ezmlm-split': { load: () => import('./ezmlm-split.ts'), summary: '.qmail: pass on requests to sublists' },
  'ezmlm-archive': {
    load: () => import('./ezmlm-archive.ts'),
    summary: "index a list's archive by thread and author",
  },
  'ezmlm-clean': {
    load: () => import('./ezmlm-clean.ts'),
    summary: '.qmail: send back posts that nobody moderated',
  },
  'ezmlm-confirm': { load: () => import('./ezmlm-confirm.ts'), summary: '.qmail: a sender confirms a post' },
  'ezmlm-gate': {
    load: () => import('./ezmlm-gate.ts'),
    summary: '.qmail: posts of members pass, others are moderated',
  },
  'ezmlm-get': {
    load: () => import('./ezmlm-get.ts'),
    summary: ".qmail: answer from a list's archive; send a digest",
  },
  'ezmlm-idx': { load: () => import('./ezmlm-idx.ts'), summary: "make the index of a list's archive anew" },
  'ezmlm-moderate': {
    load: () => import('./ezmlm-moderate.ts'),
    summary: '.qmail: a moderator accepts or rejects a post',
  },
  'ezmlm-reject': {
    load: () => import('./ezmlm-reject.ts'),
    summary: '.qmail: refuse letters that a list does not want',
  },
  'ezmlm-return': { load: () => import('./ezmlm-return.ts'), summary: ".qmail: keep a list's bounces" },
  'ezmlm-send': { load: () => import('./ezmlm-send.ts'), summary: 'send a post to all members of a list' },
  'ezmlm-store': { load: () => import('./ezmlm-store.ts'), summary: '.qmail: keep a post for a moderator' },
  'ezmlm-tstdig': { load: () => import('./ezmlm-tstdig.ts'), summary: '.qmail: is it time for a digest' },
  'ezmlm-warn': { load: () => import('./ezmlm-warn.ts'), summary: '.qmail: warn members whose mail bounces' },
};
