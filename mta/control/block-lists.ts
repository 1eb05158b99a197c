// control/dnsbllist and control/rhsbllist (spec/qmail.md 3.2): DNS lists that are asked about clients and domains, a zone
// a line as in the patched qmails: `zone` refuses for now, `-zone` for good, `+zone` lists those who are welcome, `=zone`
// only notes; behind the zone `:` and the words of the refusal, `%IP%` in them for what is listed. Ours: `=2.5 zone` gives
// a letter so many points, and `zone=127.0.0.2,127.0.0.4` counts only these answers. Pure.
import type { ControlFile } from './reading.ts';
import { ControlError, readLines } from './reading.ts';

/** What a listing does. `note`: the letter gets points, maybe none. */
export type ListAction = 'defer' | 'reject' | 'allow' | 'note';

/** One line. */
export interface BlockList {
  /** Lower case. */
  readonly zone: string;
  readonly action: ListAction;
  readonly points: number;
  /** Of the refusal; '' for the list's own words. */
  readonly text: string;
  /** Addresses that count as a listing; none: all of 127/8. */
  readonly codes: readonly string[];
}

const actions: Readonly<Record<string, ListAction>> = {
  '': 'defer',
  '-': 'reject',
  '+': 'allow',
  '=': 'note',
};

const LINE =
  /^([-+=]?)(?:(-?[0-9]{1,3}(?:\.[0-9])?)[ \t]+)?((?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)\.?(?:=(127(?:\.[0-9]{1,3}){3}(?:,127(?:\.[0-9]{1,3}){3})*))?(?::(.*))?$/i;

/** Lists that one client is looked up in. */
const MOST_LISTS = 50;

/** @throws ControlError */
export function readBlockLists(file: ControlFile): readonly BlockList[] {
  const lines = readLines(file) ?? [];
  if (lines.length > MOST_LISTS)
    throw new ControlError(file.path, `${lines.length} lines`, `at most ${MOST_LISTS} lists`);
  return lines.map((line) => {
    const [match, sign = '', points, zone = '', codes, text = ''] = LINE.exec(line) ?? [];
    const action = actions[sign];
    if (match === undefined || action === undefined || zone.length > 180 || (points && action !== 'note'))
      throw new ControlError(
        file.path,
        line,
        'ZONE, -ZONE, +ZONE, =ZONE or =POINTS ZONE, and :WORDS or nothing, as in -bl.example.org:see https://example.org/%IP%',
      );
    return {
      zone: zone.toLowerCase(),
      action,
      points: Number(points ?? 0),
      text: text.trim(),
      codes: codes?.split(',') ?? [],
    };
  });
}
