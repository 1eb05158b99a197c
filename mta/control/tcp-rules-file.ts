// The access rules of one door as they are now: control/tcp.smtp or tcp.smtp.cdb, as tcpserver reads them for each
// connection (spec/qmail.md 4.5). The compiled file counts unless the text is newer. A change is seen within a second,
// through symbolic links too; in between nothing is asked of the disk. Rules that have become unreadable keep their old
// form and are told once; without an old form nobody can be let in, since nobody knows who was denied.
import { stat } from 'node:fs/promises';
import { Cdb } from '../formats/cdb.ts';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import { CachedFile, isMissing } from './cached-file.ts';
import { compileTcpRules, findTcpRule, type TcpClient, type TcpRule } from './tcp-rules.ts';

/** Rules at one moment. */
export interface TcpRules {
  find(client: TcpClient): TcpRule;
  /** A rule asks for the client's name. */
  readonly usesHost: boolean;
  /** Whoever fits no other rule may send to anywhere: an open relay. */
  readonly isOpen: boolean;
}

/** What there is: rules, no file, or a file that cannot be used. */
export type TcpRulesState = TcpRules | 'none' | 'broken';

/** For how long a look at the files is good. */
const TRUST_MS = 1000;

export class TcpRulesFile {
  readonly #path: string;
  readonly #log: Log;
  readonly #text: CachedFile<TcpRules | undefined>;
  readonly #cdb: CachedFile<TcpRules | undefined>;
  #state: TcpRulesState = 'none';
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<TcpRulesState> | undefined;
  #told = '';

  /** @param path of the text; the compiled file has `.cdb` behind it */
  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
    this.#text = new CachedFile(path, (bytes) =>
      bytes === undefined ? undefined : openRules(Cdb.from(compileTcpRules(bytes.toString('latin1')), path)),
    );
    this.#cdb = new CachedFile(`${path}.cdb`, (bytes) =>
      bytes === undefined ? undefined : openRules(Cdb.from(bytes, `${path}.cdb`)),
    );
  }

  /** The state of the last look; what a decision that cannot wait goes by. */
  get last(): TcpRulesState {
    return this.#state;
  }

  /** The rules now; a promise only when the files have to be looked at. Never rejects. */
  read(): TcpRulesState | Promise<TcpRulesState> {
    if (performance.now() - this.#lookedAt < TRUST_MS) return this.#state;
    this.#looking ??= this.#look().finally(() => {
      this.#lookedAt = performance.now();
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<TcpRulesState> {
    let problem = '';
    try {
      const [text, cdb] = await Promise.all([changedAt(this.#path), changedAt(`${this.#path}.cdb`)]);
      if (text === undefined && cdb === undefined) this.#state = 'none';
      else if (cdb !== undefined && (text === undefined || cdb >= text))
        this.#state = (await this.#cdb.read()) ?? 'none';
      else {
        if (cdb !== undefined)
          problem = `warning: ${this.#path} is newer than its cdb, which does not count until tcprules has run`;
        this.#state = (await this.#text.read()) ?? 'none';
      }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const kept = typeof this.#state === 'object' ? 'keeping the old rules' : 'nobody is let in by them';
      problem = `alert: unable to read the rules of ${this.#path}, ${kept}: ${reason}`;
      if (typeof this.#state !== 'object') this.#state = 'broken';
    }
    if (problem === '' && typeof this.#state === 'object' && this.#state.isOpen)
      problem = `warning: the rules of ${this.#path} let everybody relay: RELAYCLIENT is set for all addresses`;
    if (problem !== '' && problem !== this.#told) this.#log(quoted(problem));
    this.#told = problem;
    return this.#state;
  }
}

function openRules(cdb: Cdb): TcpRules {
  let usesHost = false;
  for (const [key] of cdb.entries()) usesHost ||= key.includes('='.charCodeAt(0));
  const find = (client: TcpClient): TcpRule => findTcpRule(cdb, client);
  const rest = find({ ip: '' });
  const isOpen = !rest.isDenied && rest.variables.get('RELAYCLIENT') !== undefined;
  return { usesHost, isOpen, find };
}

async function changedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
