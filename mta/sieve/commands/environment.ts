// What a script may ask about the place it runs in: ihave and error (RFC 5463), environment (RFC 5183), and what the checks
// at the door said (RFC 5235): spamtest and virustest.
import { type Extension, step, type TestDefinition, test } from '../definitions.ts';
import type { Call } from '../language/signature.ts';
import { ScriptError } from '../language/source.ts';
import { matchTags, readMatcher } from '../matching/match.ts';
import type { Run } from '../run-state.ts';
import { constantTest } from './base.ts';

const scoreTest = (
  name: string,
  capabilities: readonly string[],
  hasPercent: boolean,
  scoreOf: (call: Call, run: Run) => number,
): TestDefinition => ({
  name,
  capabilities,
  signature: {
    tags: hasPercent ? [...matchTags, { name: 'percent', capability: 'spamtestplus' }] : matchTags,
    positional: [{ name: 'the value', type: 'string' }],
  },
  check: (call, checking) => {
    const matcher = readMatcher(call, 'the value', checking);
    if (matcher === undefined) return undefined;
    return test((run) => matcher.matches([String(scoreOf(call, run))], run));
  },
});

export const environment: Extension = {
  commands: [
    {
      name: 'error',
      capabilities: ['ihave'],
      isEnd: true,
      signature: { positional: [{ name: 'the message', type: 'string' }] },
      check: (call) =>
        step(call, (run) => {
          const message = call.text('the message')!.valueIn(run).slice(0, 1000).toWellFormed();
          throw new ScriptError(`the script says: ${message.replace(/[\x00-\x1f\x7f]+/g, ' ')}`);
        }),
    },
  ],
  tests: [
    {
      name: 'ihave',
      capabilities: ['ihave'],
      signature: { positional: [{ name: 'the list of capabilities', type: 'strings' }] },
      check: (call, checking) => {
        const texts = call.texts('the list of capabilities') ?? [];
        for (const { constant, at } of texts)
          if (constant === undefined)
            checking.fault(at, 'found a capability with variables at ihave; expected constants');
        const names = texts.map(({ constant }) => constant ?? '');
        // RFC 5463 4: what changes how strings are read is there from the start or not at all.
        const hasAll = names.every(
          (name) =>
            checking.offers(name) &&
            (checking.has(name) || (name !== 'variables' && name !== 'encoded-character')),
        );
        // RFC 5463 4: as if it were required, from here on.
        if (hasAll) for (const name of names) checking.enable(name);
        return constantTest(hasAll);
      },
    },
    {
      name: 'environment',
      capabilities: ['environment'],
      signature: {
        tags: matchTags,
        positional: [
          { name: 'the name', type: 'string' },
          { name: 'the list of keys', type: 'strings' },
        ],
      },
      check: (call, checking) => {
        const matcher = readMatcher(call, 'the list of keys', checking);
        if (matcher === undefined) return undefined;
        return test((run) => {
          const name = call.text('the name')!.valueIn(run).toLowerCase();
          const { items } = run.environment;
          const value = Object.hasOwn(items, name) ? items[name] : undefined;
          // RFC 5183 4: an item that is not known fails, whatever the keys.
          return value !== undefined && matcher.matches([value], run);
        });
      },
    },
    scoreTest('spamtest', ['spamtest', 'spamtestplus'], true, (call, { environment: { spam } }) =>
      call.has('percent') ? spam.percent : spam.score,
    ),
    scoreTest('virustest', ['virustest'], false, (_call, run) => run.environment.virus),
  ],
};
