// The programs that have a word in a session (qmail-spp plugins, $RCPTCHECK): run with the environment that the patched
// qmail-smtpd gave them (spec/qmail.md 4.1), for a minute at most, and ended when the client goes.
import type { CheckFacts, Speaker } from './checks.ts';
import type { ChildEnd } from './child.ts';
import { makeChildEnvironment, runChild } from './child.ts';
import type { Door } from './door.ts';
import type { SessionPolicy } from './session-policy.ts';

/** Seconds that a plugin or $RCPTCHECK may take. */
const PROGRAM_SECONDS = 60;

/** What the session knows at the moment. */
export interface ProgramState {
  readonly policy: SessionPolicy;
  readonly helo: string;
  readonly sender: string;
  /** Variables that plugins have set, or taken away. */
  readonly set: ReadonlyMap<string, string | undefined>;
}

export class SessionPrograms {
  readonly #door: Door;
  readonly #facts: CheckFacts;
  readonly #look: () => ProgramState;
  /** Ends the programs that run; made for the first. */
  #gone: AbortController | undefined;
  #isGone = false;

  constructor(door: Door, facts: CheckFacts, look: () => ProgramState) {
    this.#door = door;
    this.#facts = facts;
    this.#look = look;
  }

  /** The client is gone: programs that were asked are ended. */
  abandon(): void {
    this.#isGone = true;
    this.#gone?.abort();
  }

  run(
    program: string,
    args: readonly string[],
    listenTo: 1 | 4,
    speaker: Speaker,
    more: Readonly<Record<string, string>>,
  ): Promise<ChildEnd> {
    const door = this.#door;
    this.#gone ??= new AbortController();
    if (this.#isGone) this.#gone.abort();
    return runChild({
      program: door.resolveProgram(program),
      args,
      directory: door.programs.directory,
      env: this.environment(speaker, more),
      listenTo,
      timeout: PROGRAM_SECONDS,
      signal: this.#gone.signal,
      log: (line) => door.crowd.log(this.#facts.network, door.clock(), `smtpd: ${line}`),
    });
  }

  /** What they see of us. */
  environment(speaker: Speaker, more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const { policy, helo, sender, set } = this.#look();
    const env = makeChildEnvironment(
      this.#door.programs,
      policy,
      {
        ...this.#facts,
        localHost: this.#door.settings.me,
        user: speaker.user,
        authMethod: speaker.authMethod,
      },
      { SMTPHELOHOST: helo, SMTPMAILFROM: sender, ...more },
    );
    for (const [name, value] of set) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
    return env;
  }
}
