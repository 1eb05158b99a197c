// The base of the language: control (RFC 5228 3: if, require, stop), and the tests that need no letter (5.2, 5.3, 5.8,
// 5.10: allof, anyof, not, true, false). ihave's dead branches are not checked (RFC 5463 4): they name what we lack.
import { type CommandDefinition, type Extension, type TestDefinition, test } from '../definitions.ts';
import type { Checking } from '../language/checking.ts';
import type { CommandNode } from '../language/parser.ts';
import { readCall } from '../language/signature.ts';
import { ask, performSteps, type Step, type Test } from '../language/steps.ts';

interface Branch {
  readonly test: Test | undefined;
  readonly steps: readonly Step[];
}

function checkIf(chain: readonly CommandNode[], checking: Checking): Step | undefined {
  const branches: Branch[] = [];
  let hasElse = false;
  /** A branch before was taken for certain: those behind are dead. */
  let isDecided = false;
  for (const node of chain) {
    if (hasElse)
      checking.fault(
        node.at,
        `found ${node.name} behind else; expected another command, or elsif before else`,
      );
    if (node.block === undefined)
      checking.fault(node.at, `found ${node.name} without a block; expected "{" and commands`);
    if (node.name === 'else') {
      hasElse = true;
      readCall(node, {}, checking);
      if (!isDecided) branches.push({ test: undefined, steps: checking.block(node.block ?? []) });
      continue;
    }
    if (isDecided || readCall(node, { tests: 'one' }, checking) === undefined) continue;
    const asked = checking.test(node.tests[0]!);
    if (asked?.constant === false) continue;
    const steps = checking.block(node.block ?? []);
    if (asked !== undefined) branches.push({ test: asked.constant === true ? undefined : asked, steps });
    if (asked?.constant === true) isDecided = true;
  }
  return {
    at: chain[0]!.at,
    perform: async (run) => {
      for (const { test, steps } of branches)
        if (test === undefined || (await ask(test, run))) return performSteps(steps, run);
      return 'next';
    },
  };
}

/** elsif or else at the place of a command. */
const orphan = (name: string): CommandDefinition => ({
  name,
  signature: {},
  checkChain: ([node], checking) => {
    checking.fault(node!.at, `found ${name} without its if; expected if, or elsif, right before it`);
    return { at: node!.at, perform: () => undefined };
  },
});

const requireCommand: CommandDefinition = {
  name: 'require',
  signature: { positional: [{ name: 'the list of capabilities', type: 'strings' }] },
  isPreamble: true,
  check: (call, checking) => {
    if (!checking.isAtStart || checking.isInBlock)
      checking.fault(call.at, 'found require behind other commands; expected it at the start of the script');
    for (const capability of call.texts('the list of capabilities') ?? [])
      checking.requireCapability(capability);
    return undefined;
  },
};

/** allof and anyof: `decisive` ends the list. */
const listTest = (name: string, decisive: boolean): TestDefinition => ({
  name,
  signature: { tests: 'list' },
  check: (call, checking) => {
    const before = checking.faultCount;
    const tests: Test[] = [];
    for (const node of call.tests) {
      const one = checking.test(node);
      if (one?.constant === decisive) {
        // RFC 5463 4: what is behind ihave in allof, and its block, may name what we lack.
        if (!decisive || tests.length === 0) return constantTest(decisive);
        tests.push(one);
        break;
      }
      if (one !== undefined && one.constant === undefined) tests.push(one);
    }
    // All known: but a list whose tests have faults is no claim.
    if (tests.length === 0) return checking.faultCount > before ? undefined : constantTest(!decisive);
    return test(async (run) => {
      for (const each of tests) if ((await ask(each, run)) === decisive) return decisive;
      return !decisive;
    });
  },
});

export const constantTest = (value: boolean): Test => ({ constant: value, holds: () => value });

const notTest: TestDefinition = {
  name: 'not',
  signature: { tests: 'one' },
  check: (call, checking) => {
    const inner = checking.test(call.tests[0]!);
    if (inner === undefined) return undefined;
    if (inner.constant !== undefined) return constantTest(!inner.constant);
    return test(async (run) => !(await ask(inner, run)));
  },
};

export const base: Extension = {
  commands: [
    {
      name: 'if',
      signature: { tests: 'one' },
      continuedBy: new Set(['elsif', 'else']),
      checkChain: checkIf,
    },
    orphan('elsif'),
    orphan('else'),
    requireCommand,
    {
      name: 'stop',
      signature: {},
      check: (call) => ({ at: call.at, perform: () => 'stop' }),
    },
  ],
  tests: [
    listTest('allof', false),
    listTest('anyof', true),
    notTest,
    // No constants: what stands behind `if true` is checked all the same.
    { name: 'true', signature: {}, check: () => test(() => true) },
    { name: 'false', signature: {}, check: () => test(() => false) },
  ],
};
