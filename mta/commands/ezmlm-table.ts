// The commands of mailing lists (ezmlm-idx) by name, as table.ts has qmail's.
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
};
