// One run of scripts over one letter: the letter as edits left it, variables, flags, actions, and what includes, loops and
// work have come to. Steps and tests get it; nothing of it outlives the run.
import { Actions } from './actions.ts';
import type { CheckedScript } from './language/steps.ts';
import { Letter } from './letter/letter.ts';
import type { Part } from './letter/parts.ts';
import type { SieveEnvironment, SieveLetter } from './types.ts';
import { Variables } from './variables.ts';
import { Work } from './work.ts';

export class Run {
  readonly letter: Letter;
  readonly environment: SieveEnvironment;
  readonly work = new Work();
  readonly actions = new Actions();
  variables = new Variables();
  /** RFC 5232 2: the internal variable; included scripts share it. */
  flags: readonly string[] = [];
  /** The script that runs, and offset of its command. */
  script: CheckedScript;
  at = 0;
  /** Scripts around this one, the outermost first; this one is the last. */
  readonly including: { readonly location: 'personal' | 'global' | 'main'; readonly name: string }[];
  /** How many were included, and how often the mailbox was asked. */
  includes = 0;
  questions = 0;
  /** RFC 6609 3.1: what :once asks about. */
  readonly included = new Set<string>();
  /** RFC 5703 3: the parts of the loops around, the innermost last. */
  readonly parts: Part[] = [];
  /** Name of the loop that a break ends; '' is the innermost. */
  breakTo = '';

  constructor(script: CheckedScript, letter: SieveLetter, environment: SieveEnvironment) {
    this.script = script;
    this.letter = new Letter(letter, this.work);
    this.environment = environment;
    this.including = [{ location: 'main', name: script.name }];
  }
}
