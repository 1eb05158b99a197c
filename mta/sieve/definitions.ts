// What an extension adds to the language: commands and tests, each with its arguments and how it is checked into what a run
// performs. One file of commands/ fills this for one RFC or a few that belong together; table.ts gathers them.
import type { Checking } from './language/checking.ts';
import type { CommandNode } from './language/parser.ts';
import type { Call, Signature } from './language/signature.ts';
import type { Step, Test } from './language/steps.ts';
import type { Run } from './run-state.ts';

export interface CommandDefinition {
  readonly name: string;
  /** One of them has to be required; undefined: always known. */
  readonly capabilities?: readonly string[];
  readonly signature: Signature;
  readonly hasBlock?: boolean;
  /** May stand before a require (RFC 5228 3.2). */
  readonly isPreamble?: boolean;
  /** Commands that may follow it directly and are one with it: elsif and else of if. */
  readonly continuedBy?: ReadonlySet<string>;
  checkChain?(chain: readonly CommandNode[], checking: Checking): Step | undefined;
  check?(call: Call, checking: Checking, node: CommandNode): Step | undefined;
}

export interface TestDefinition {
  readonly name: string;
  readonly capabilities?: readonly string[];
  readonly signature: Signature;
  check(call: Call, checking: Checking): Test | undefined;
}

/** What one file of commands/ offers. */
export interface Extension {
  readonly commands?: readonly CommandDefinition[];
  readonly tests?: readonly TestDefinition[];
}

/** A step that goes on with the next one. */
export function step(call: { readonly at: number }, perform: (run: Run) => void | Promise<void>): Step {
  return {
    at: call.at,
    perform: (run) => {
      const done = perform(run);
      return done instanceof Promise ? done.then(() => undefined) : undefined;
    },
  };
}

/** A test that no check can answer. */
export function test(holds: (run: Run) => boolean | Promise<boolean>): Test {
  return { constant: undefined, holds };
}
