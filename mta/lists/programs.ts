// The programs of mailing lists that .qmail lines call, by name: each is done in the delivery itself when a line calls
// it (local/list-line.ts), and by the command of its name. Loaded when first called.
import type { ListProgram } from './program.ts';

export const listPrograms: Readonly<Record<string, () => Promise<ListProgram>>> = {
  'ezmlm-issubn': async () => (await import('./membership.ts')).issubn,
  'ezmlm-checksub': async () => (await import('./membership.ts')).checksub,
  'ezmlm-weed': async () => (await import('./weed.ts')).weed,
  'ezmlm-manage': async () => (await import('./manage/manage.ts')).manage,
  'ezmlm-request': async () => (await import('./manage/request.ts')).request,
  'ezmlm-split': async () => (await import('./manage/split.ts')).split,
  'ezmlm-send': async () => (await import('./post/send.ts')).ezmlmSend,
  'ezmlm-reject': async () => (await import('./moderation/reject.ts')).ezmlmReject,
  'ezmlm-gate': async () => (await import('./moderation/gate.ts')).ezmlmGate,
  'ezmlm-store': async () => (await import('./moderation/store.ts')).ezmlmStore,
  'ezmlm-moderate': async () => (await import('./moderation/decide.ts')).ezmlmModerate,
  'ezmlm-confirm': async () => (await import('./moderation/decide.ts')).ezmlmConfirm,
  'ezmlm-clean': async () => (await import('./moderation/clean.ts')).ezmlmClean,
  'ezmlm-return': async () => (await import('./bounces/return.ts')).ezmlmReturn,
  'ezmlm-warn': async () => (await import('./bounces/warn.ts')).ezmlmWarn,
  'ezmlm-get': async () => (await import('./archive/get.ts')).ezmlmGet,
  'ezmlm-tstdig': async () => (await import('./archive/tstdig.ts')).ezmlmTstdig,
  'ezmlm-archive': async () => (await import('./archive/archive.ts')).ezmlmArchive,
  'ezmlm-idx': async () => (await import('./archive/rebuild.ts')).ezmlmIdx,
};
