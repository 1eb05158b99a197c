// :fcc (RFC 8580): a copy of what vacation or notify sends goes into a folder, with flags (RFC 5232), :create (RFC 5490) and
// :specialuse (RFC 8579) as fileinto has them.
import type { Checking } from '../language/checking.ts';
import type { Call, TagDefinition } from '../language/signature.ts';
import type { Run } from '../run-state.ts';
import type { FileCarbonCopy } from '../types.ts';
import { readMailboxName, readSpecialUse } from './filing.ts';
import { flagsTag, listFlags } from './flag-lists.ts';

export const fccTags: readonly TagDefinition[] = [
  { name: 'fcc', value: 'string', capability: 'fcc' },
  flagsTag,
  { name: 'create', capability: 'mailbox' },
  { name: 'specialuse', value: 'string', capability: 'special-use' },
];

export function readFileCarbonCopy(call: Call, checking: Checking): (run: Run) => FileCarbonCopy | undefined {
  if (!call.has('fcc')) {
    const lonely = ['flags', 'create', 'specialuse'].find((name) => call.has(name));
    // RFC 8580 3: they belong to it.
    if (lonely !== undefined)
      checking.fault(call.placeOf(lonely), `found :${lonely} without :fcc; expected :fcc and a folder too`);
    return () => undefined;
  }
  const mailbox = readMailboxName(call.text('fcc'), checking);
  const specialUse = readSpecialUse(call.text('specialuse'), checking);
  const flags = call.texts('flags') ?? [];
  return (run) => ({
    mailbox: mailbox(run),
    // RFC 8580 3: the internal variable is about the letter, not about its answer.
    flags: listFlags(flags.map((text) => text.valueIn(run))),
    create: call.has('create'),
    specialUse: specialUse(run),
  });
}
