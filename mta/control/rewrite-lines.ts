// control/rewrite: instructions for host names, one a line (rewriting(5)).
import { type HostRule, parseHostRule } from '../inject/header/host-rules.ts';
import { ControlError, type ControlFile, readLines } from './reading.ts';

/** Undefined: no file. @throws ControlError for a line that is no instruction */
export function readHostRuleLines(file: ControlFile): readonly HostRule[] | undefined {
  return readLines(file)?.map((line) => {
    const rule = parseHostRule(Buffer.from(line, 'utf8').toString('latin1'));
    if (rule !== undefined) return rule;
    throw new ControlError(file.path, line, '=POST:NEW, *POST:NEW, ?POST:NEW or -POST:NEW');
  });
}
