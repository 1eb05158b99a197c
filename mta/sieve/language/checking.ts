// The check of a script: it goes over what the parser read, command by command, with the definitions of what is required,
// and makes the steps of a run of it. Notes every fault that it finds and goes on, as far as that has a meaning.

import type { CommandDefinition, TestDefinition } from '../definitions.ts';
import { type ScriptFault, SIEVE_CAPABILITIES } from '../types.ts';
import { nearestNames } from './nearest.ts';
import type { CommandNode, StringNode, TestNode } from './parser.ts';
import { readCall } from './signature.ts';
import { quoted, ScriptError, type ScriptSource } from './source.ts';
import type { Step, Test } from './steps.ts';
import { readText, type Text } from './text.ts';

/** More faults help nobody. */
const MOST_FAULTS = 30;

/** What is known without require (RFC 5228 6.2: comparators too). */
const always = ['comparator-i;octet', 'comparator-i;ascii-casemap'] as const;
/** What comes with a capability (RFC 5235 2.2, RFC 5703 4, RFC 6131, RFC 5231 ...). */
const implied: Readonly<Record<string, readonly string[]>> = {
  spamtestplus: ['spamtest'],
  'vacation-seconds': ['vacation'],
};

const offered: ReadonlySet<string> = new Set(SIEVE_CAPABILITIES);

export interface Definitions {
  readonly commands: ReadonlyMap<string, CommandDefinition>;
  readonly tests: ReadonlyMap<string, TestDefinition>;
}

export class Checking {
  readonly #source: ScriptSource;
  readonly #definitions: Definitions;
  readonly #capabilities = new Set<string>(always);
  /** By require, or by ihave of what there is. */
  readonly required = new Set<string>();
  readonly faults: ScriptFault[] = [];
  readonly doubts: ScriptFault[] = [];
  /** RFC 6609 3.3: variables that `global` made so. */
  readonly #globals = new Set<string>();
  readonly #ownVariables = new Set<string>();
  /** RFC 5703 3: names of the loops around, the innermost last; '' for one without a name. */
  readonly loops: string[] = [];
  /** Nothing but require and global came before. */
  isAtStart = true;
  #depth = 0;
  #faultCount = 0;

  constructor(source: ScriptSource, definitions: Definitions) {
    this.#source = source;
    this.#definitions = definitions;
  }

  /** Not at the outermost level. */
  get isInBlock(): boolean {
    return this.#depth > 1;
  }

  /** Of all that were met, those with them that are no longer told. */
  get faultCount(): number {
    return this.#faultCount;
  }

