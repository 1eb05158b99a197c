// Which header fields a test looks at: all of a name or the n-th (RFC 5260 6: :index, :last), of the letter, of the part
// that a loop is at, or of all parts in it (RFC 5703 4: :mime, :anychild). For header, address, exists and date.
import type { Checking } from '../language/checking.ts';
import type { Call, TagDefinition } from '../language/signature.ts';
import type { Field, Header } from '../letter/header.ts';
import { everyPart } from '../letter/parts.ts';
import type { Run } from '../run-state.ts';

export const indexTags: readonly TagDefinition[] = [
  { name: 'index', value: 'number', capability: 'index' },
  { name: 'last', capability: 'index' },
];

export const mimeTags: readonly TagDefinition[] = [
  { name: 'mime', capability: 'mime' },
  { name: 'anychild', capability: 'mime' },
];

export type FieldSource = (run: Run, name: string) => readonly Field[];

/** Undefined: the tags have faults. */
export function readFieldSource(call: Call, checking: Checking): FieldSource | undefined {
  const pick = readIndex(call, checking);
  if (call.has('anychild') && !call.has('mime')) {
    checking.fault(call.placeOf('anychild'), 'found :anychild without :mime; expected both');
    return undefined;
  }
  if (pick === undefined) return undefined;
  const headersOf = !call.has('mime')
    ? (run: Run) => [run.letter.header]
    : call.has('anychild')
      ? (run: Run) => [...everyPart(run.parts.at(-1) ?? run.letter.root)].map((part) => headerOf(part, run))
      : (run: Run) => [headerOf(run.parts.at(-1) ?? run.letter.root, run)];
  return (run, name) => {
    const fields: Field[] = [];
    for (const header of headersOf(run)) for (const field of pick(header.named(name))) fields.push(field);
    return fields;
  };
}

/** The letter's own is seen as it was edited. */
const headerOf = (part: { readonly header: Header; readonly parent: unknown }, run: Run): Header =>
  part.parent === undefined ? run.letter.header : part.header;

/** :index and :last as a choice among fields of one name. Undefined: faults. */
export function readIndex(
  call: Call,
  checking: Checking,
): ((fields: readonly Field[]) => readonly Field[]) | undefined {
  const index = call.number('index');
  if (index === undefined) {
    if (!call.has('last')) return (fields) => fields;
    checking.fault(call.placeOf('last'), 'found :last without :index; expected :index and a number too');
    return undefined;
  }
  if (index === 0) {
    checking.fault(call.placeOf('index'), 'found :index 0; expected 1 or more');
    return undefined;
  }
  const isFromEnd = call.has('last');
  return (fields) => {
    const field = fields[isFromEnd ? fields.length - index : index - 1];
    return field === undefined ? [] : [field];
  };
}
