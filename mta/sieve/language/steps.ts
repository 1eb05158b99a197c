// What a checked script is made of: steps that a run performs and tests that it asks. Both answer at once where they can,
// and with a promise only where they must wait (for a mailbox, another script, or their turn on the event loop).
import type { Run } from '../run-state.ts';
import type { SieveScript } from '../types.ts';
import type { ScriptSource } from './source.ts';

/** How a run goes on behind a step. */
export type Flow = 'next' | 'stop' | 'return' | 'break';

export interface Step {
  /** Offset of its command in the script. */
  readonly at: number;
  perform(run: Run): Flow | undefined | Promise<Flow | undefined>;
}

export interface Test {
  /** Known before any run (ihave, true, false and what is made of them): RFC 5463 4. */
  readonly constant: boolean | undefined;
  holds(run: Run): boolean | Promise<boolean>;
}

/** A script after its check. */
export class CheckedScript implements SieveScript {
  readonly name: string;
  readonly capabilities: ReadonlySet<string>;
  readonly source: ScriptSource;
  readonly steps: readonly Step[];

  constructor(name: string, capabilities: ReadonlySet<string>, source: ScriptSource, steps: readonly Step[]) {
    this.name = name;
    this.capabilities = capabilities;
    this.source = source;
    this.steps = steps;
  }
}

export async function performSteps(steps: readonly Step[], run: Run): Promise<Flow> {
  for (const step of steps) {
    run.at = step.at;
    run.work.spend(STEP_COST);
    if (run.work.isDue) await run.work.pause();
    const result = step.perform(run);
    const flow = result instanceof Promise ? await result : result;
    if (flow !== undefined && flow !== 'next') return flow;
  }
  return 'next';
}

/** Whether a test holds, waited for only where it is not known at once. */
export async function ask(test: Test, run: Run): Promise<boolean> {
  run.work.spend(STEP_COST);
  if (run.work.isDue) await run.work.pause();
  const answer = test.holds(run);
  return typeof answer === 'boolean' ? answer : await answer;
}

/** What a step or a test costs by itself, in characters looked at. */
const STEP_COST = 50;
