// Which arguments a command or a test takes (RFC 5228 2.6): tags first, in any order and once each, then positional ones by
// their types. Reading a call against its signature names each fault; what comes out needs no further look at its shape.
import type { Checking } from './checking.ts';
import { nameOf } from './lexer.ts';
import type { ArgumentNode, TestNode } from './parser.ts';
import type { Text } from './text.ts';

export type ValueType = 'string' | 'strings' | 'number';

export interface TagDefinition {
  readonly name: string;
  /** What follows it; undefined: nothing. */
  readonly value?: ValueType;
  /** Has to be required. */
  readonly capability?: string;
  /** Of those of one group a call takes one. */
  readonly group?: string;
}

export interface Positional {
  /** For people: what it is. */
  readonly name: string;
  readonly type: ValueType;
  /** Only the first ones may be left out, */
  readonly isOptional?: boolean;
  /** or the last one. */
  readonly isOptionalEnd?: boolean;
  /** Needs this to be given at all. */
  readonly capability?: string;
}

export interface Signature {
  readonly tags?: readonly TagDefinition[];
  readonly positional?: readonly Positional[];
  /** Tests it takes: none by default. */
  readonly tests?: 'one' | 'list';
}

export type Value =
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'texts'; readonly texts: readonly Text[]; readonly at: number };

/** A command or test with its arguments sorted. */
export class Call {
  readonly name: string;
  readonly at: number;
  readonly tests: readonly TestNode[];
  readonly #tags: ReadonlyMap<string, Value | undefined>;
  readonly #tagPlaces: ReadonlyMap<string, number>;
  readonly #positional: ReadonlyMap<string, Value>;

  constructor(
    node: TestNode,
    tags: ReadonlyMap<string, Value | undefined>,
    places: ReadonlyMap<string, number>,
    positional: ReadonlyMap<string, Value>,
  ) {
    this.name = node.name;
    this.at = node.at;
    this.tests = node.tests;
    this.#tags = tags;
    this.#tagPlaces = places;
    this.#positional = positional;
  }

  /** Whether it has the tag. */
  has(tag: string): boolean {
    return this.#tags.has(tag);
  }

  /** Offset of a tag, else of the call. */
  placeOf(tag: string): number {
    return this.#tagPlaces.get(tag) ?? this.at;
  }

  #value(name: string): Value | undefined {
    return this.#tags.get(name) ?? this.#positional.get(name);
  }

  /** The string of a tag (by its name) or of a positional argument (by its own). */
  text(name: string): Text | undefined {
    const value = this.#value(name);
    return value?.kind === 'texts' ? value.texts[0] : undefined;
  }

  texts(name: string): readonly Text[] | undefined {
    const value = this.#value(name);
    return value?.kind === 'texts' ? value.texts : undefined;
  }

  number(name: string): number | undefined {
    const value = this.#value(name);
    return value?.kind === 'number' ? value.value : undefined;
  }
}

const typeNames: Readonly<Record<ValueType, string>> = {
  string: 'a string',
  strings: 'a string or a list of strings',
  number: 'a number',
};

const isOfType = (argument: ArgumentNode, type: ValueType): boolean =>
  argument.kind === type || (type === 'strings' && argument.kind === 'string');

const describe = (argument: ArgumentNode): string =>
  argument.kind === 'strings' ? 'a list of strings' : nameOf(asToken(argument));

const asToken = (argument: Exclude<ArgumentNode, { kind: 'strings' }>): Parameters<typeof nameOf>[0] =>
  argument.kind === 'tag' ? { kind: 'tag', text: argument.name, at: argument.at } : argument;

/** Sorts a node's arguments; undefined when they are not as they have to be (the faults are noted then). */
export function readCall(node: TestNode, signature: Signature, checking: Checking): Call | undefined {
  const tags = new Map<string, Value | undefined>();
  const places = new Map<string, number>();
  const groups = new Map<string, string>();
  const before = checking.faultCount;
  let index = 0;
  for (; node.arguments[index]?.kind === 'tag'; index++) {
    const tag = node.arguments[index] as Extract<ArgumentNode, { kind: 'tag' }>;
    const definition = findTag(tag, node, signature, checking);
    if (definition === undefined) return undefined;
    if (tags.has(tag.name))
      checking.fault(tag.at, `found the tag :${tag.name} a second time; expected it once`);
    const rival = definition.group === undefined ? undefined : groups.get(definition.group);
    if (rival !== undefined && rival !== tag.name)
      checking.fault(tag.at, `found the tag :${tag.name} beside :${rival}; expected only one of them`);
    if (definition.group !== undefined) groups.set(definition.group, tag.name);
    places.set(tag.name, tag.at);
    if (definition.value === undefined) {
      tags.set(tag.name, undefined);
      continue;
    }
    const given = node.arguments[index + 1];
    if (given === undefined || !isOfType(given, definition.value)) {
      checking.fault(
        given?.at ?? tag.at,
        `found ${given === undefined ? 'nothing' : describe(given)} behind :${tag.name}; expected ${typeNames[definition.value]}`,
      );
      return undefined;
    }
    tags.set(tag.name, readValue(given, checking));
    index++;
  }
  const positional = readPositional(node, node.arguments.slice(index), signature, checking);
  checkTests(node, signature, checking);
  if (positional === undefined || checking.faultCount > before) return undefined;
  return new Call(node, tags, places, positional);
}

