// A Sieve script from its bytes: read, checked, ready to run (RFC 5228 2.10.5: a script with a fault does not run at all).
// Pure, and safe for whatever bytes: time and stack are bounded by SIEVE_SCRIPT_BYTES and the limits of the parser.
import { Checking, faultOf } from './language/checking.ts';
import { type CommandNode, parseScript } from './language/parser.ts';
import { ScriptSource } from './language/source.ts';
import { CheckedScript } from './language/steps.ts';
import { definitions } from './table.ts';
import type { Compiled } from './types.ts';

/**
 * Compiles a script. `name`: under which its owner knows it. With `script`, `faults` is empty; without, it says in the
 * order of the text what is wrong.
 *
 * @example compileScript(Buffer.from('keep;'), { name: 'main' }).script !== undefined
 */
export function compileScript(bytes: Buffer, options: { readonly name: string }): Compiled {
  const source = ScriptSource.read(bytes);
  if (!(source instanceof ScriptSource)) return { script: undefined, faults: [source] };
  let commands: readonly CommandNode[];
  try {
    commands = parseScript(source.text);
  } catch (error) {
    return { script: undefined, faults: [faultOf(error, source)] };
  }
  const checking = new Checking(source, definitions);
  const steps = checking.block(commands);
  if (checking.faults.length > 0)
    return {
      script: undefined,
      faults: checking.faults.sort((a, b) => a.line - b.line || a.column - b.column),
    };
  return { script: new CheckedScript(options.name, checking.required, source, steps), faults: [] };
}
