// Runs a checked script over one letter and says which actions follow (RFC 5228 2.10). Nothing is carried out here. A run
// that goes wrong gives its error and no action: the letter is kept by the caller (RFC 5228 2.10.6). Rejects only for a bug.
import { ScriptError } from './language/source.ts';
import { CheckedScript, performSteps } from './language/steps.ts';
import { Run } from './run-state.ts';
import type { SieveAction, SieveEnvironment, SieveLetter, SieveResult, SieveScript } from './types.ts';

/**
 * Runs `script`, which compileScript made. The work is bounded, the event loop gets its turn every few milliseconds.
 *
 * @returns actions in the order in which they were asked for; with the implicit keep among them, as the last, when
 * nothing cancelled it
 */
export async function runScript(
  script: SieveScript,
  letter: SieveLetter,
  environment: SieveEnvironment,
): Promise<SieveResult> {
  if (!(script instanceof CheckedScript)) throw new TypeError('a script that compileScript did not make');
  const run = new Run(script, letter, environment);
  try {
    await performSteps(script.steps, run);
    return resultOf(run);
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    const fault = run.script.source.fault(error.at ?? run.at, error.message);
    return { actions: [], headers: [], error: fault, isDone: false };
  }
}

function resultOf(run: Run): SieveResult {
  const { actions, letter } = run;
  if (actions.isKeepImplicit)
    actions.add({ type: 'keep', flags: run.flags, edits: letter.edits, implicit: true });
  const list = actions.list;
  return {
    actions: list,
    headers: list.some(hasEdits) ? letter.headers.map(({ bytes }) => bytes) : [],
    error: undefined,
    isDone: !actions.isKept,
  };
}

const hasEdits = (action: SieveAction): boolean => 'edits' in action && action.edits > 0;
