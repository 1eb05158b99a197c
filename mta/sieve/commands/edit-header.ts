// editheader (RFC 5293): addheader and deleteheader. What they change is seen by later tests and stored by later actions;
// the trace of the letter's way cannot be deleted (RFC 5293 6): Received, Auto-Submitted, and what ends loops here, Delivered-To.
import { encodeWords } from '../../formats/encoded-word.ts';
import { type Extension, step } from '../definitions.ts';
import type { Checking } from '../language/checking.ts';
import { quoted, ScriptError } from '../language/source.ts';
import type { Text } from '../language/text.ts';
import { Field, Header } from '../letter/header.ts';
import { matchTags, readMatcher } from '../matching/match.ts';
import type { Run } from '../run-state.ts';
import { indexTags, readIndex } from './fields.ts';

/** security.md R10: without Delivered-To, letters that two scripts send to one another would go round. */
const undeletable: ReadonlySet<string> = new Set(['received', 'auto-submitted', 'delivered-to']);

/** Longest value of a new field, in UTF-16 units; most edits of one letter. */
const MOST_VALUE = 4096;
const MOST_EDITS = 64;

/** RFC 5322 2.2: printable ASCII without the colon. */
const badName = (name: string): string | undefined =>
  /^[!-9;-~]{1,76}$/.test(name)
    ? undefined
    : `found ${quoted(name)} as the name of a header field; expected letters, digits and "-", at most 76`;

function readName(text: Text, checking: Checking): (run: Run) => string {
  const bad = text.constant === undefined ? undefined : badName(text.constant);
  if (bad !== undefined) checking.fault(text.at, bad);
  return (run) => {
    const name = text.valueIn(run);
    const wrong = badName(name);
    if (wrong !== undefined) throw new ScriptError(wrong);
    return name;
  };
}

function edit(run: Run, fields: readonly Field[]): void {
  if (run.letter.edits >= MOST_EDITS)
    throw new ScriptError(
      `found more than ${MOST_EDITS} edits of the header; expected at most ${MOST_EDITS}`,
    );
  run.work.spend(fields.length * 10);
  run.letter.edit(new Header(fields));
}

/** `Name: value` and its line end, folded; other letters in encoded words, line ends made blanks. */
function writeField(name: string, value: string): Buffer {
  const line = value
    .replace(/[\r\n]+[ \t]?/g, ' ')
    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .trim();
  const written = /^[\x20-\x7e]*$/.test(line)
    ? fold(line, name.length + 2)
    : encodeWords(line.toWellFormed());
  return Buffer.from(`${name}: ${written}\n`, 'latin1');
}

/** RFC 5322 2.1.1: lines of 78 characters where there are blanks to break at. */
function fold(text: string, used: number): string {
  let out = '';
  let length = used;
  for (const piece of text.split(/(?<=[^ ])(?= )/)) {
    if (length + piece.length > 78 && out !== '') {
      out += '\n';
      length = 0;
    }
    out += piece;
    length += piece.length;
  }
  return out;
}

export const editHeader: Extension = {
  commands: [
    {
      name: 'addheader',
      capabilities: ['editheader'],
      signature: {
        tags: [{ name: 'last' }],
        positional: [
          { name: 'the name', type: 'string' },
          { name: 'the value', type: 'string' },
        ],
      },
      check: (call, checking) => {
        const name = readName(call.text('the name')!, checking);
        return step(call, (run) => {
          const value = call.text('the value')!.valueIn(run);
          if (value.length > MOST_VALUE)
            throw new ScriptError(
              `found a value of ${value.length} characters for addheader; expected at most ${MOST_VALUE}`,
            );
          const given = name(run);
          const field = new Field(given.toLowerCase(), writeField(given, value));
          const { fields } = run.letter.header;
          edit(run, call.has('last') ? [...ended(fields), field] : [field, ...fields]);
        });
      },
    },
    {
      name: 'deleteheader',
      capabilities: ['editheader'],
      signature: {
        // RFC 5293 5: its own :index, without require "index".
        tags: [...matchTags, ...indexTags.map(({ capability: _, ...tag }) => tag)],
        positional: [
          { name: 'the name', type: 'string' },
          { name: 'the list of values', type: 'strings', isOptionalEnd: true },
        ],
      },
      check: (call, checking) => {
        const name = readName(call.text('the name')!, checking);
        const pick = readIndex(call, checking);
        const hasValues = call.texts('the list of values') !== undefined;
        const matcher = readMatcher(call, 'the list of values', checking);
        if (pick === undefined || matcher === undefined) return undefined;
        if (matcher.isCount) {
          checking.fault(call.placeOf('count'), 'found :count at deleteheader; expected another match type');
          return undefined;
        }
        return step(call, (run) => {
          const given = name(run).toLowerCase();
          if (undeletable.has(given)) return;
          const gone = new Set(
            pick(run.letter.header.named(given)).filter(
              (field) => !hasValues || matcher.matches([field.text], run),
            ),
          );
          if (gone.size === 0) return;
          edit(
            run,
            run.letter.header.fields.filter((field) => !gone.has(field)),
          );
        });
      },
    },
  ],
};

/** A letter that is only a header may lack its last line end. */
function ended(fields: readonly Field[]): readonly Field[] {
  const last = fields.at(-1);
  if (last === undefined || last.bytes.at(-1) === 10) return fields;
  return [...fields.slice(0, -1), new Field(last.name, Buffer.concat([last.bytes, Buffer.from('\n')]))];
}
