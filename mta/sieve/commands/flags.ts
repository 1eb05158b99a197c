// imap4flags (RFC 5232): setflag, addflag, removeflag and hasflag, on the internal variable or, with variables, on one by name.
import { type CommandDefinition, type Extension, step, type TestDefinition, test } from '../definitions.ts';
import type { Checking } from '../language/checking.ts';
import type { Call } from '../language/signature.ts';
import type { Text } from '../language/text.ts';
import { matchTags, readMatcher } from '../matching/match.ts';
import type { Run } from '../run-state.ts';
import { listFlags } from './flag-lists.ts';
import { readVariableName, type VariableName } from './variable-names.ts';

function flagsOf(variable: VariableName | undefined, run: Run): readonly string[] {
  if (variable === undefined) return run.flags;
  return listFlags([run.variables.read({ kind: 'variable', ...variable })]);
}

function writeFlags(variable: VariableName | undefined, flags: readonly string[], run: Run): void {
  if (variable === undefined) run.flags = flags;
  else run.variables.write(variable.name, variable.isGlobal, flags.join(' '));
}

/** Undefined twice over: none is named, or it has a fault. */
function readVariable(text: Text | undefined, checking: Checking): VariableName | undefined {
  return text === undefined ? undefined : readVariableName(text, checking);
}

const flagCommand = (
  name: string,
  change: (before: readonly string[], given: readonly string[]) => readonly string[],
): CommandDefinition => ({
  name,
  capabilities: ['imap4flags'],
  signature: {
    positional: [
      { name: 'the variable', type: 'string', isOptional: true, capability: 'variables' },
      { name: 'the list of flags', type: 'strings' },
    ],
  },
  check: (call: Call, checking: Checking) => {
    const variable = readVariable(call.text('the variable'), checking);
    const texts = call.texts('the list of flags') ?? [];
    return step(call, (run) => {
      const given = listFlags(texts.map((text) => text.valueIn(run)));
      writeFlags(variable, listFlags(change(flagsOf(variable, run), given)), run);
    });
  },
});

const without = (flags: readonly string[], gone: readonly string[]): readonly string[] => {
  const small = new Set(gone.map((flag) => flag.toLowerCase()));
  return flags.filter((flag) => !small.has(flag.toLowerCase()));
};

const hasflag: TestDefinition = {
  name: 'hasflag',
  capabilities: ['imap4flags'],
  signature: {
    tags: matchTags,
    positional: [
      { name: 'the list of variables', type: 'strings', isOptional: true, capability: 'variables' },
      { name: 'the list of flags', type: 'strings' },
    ],
  },
  check: (call, checking) => {
    const variables = call.texts('the list of variables')?.map((text) => readVariableName(text, checking));
    // RFC 5232 4: a key may hold several flags, each of them is one.
    const matcher = readMatcher(call, 'the list of flags', checking, {
      split: (text) => text.split(/[ \t\r\n]+/).filter((flag) => flag !== ''),
    });
    if (matcher === undefined) return undefined;
    return test((run) =>
      matcher.matches(
        (variables ?? [undefined]).flatMap((variable) => [...flagsOf(variable, run)]),
        run,
      ),
    );
  },
};

export const flags: Extension = {
  commands: [
    flagCommand('setflag', (_before, given) => given),
    flagCommand('addflag', (before, given) => [...before, ...given]),
    flagCommand('removeflag', without),
  ],
  tests: [hasflag],
};
