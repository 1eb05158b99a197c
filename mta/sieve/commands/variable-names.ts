// Names of variables as arguments (RFC 5229 4): a constant, letters, digits and `_`, or, with include, `global.` before it
// (RFC 6609 3.4). Match variables are read only.
import type { Checking } from '../language/checking.ts';
import { quoted } from '../language/source.ts';
import type { Text } from '../language/text.ts';

export interface VariableName {
  /** Lower case. */
  readonly name: string;
  readonly isGlobal: boolean;
}

/** Undefined: a fault, which is noted. */
export function readVariableName(text: Text, checking: Checking): VariableName | undefined {
  const variable = readPlainName(text, checking);
  if (variable === undefined || variable.isGlobal) return variable;
  return { ...variable, isGlobal: checking.meetVariable(variable.name) };
}

/** The same, before anybody asked whether `global` made it one. */
export function readPlainName(text: Text, checking: Checking): VariableName | undefined {
  const given = text.constant?.toLowerCase();
  const [, space, name = ''] = /^(global\.)?([a-z_][a-z0-9_]{0,127})$/.exec(given ?? '') ?? [];
  if (name === '' || (space !== undefined && !checking.has('include'))) {
    const why =
      given === undefined ? 'a name that holds variables' : `${quoted(given)} as the name of a variable`;
    checking.fault(text.at, `found ${why}; expected letters, digits and "_", a letter first`);
    return undefined;
  }
  return { name, isGlobal: space !== undefined };
}
