// include (RFC 6609): include with :personal, :global, :once and :optional; return; global. A script that is already running
// is not run within itself, and both depth and number of includes are bounded.
import { type CommandDefinition, type Extension, step } from '../definitions.ts';
import type { Checking } from '../language/checking.ts';
import { quoted, ScriptError } from '../language/source.ts';
import { CheckedScript, type Flow, performSteps } from '../language/steps.ts';
import type { Run } from '../run-state.ts';
import { readPlainName } from './variable-names.ts';

/** RFC 6609 3.1 asks for 3 at least. */
const MOST_DEPTH = 10;
const MOST_INCLUDES = 100;
const MOST_NAME_BYTES = 512;

type Location = 'personal' | 'global';

const includeCommand: CommandDefinition = {
  name: 'include',
  capabilities: ['include'],
  signature: {
    tags: [
      { name: 'personal', group: 'location' },
      { name: 'global', group: 'location' },
      { name: 'once' },
      { name: 'optional' },
    ],
    positional: [{ name: 'the name of the script', type: 'string' }],
  },
  check: (call, checking) => {
    const { constant: name, at } = call.text('the name of the script')!;
    // RFC 6609 3.1: no variables in it.
    if (name === undefined) {
      checking.fault(at, 'found the name of a script with variables; expected a constant');
      return undefined;
    }
    // RFC 5804 1.6: what no script may be named.
    if (
      name === '' ||
      Buffer.byteLength(name) > MOST_NAME_BYTES ||
      /[\x00-\x1f\x7f-\x9f\u2028\u2029/]/.test(name)
    ) {
      checking.fault(
        at,
        `found ${quoted(name)} as the name of a script; expected 1 to ${MOST_NAME_BYTES} bytes without "/" and control characters`,
      );
      return undefined;
    }
    const location: Location = call.has('global') ? 'global' : 'personal';
    const isOptional = call.has('optional');
    const isOnce = call.has('once');
    return {
      at: call.at,
      perform: (run) => runIncluded(run, call.at, { name, location, isOptional, isOnce }),
    };
  },
};

interface Wanted {
  readonly name: string;
  readonly location: Location;
  readonly isOptional: boolean;
  readonly isOnce: boolean;
}

async function runIncluded(run: Run, at: number, wanted: Wanted): Promise<Flow> {
  const { name, location } = wanted;
  const key = `${location} ${name}`;
  if (wanted.isOnce && run.included.has(key)) return 'next';
  if (run.including.length > MOST_DEPTH)
    throw new ScriptError(
      `found scripts included more than ${MOST_DEPTH} deep; expected at most ${MOST_DEPTH}`,
    );
  if (run.includes++ >= MOST_INCLUDES)
    throw new ScriptError(
      `found more than ${MOST_INCLUDES} includes in one run; expected at most ${MOST_INCLUDES}`,
    );
  const isRunning = run.including.some(
    (other) =>
      other.name === name &&
      (other.location === location || (other.location === 'main' && location === 'personal')),
  );
  if (isRunning)
    throw new ScriptError(`found the script ${quoted(name)} included in itself; expected another script`);
  const script = await run.environment.findScript(name, location);
  if (script === undefined) {
    if (wanted.isOptional) return 'next';
    throw new ScriptError(
      `found no ${location} script ${quoted(name)}; expected one without faults, or :optional`,
    );
  }
  if (!(script instanceof CheckedScript)) throw new TypeError('a script that compileScript did not make');
  run.included.add(key);
  const { script: outer, variables } = run;
  run.including.push({ location, name });
  run.script = script;
  run.variables = variables.forIncluded();
  try {
    const flow = await performSteps(script.steps, run);
    return flow === 'stop' ? 'stop' : 'next';
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    const { line, column, message } = script.source.fault(error.at ?? run.at, error.message);
    throw new ScriptError(
      `in the included script ${quoted(name)}, line ${line}, column ${column}: ${message}`,
      at,
    );
  } finally {
    run.script = outer;
    run.variables = variables;
    run.at = at;
    run.including.pop();
  }
}

export const include: Extension = {
  commands: [
    includeCommand,
    {
      name: 'return',
      capabilities: ['include'],
      signature: {},
      check: (call) => ({ at: call.at, perform: () => 'return' }),
    },
    {
      name: 'global',
      capabilities: ['include'],
      signature: {
        positional: [{ name: 'the list of variables', type: 'strings', capability: 'variables' }],
      },
      isPreamble: true,
      check: (call, checking: Checking) => {
        for (const text of call.texts('the list of variables') ?? []) {
          const variable = readPlainName(text, checking);
          if (variable !== undefined) checking.makeGlobal(variable.name, text.at);
        }
        return step(call, () => undefined);
      },
    },
  ],
};