function findTag(
  tag: Extract<ArgumentNode, { kind: 'tag' }>,
  node: TestNode,
  signature: Signature,
  checking: Checking,
): TagDefinition | undefined {
  const definition = signature.tags?.find(({ name }) => name === tag.name);
  if (definition === undefined) {
    const known = (signature.tags ?? []).filter(
      ({ capability }) => capability === undefined || checking.has(capability),
    );
    const expected =
      known.length === 0 ? 'no tag' : `one of ${known.map(({ name }) => `:${name}`).join(', ')}`;
    checking.fault(tag.at, `found the tag :${tag.name} at ${node.name}; expected ${expected}`);
  } else if (definition.capability !== undefined && !checking.has(definition.capability)) {
    checking.needs(tag.at, `the tag :${tag.name}`, definition.capability);
    return undefined;
  }
  return definition;
}

function readPositional(
  node: TestNode,
  given: readonly ArgumentNode[],
  signature: Signature,
  checking: Checking,
): ReadonlyMap<string, Value> | undefined {
  const wanted = signature.positional ?? [];
  const mayLack = ({ isOptional, isOptionalEnd }: Positional): boolean =>
    isOptional === true || isOptionalEnd === true;
  // Those that may be left out are filled from the left as far as there are more than must be.
  let spare = Math.max(0, given.length - wanted.filter((positional) => !mayLack(positional)).length);
  const expected = wanted.filter((positional) => !mayLack(positional) || spare-- > 0);
  const values = new Map<string, Value>();
  for (const [index, positional] of expected.entries()) {
    const argument = given[index];
    if (argument === undefined) {
      checking.fault(
        node.at,
        `found ${node.name} without ${positional.name}; expected ${typeNames[positional.type]}`,
      );
      return undefined;
    }
    if (argument.kind === 'tag') {
      checking.fault(
        argument.at,
        `found the tag :${argument.name} behind other arguments; expected tags before them`,
      );
      return undefined;
    }
    if (!isOfType(argument, positional.type)) {
      checking.fault(
        argument.at,
        `found ${describe(argument)} as ${positional.name} of ${node.name}; expected ${typeNames[positional.type]}`,
      );
      return undefined;
    }
    if (positional.capability !== undefined && !checking.has(positional.capability))
      checking.needs(argument.at, `${positional.name} of ${node.name}`, positional.capability);
    values.set(positional.name, readValue(argument, checking));
  }
  const extra = given[expected.length];
  if (extra === undefined) return values;
  checking.fault(
    extra.at,
    extra.kind === 'tag'
      ? `found the tag :${extra.name} behind other arguments; expected tags before them`
      : `found ${describe(extra)} at ${node.name}; expected no further argument`,
  );
  return undefined;
}

function checkTests(node: TestNode, signature: Signature, checking: Checking): void {
  if (signature.tests === undefined) {
    const test = node.tests[0];
    if (test !== undefined)
      checking.fault(
        test.at,
        `found the test ${test.name} at ${node.name}; expected no test (is a ";" missing?)`,
      );
  } else if (signature.tests === 'one') {
    if (node.tests.length !== 1 || node.hasList)
      checking.fault(
        node.at,
        `found ${node.hasList ? 'a list of tests' : 'no test'} at ${node.name}; expected one test`,
      );
  } else if (!node.hasList)
    checking.fault(node.at, `found ${node.name} without "("; expected a list of tests in parentheses`);
}

function readValue(argument: ArgumentNode, checking: Checking): Value {
  if (argument.kind === 'number') return { kind: 'number', value: argument.value, at: argument.at };
  const items = argument.kind === 'strings' ? argument.items : argument.kind === 'string' ? [argument] : [];
  return { kind: 'texts', texts: items.map((item) => checking.text(item)), at: argument.at };
}
