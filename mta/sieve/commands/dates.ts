// date and currentdate (RFC 5260 4 and 5): a part of a date of the header, or of now, in the zone of the mailbox's owner,
// one that is named (:zone), or the one it was written with (:originalzone).
import { type Extension, test } from '../definitions.ts';
import type { Checking } from '../language/checking.ts';
import type { Call } from '../language/signature.ts';
import { quoted, ScriptError } from '../language/source.ts';
import type { Text } from '../language/text.ts';
import { datePart, dateParts, offsetAt, readMoment, readOffset } from '../letter/dates.ts';
import { matchTags, readMatcher } from '../matching/match.ts';
import type { Run } from '../run-state.ts';
import { indexTags, mimeTags, readFieldSource } from './fields.ts';

const badZone = (zone: string): string =>
  `found the zone ${quoted(zone)}; expected an offset such as "+0100" or "-0500"`;
const badPart = (part: string): string =>
  `found the date part ${quoted(part)}; expected one of ${Object.keys(dateParts).join(', ')}`;

/** Offset in minutes for a moment in seconds since 1970. */
function readZone(call: Call, checking: Checking): (run: Run, seconds: number) => number {
  const zone = call.text('zone');
  if (zone === undefined) return (run, seconds) => offsetAt(run.environment.zone, seconds);
  if (zone.constant !== undefined && readOffset(zone.constant) === undefined)
    checking.fault(zone.at, badZone(zone.constant));
  return (run) => {
    const given = zone.valueIn(run);
    const offset = readOffset(given);
    if (offset === undefined) throw new ScriptError(badZone(given));
    return offset;
  };
}

function readPartName(text: Text, checking: Checking): (run: Run) => string {
  const isPart = (name: string): boolean => Object.hasOwn(dateParts, name);
  if (text.constant !== undefined && !isPart(text.constant.toLowerCase()))
    checking.fault(text.at, badPart(text.constant));
  return (run) => {
    const name = text.valueIn(run).toLowerCase();
    if (!isPart(name)) throw new ScriptError(badPart(name));
    return name;
  };
}

const partAndKeys = [
  { name: 'the date part', type: 'string' },
  { name: 'the list of keys', type: 'strings' },
] as const;

export const dates: Extension = {
  tests: [
    {
      name: 'date',
      capabilities: ['date'],
      signature: {
        tags: [
          ...matchTags,
          ...indexTags,
          ...mimeTags,
          { name: 'zone', value: 'string', group: 'zone' },
          { name: 'originalzone', group: 'zone' },
        ],
        positional: [{ name: 'the field', type: 'string' }, ...partAndKeys],
      },
      check: (call, checking) => {
        const name = call.text('the field')!;
        const fieldsOf = readFieldSource(call, checking);
        const matcher = readMatcher(call, 'the list of keys', checking);
        const offsetOf = readZone(call, checking);
        const part = readPartName(call.text('the date part')!, checking);
        if (fieldsOf === undefined || matcher === undefined) return undefined;
        function* values(run: Run): Generator<string> {
          const fields = fieldsOf!(run, name.valueIn(run));
          // The first one: of the letter's way that is its arrival here.
          for (const field of call.has('index') ? fields : fields.slice(0, 1)) {
            run.work.spend(500);
            const moment = readMoment(field.raw);
            if (moment === undefined) continue;
            const offset = call.has('originalzone') ? moment.offset : offsetOf(run, moment.seconds);
            yield datePart(moment.seconds, offset, part(run));
          }
        }
        return test((run) => matcher.matches(values(run), run));
      },
    },
    {
      name: 'currentdate',
      capabilities: ['date'],
      signature: {
        tags: [...matchTags, { name: 'zone', value: 'string' }],
        positional: partAndKeys,
      },
      check: (call, checking) => {
        const matcher = readMatcher(call, 'the list of keys', checking);
        const offsetOf = readZone(call, checking);
        const part = readPartName(call.text('the date part')!, checking);
        if (matcher === undefined) return undefined;
        return test((run) => {
          const seconds = Math.floor(run.environment.now.getTime() / 1000);
          return matcher.matches([datePart(seconds, offsetOf(run, seconds), part(run))], run);
        });
      },
    },
  ],
};
