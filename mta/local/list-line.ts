// Program lines of mailing lists, `|/usr/local/bin/ezmlm/ezmlm-manage '/home/joe/list'` and the small scripts around
// such calls (spec/vpopmail.md 8.3), done in this process: no shell and no program is started for a letter. Programs are known
// by their names, whatever their path; all of a line must be of this kind (shell-line.ts), its lists must keep their
// subscribers in files, and we must run as the user whose line it is. Else the line is a program line like any other.

import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Injector } from '../inject/types.ts';
import { usesDatabase } from '../lists/list.ts';
import { runListProgram } from '../lists/program.ts';
import { listPrograms } from '../lists/programs.ts';
import { type Log, quoted } from '../log.ts';
import { describeError } from '../maildir/calls.ts';
import { createLetter } from './list-letter.ts';
import { judgeExitCode, type ProgramResult } from './program.ts';
import { callsOf, type FileCondition, parseShellLine, type ShellPart } from './shell-line.ts';

/** A letter that came to such a line. */
export interface ListDelivery {
  readonly home: string;
  readonly owner: { readonly uid: number; readonly gid: number };
  /** As for programs: SENDER, DEFAULT ... */
  readonly env: Readonly<Record<string, string>>;
  readonly message: Buffer | undefined;
  /** The queue file, when there is no message in memory. */
  readonly path: () => Promise<string> | string;
}

export interface ListDesk {
  /** Does what the line says. Undefined: it is not one of these, and a shell runs it. Never rejects. */
  run(command: string, delivery: ListDelivery): Promise<ProgramResult | undefined>;
}

/** qmail-local takes so much of what a program prints. */
const OUTPUT_LIMIT = 4096;

/** The name of a program that we have; undefined for all others. */
function nameOf(word: string): string | undefined {
  const name = /^(?:\/.*)?\/?(ezmlm-[a-z]+)$/.exec(word)?.[1];
  return name !== undefined && Object.hasOwn(listPrograms, name) ? name : undefined;
}

/** A line that is all ours; undefined: it is not. Pure. */
export function readListLine(command: string): ShellPart | undefined {
  if (!command.includes('ezmlm-')) return undefined;
  const part = parseShellLine(command);
  if (part === undefined) return undefined;
  const calls = callsOf(part);
  // ezmlm-request -f answers for several lists, with a file that we do not read.
  const isOurs = ([word, ...args]: readonly [string, ...string[]]): boolean =>
    nameOf(word) !== undefined && !(nameOf(word) === 'ezmlm-request' && args[0]?.startsWith('-'));
  return calls.length > 0 && calls.every(isOurs) ? part : undefined;
}

/** List directories that a line names: arguments that are absolute paths. */
const directoriesOf = (part: ShellPart): readonly string[] =>
  callsOf(part)
    .flatMap(([, ...args]) => args)
    .filter((word) => word.startsWith('/') && !/\/ezmlm-[a-z]+$/.test(word));

export function createListDesk(injector: Injector, log: Log, etc?: string): ListDesk {
  return {
    async run(command, delivery) {
      const part = readListLine(command);
      if (part === undefined) return undefined;
      try {
        if (!(await mayRun(part, delivery))) return undefined;
        const run = new LineRun(injector, delivery, etc);
        const status = await run.part(part);
        return { effect: judgeExitCode(status), output: run.output };
      } catch (error) {
        log(
          `warning: ${quoted(command.trim())}: ${quoted(error instanceof Error ? error.message : String(error))}`,
        );
        return {
          effect: 'temporary',
          output: `Internal error in a mailing list: ${describeError(error)}. (#4.3.0)`,
        };
      }
    },
  };
}

async function mayRun(part: ShellPart, { home, owner }: ListDelivery): Promise<boolean> {
  const self = process.geteuid?.();
  if (owner.uid === 0 || (self !== 0 && self !== owner.uid)) return false;
  for (const word of directoriesOf(part)) {
    const directory = resolve(home, word);
    if (await usesDatabase(directory)) return false;
    // As root (which no worker of a server is) we touch nothing that is not the user's.
    const uid = await stat(directory).then(
      (stats) => stats.uid,
      () => undefined,
    );
    if (self === 0 && uid !== undefined && uid !== owner.uid) return false;
  }
  return true;
}

/** `exit` ends the whole line. */
class Exit extends Error {
  readonly status: number;

  constructor(status: number) {
    super('exit');
    this.status = status;
  }
}

class LineRun {
  output = '';
  readonly #injector: Injector;
  readonly #delivery: ListDelivery;
  readonly #etc: string | undefined;

  constructor(injector: Injector, delivery: ListDelivery, etc: string | undefined) {
    this.#injector = injector;
    this.#delivery = delivery;
    this.#etc = etc;
  }

  /** @returns the exit status of the line */
  async part(part: ShellPart): Promise<number> {
    try {
      return await this.#run(part);
    } catch (error) {
      if (error instanceof Exit) return error.status;
      throw error;
    }
  }

  async #run(part: ShellPart): Promise<number> {
    switch (part.kind) {
      case 'call':
        return this.#call(part.words);
      case 'test': {
        for (const condition of part.conditions) if (!(await this.#holds(condition))) return 1;
        return 0;
      }
      case 'echo':
        this.#print(part.text);
        return 0;
      case 'exit':
        throw new Exit(part.status);
      case 'chain': {
        let status = await this.#run(part.first);
        for (const { operator, part: next } of part.rest)
          if ((operator === '&&') === (status === 0)) status = await this.#run(next);
        return status;
      }
      case 'list': {
        let status = 0;
        for (const one of part.parts) status = await this.#run(one);
        return status;
      }
      case 'if':
        if ((await this.#run(part.condition)) === 0) return this.#run(part.then);
        return part.otherwise ? this.#run(part.otherwise) : 0;
    }
  }

  async #holds({ isNot, operator, path }: FileCondition): Promise<boolean> {
    const stats = await stat(resolve(this.#delivery.home, path)).catch(() => undefined);
    const isSo =
      stats !== undefined &&
      (operator === 'f' || operator === 's'
        ? stats.isFile() && (operator === 'f' || stats.size > 0)
        : operator !== 'd' || stats.isDirectory());
    return isSo !== isNot;
  }

  async #call([word, ...args]: readonly [string, ...string[]]): Promise<number> {
    const name = nameOf(word) as string;
    const { env, home, message, path, owner } = this.#delivery;
    const program = await listPrograms[name]!();
    const answer = await runListProgram(name, program, {
      args,
      env: { ...env, PWD: home },
      letter: createLetter(message ?? (await path())),
      injector: async () => this.#injector,
      origin: `uid ${owner.uid}`,
      now: Math.floor(Date.now() / 1000),
      etc: this.#etc ?? env.EZMLM_ETC,
    });
    this.#print(answer.output);
    return answer.status;
  }

  #print(text: string): void {
    this.output = (this.output + text.replace(/\0.*/s, '')).slice(0, OUTPUT_LIMIT);
  }
}
