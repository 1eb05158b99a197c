// The programs of mailing lists that .qmail lines call, by name: each is done in the delivery itself when a line calls
// it (local/list-line.ts), and by the command of its name. Loaded when first called.
import type { ListProgram } from './program.ts';

export const listPrograms: Readonly<Record<string, () => Promise<ListProgram>>> = {
  'ezmlm-issubn': async () => (await import('./membership.ts')).issubn,
  'ezmlm-checksub': async () => (await import('./membership.ts')).checksub,
  'ezmlm-weed': async () => (await import('./weed.ts')).weed,
  'ezmlm-manage': async () => (await import('./manage/manage.ts')).manage,
  'ezmlm-request': async () => (await import('./manage/request.ts')).request,
};