  fault(at: number, message: string): void {
    this.#faultCount++;
    if (!this.#isFull) this.faults.push(this.#source.fault(at, message));
  }

  lineOf(at: number): number {
    return this.#source.lineOf(at);
  }

  /** What is allowed and can hardly be meant. */
  doubt(at: number, message: string): void {
    if (this.doubts.length < MOST_FAULTS) this.doubts.push(this.#source.fault(at, message));
  }

  /** Enough is said: the check ends. */
  get #isFull(): boolean {
    return this.faults.length >= MOST_FAULTS;
  }

  /** A fault for what was not required. */
  needs(at: number, what: string, capability: string): void {
    this.fault(at, `found ${what}; expected require "${capability}" at the start of the script`);
  }

  has(capability: string): boolean {
    return this.#capabilities.has(capability);
  }

  /** Whether we offer it at all. */
  offers(capability: string): boolean {
    return offered.has(capability);
  }

  /** require, or ihave (RFC 5463 4) of what we offer. */
  enable(capability: string): void {
    for (const name of [capability, ...(implied[capability] ?? [])]) this.#capabilities.add(name);
    this.required.add(capability);
  }

  requireCapability(capability: Text): void {
    const name = capability.constant ?? '';
    if (offered.has(name)) return this.enable(name);
    const near = nearestNames(name, SIEVE_CAPABILITIES);
    this.fault(
      capability.at,
      `found require ${quoted(name)}, which is not known here; expected ${near.length > 0 ? `one like ${near.map(quoted).join(', ')}` : `one of ${SIEVE_CAPABILITIES.join(', ')}`}`,
    );
  }

  /** RFC 6609 3.3: a name that was used before, as one of the script's own, cannot become global. */
  makeGlobal(variable: string, at: number): void {
    if (this.#ownVariables.has(variable))
      this.fault(at, `found global for "${variable}", which was used before; expected global first`);
    this.#globals.add(variable);
  }

  /** A variable by its plain name was met. Whether it is a global one. */
  meetVariable(variable: string): boolean {
    if (this.#globals.has(variable)) return true;
    this.#ownVariables.add(variable);
    return false;
  }

  text(node: StringNode): Text {
    return readText(node, this);
  }

  /** Commands of a block, or of the whole script. */
  block(nodes: readonly CommandNode[]): readonly Step[] {
    const steps: Step[] = [];
    /** The command that ends the block, if one did. */
    let last: string | undefined;
    this.#depth++;
    for (let index = 0; index < nodes.length && !this.#isFull; ) {
      const node = nodes[index]!;
      const definition = this.#findCommand(node);
      // elsif and else belong to their if.
      let end = index + 1;
      if (definition?.continuedBy !== undefined)
        while (end < nodes.length && definition.continuedBy.has(nodes[end]!.name)) end++;
      const chain = nodes.slice(index, end);
      index = end;
      if (definition === undefined) continue;
      if (definition.isPreamble !== true) this.isAtStart = false;
      if (last !== undefined) {
        this.doubt(
          node.at,
          `found ${node.name} behind ${last}, where no run comes; expected ${last} as the last command`,
        );
        last = undefined;
      }
      if (definition.isEnd === true) last = node.name;
      const step = definition.checkChain
        ? definition.checkChain(chain, this)
        : this.#single(node, definition);
      if (step !== undefined) steps.push(step);
    }
    this.#depth--;
    return steps;
  }

  #single(node: CommandNode, definition: CommandDefinition): Step | undefined {
    if (definition.check === undefined) return undefined;
    if (node.block !== undefined && definition.hasBlock !== true)
      this.fault(node.at, `found a block behind ${node.name}; expected ";"`);
    if (node.block === undefined && definition.hasBlock === true)
      this.fault(node.at, `found ${node.name} without a block; expected "{" and commands`);
    const call = readCall(node, definition.signature, this);
    return call === undefined ? undefined : definition.check(call, this, node);
  }

  #findCommand(node: CommandNode): CommandDefinition | undefined {
    const definition = this.#definitions.commands.get(node.name);
    if (definition === undefined) {
      const near = nearestNames(node.name, [...this.#definitions.commands.keys()]);
      const isTest = this.#definitions.tests.has(node.name);
      this.fault(
        node.at,
        `found ${quoted(node.name)}${isTest ? ', which is a test' : ''}; expected a command${near.length > 0 ? ` such as ${near.join(', ')}` : ''}`,
      );
      return undefined;
    }
    return this.#isAllowed(node, 'the command', definition.capabilities) ? definition : undefined;
  }

  #isAllowed(node: TestNode, kind: string, capabilities: readonly string[] | undefined): boolean {
    if (capabilities === undefined || capabilities.some((name) => this.has(name))) return true;
    this.needs(node.at, `${kind} ${node.name}`, capabilities[0]!);
    return false;
  }

  /** Undefined: it has faults, which are noted. */
  test(node: TestNode): Test | undefined {
    const definition = this.#definitions.tests.get(node.name);
    if (definition === undefined) {
      const near = nearestNames(node.name, [...this.#definitions.tests.keys()]);
      const isCommand = this.#definitions.commands.has(node.name);
      this.fault(
        node.at,
        `found ${quoted(node.name)}${isCommand ? ', which is a command' : ''}; expected a test${near.length > 0 ? ` such as ${near.join(', ')}` : ''}`,
      );
      return undefined;
    }
    if (!this.#isAllowed(node, 'the test', definition.capabilities)) return undefined;
    const call = readCall(node, definition.signature, this);
    return call === undefined ? undefined : definition.check(call, this);
  }
}

/** Places a thrown fault; anything else is a bug of ours and goes on. */
export function faultOf(error: unknown, source: ScriptSource, runAt = 0): ScriptFault {
  if (error instanceof ScriptError) return source.fault(error.at ?? runAt, error.message);
  throw error;
}
