// Who connects (tcpserver's part): the rules of the door, the name of the client where a rule asks for it, its user where
// control/ident asks for one, and the files that its variables name; in the end what holds for its session. Without rules
// and variables it is decided at once, from what the door has in memory.
import { isAbsolute, join } from 'node:path';
import { readBlockLists } from '../control/block-lists.ts';
import { CachedFile, CachedPaths } from '../control/cached-file.ts';
import { readSet } from '../control/reading.ts';
import { readPlugins } from '../control/smtp-plugins.ts';
import type { TcpRulesFile, TcpRulesState } from '../control/tcp-rules-file.ts';
import { findHostName } from '../dns/host-name.ts';
import type { DnsLookup } from '../dns/lookup.ts';
import { Cdb } from '../formats/cdb.ts';
import type { ClientEnvironment } from './environment.ts';
import { askIdent, type TcpConnection } from './ident.ts';
import type { ClientFacts, SessionPolicy } from './session-policy.ts';
import { derivePolicy, joinVariables } from './session-policy.ts';
import type { SmtpdSettings } from './settings.ts';

/** What a site has besides its settings; all of it may be missing. */
export interface IdentifySources {
  /** qmail's home: where relative paths begin. */
  readonly directory: string;
  readonly dns?: (() => DnsLookup) | undefined;
  /** Where clients are asked for their users; 113 unless told. */
  readonly identPort?: number | undefined;
}

/** denied: closed without a word, as by tcpserver. unreadable: nobody can tell, come again. */
export type Identity = SessionPolicy | 'denied' | 'unreadable';

export class ClientIdentifier {
  readonly #sources: IdentifySources;
  readonly #texts = new CachedPaths((path) => new CachedFile(path, (bytes) => bytes?.toString('utf8')));
  readonly #cdbs = new CachedPaths(
    (path) => new CachedFile(path, (bytes) => (bytes === undefined ? undefined : Cdb.from(bytes, path))),
  );
  #settings: SmtpdSettings | undefined;
  /** Of clients without rule and variables: those who may not relay, and those who may. */
  #plain: readonly [SessionPolicy, SessionPolicy] | undefined;

  constructor(sources: IdentifySources) {
    this.#sources = sources;
  }

  /** Decides what holds for a client. Never rejects. */
  identify(
    connection: TcpConnection,
    isRelayClient: boolean,
    settings: SmtpdSettings,
    rules: TcpRulesFile | undefined,
  ): Identity | Promise<Identity> {
    const state = rules?.read() ?? 'none';
    const { reversedns, ident, environment } = settings;
    if (state === 'none' && reversedns === 0 && ident === 0 && environment.variables.size === 0)
      return this.#plainPolicy(isRelayClient, settings);
    return this.#lookUp(connection, isRelayClient, settings, state);
  }

  /** What holds for a client whom somebody else has let in and described. Never rejects. */
  async identifyGiven(
    { variables }: ClientEnvironment,
    isRelayClient: boolean,
    settings: SmtpdSettings,
  ): Promise<Identity> {
    try {
      const named = await this.#readNamedFiles(variables);
      const host = variables.get('TCPREMOTEHOST');
      return derivePolicy({ variables, isNamed: true, isRelayClient, host, ...named }, settings);
    } catch {
      return 'unreadable';
    }
  }

  /** What holds for somebody of whom nothing is known. */
  strangerPolicy(settings: SmtpdSettings): SessionPolicy {
    return this.#plainPolicy(false, settings);
  }

  #plainPolicy(isRelayClient: boolean, settings: SmtpdSettings): SessionPolicy {
    if (this.#settings !== settings || this.#plain === undefined) {
      const facts = { variables: new Map(), isNamed: false, host: undefined };
      this.#settings = settings;
      this.#plain = [
        derivePolicy({ ...facts, isRelayClient: false }, settings),
        derivePolicy({ ...facts, isRelayClient: true }, settings),
      ];
    }
    return this.#plain[isRelayClient ? 1 : 0];
  }

  async #lookUp(
    connection: TcpConnection,
    isRelayClient: boolean,
    settings: SmtpdSettings,
    reading: TcpRulesState | Promise<TcpRulesState>,
  ): Promise<Identity> {
    try {
      const rules = await reading;
      if (rules === 'broken') return 'unreadable';
      const asks = settings.reversedns > 0 || (rules !== 'none' && rules.usesHost);
      const dns = asks ? this.#sources.dns?.() : undefined;
      const { remoteIp: ip } = connection;
      const [host, info] = await Promise.all([
        dns && findHostName(dns, ip),
        askIdent(connection, settings.ident, this.#sources.identPort),
      ]);
      const rule = rules === 'none' ? undefined : rules.find({ ip, host, info });
      if (rule?.isDenied) return 'denied';
      const variables = joinVariables(settings.environment, rule?.variables);
      const isNamed = rule?.isNamed ?? false;
      const facts: ClientFacts = { variables, isNamed, isRelayClient, host, info };
      return derivePolicy({ ...facts, ...(await this.#readNamedFiles(variables)) }, settings);
    } catch {
      return 'unreadable';
    }
  }

  /** VALIDRCPTTO, MOREVALIDRCPTTO_CDB, DNSBLLIST, SPPCONFFILE: files in the place of those in control/. */
  async #readNamedFiles(variables: ReadonlyMap<string, string>): Promise<Partial<ClientFacts>> {
    const pathOf = (name: string): string | undefined => {
      const value = variables.get(name);
      return value === undefined || value === '' || isAbsolute(value)
        ? value || undefined
        : join(this.#sources.directory, value);
    };
    const valid = pathOf('VALIDRCPTTO');
    const more = pathOf('MOREVALIDRCPTTO_CDB');
    const lists = pathOf('DNSBLLIST');
    const plugins = variables.has('ENABLE_SPP') ? pathOf('SPPCONFFILE') : undefined;
    const textOf = async (path: string) => ({
      path,
      text: await this.#texts.get(path).read(1000),
      me: undefined,
    });
    return {
      ...(valid && { validrcptto: readSet(await textOf(valid)) ?? new Set() }),
      ...(more && { morevalidrcptto: await this.#cdbs.get(more).read(1000) }),
      ...(lists && { dnsbllist: readBlockLists(await textOf(lists)) }),
      ...(plugins && { smtpplugins: readPlugins(await textOf(plugins)) }),
    };
  }
}
