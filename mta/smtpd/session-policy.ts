// What holds for one session: the control files, and over them the variables that tcp.smtp and control/environment give
// its client (spec/qmail.md 4.1). Decided once, when the client connects, as qmail-smtpd did at its start. Pure.
import type { BlockList } from '../control/block-lists.ts';
import type { SessionVariables } from '../control/session-variables.ts';
import type { PluginList } from '../control/smtp-plugins.ts';
import type { Cdb } from '../formats/cdb.ts';
import type { Reply } from './reply.ts';
import type { SmtpdSettings } from './settings.ts';

/** What the rules say of a client, and what its variables name. */
export interface ClientFacts {
  /** Of the environment file, then of the rule. */
  readonly variables: ReadonlyMap<string, string>;
  /** A rule was found for it. */
  readonly isNamed: boolean;
  /** Its address is in relayclients. */
  readonly isRelayClient: boolean;
  /** Its verified name, when it was asked for. */
  readonly host: string | undefined;
  /** Its user, when ident was asked and said one. */
  readonly info?: string | undefined;
  /** The files that variables name in the place of control files. */
  readonly validrcptto?: ReadonlySet<string> | undefined;
  readonly morevalidrcptto?: Cdb | undefined;
  readonly smtpplugins?: PluginList | undefined;
  readonly dnsbllist?: readonly BlockList[] | undefined;
}

export interface SessionPolicy extends ClientFacts {
  /** RELAYCLIENT: this client may send to anywhere, and the value is appended to each recipient. */
  readonly relay: string | undefined;
  /** Largest message in bytes, 0 for no limit. */
  readonly databytes: number;
  readonly maxrcpt: number;
  /** Refused recipients that end the session; 0: only those that do not exist count. */
  readonly brtlimit: number;
  readonly tarpitCount: number;
  /** Seconds. */
  readonly tarpitDelay: number;
  /** Seconds before the greeting. */
  readonly greetDelay: number;
  readonly checksBadMailFrom: boolean;
  readonly rejectsNullSender: boolean;
  /** RBLSMTPD: the answer to every recipient. */
  readonly blocked: Reply | undefined;
  /** The program in the place of qmail-queue; '' for none. */
  readonly queueProgram: string;
  /** The program asked about each recipient; '' for none. */
  readonly rcptCheck: string;
  readonly rcptChecksRelay: boolean;
  /** 0 to 6; undefined: that of control/spfbehavior. */
  readonly spfBehavior: number | undefined;
  /** The qmail-spp plugins, where they are switched on. */
  readonly plugins: PluginList | undefined;
}

/** Recipients that no variable can go beyond (CVE-2005-1515: the envelope is kept in memory). */
const MOST_RECIPIENTS = 100_000;

/** scan_ulong: the digits in front; none are 0. */
const numberOf = (text: string): number =>
  Math.min(Number(/^[0-9]*/.exec(text)![0]), Number.MAX_SAFE_INTEGER);

/** Derives what holds for a client. */
export function derivePolicy(client: ClientFacts, settings: SmtpdSettings): SessionPolicy {
  const { variables } = client;
  const number = (name: string, usual: number): number => {
    const value = variables.get(name);
    return value === undefined ? usual : numberOf(value);
  };
  const relay = variables.get('RELAYCLIENT') ?? (client.isRelayClient ? '' : undefined);
  return {
    ...client,
    relay,
    databytes: number('DATABYTES', settings.databytes),
    maxrcpt: variables.has('DISABLE_MAXRCPT') ? MOST_RECIPIENTS : settings.maxrcpt,
    brtlimit: number('BRTLIMIT', settings.brtlimit),
    tarpitCount: number('TARPITCOUNT', settings.tarpitcount),
    tarpitDelay: Math.min(600, number('TARPITDELAY', settings.tarpitdelay)),
    // qmail-smtpd with the patch: whoever may relay is greeted at once.
    greetDelay: relay === undefined ? Math.min(50, number('SMTPD_GREETDELAY', settings.greetdelay)) : 0,
    checksBadMailFrom: !variables.has('DISABLE_BADMAILFROM'),
    rejectsNullSender: number('REJECTNULLSENDERS', settings.rejectnullsenders) > 0,
    blocked: readRblsmtpd(variables.get('RBLSMTPD')),
    queueProgram: variables.get('QMAILQUEUE') || settings.qmailqueue,
    rcptCheck: variables.get('RCPTCHECK') ?? settings.rcptcheck,
    rcptChecksRelay: number('RCPTCHECKRELAYCLIENT', 0) > 0,
    spfBehavior: variables.has('SPFBEHAVIOR') ? Math.min(6, number('SPFBEHAVIOR', 0)) : undefined,
    plugins: variables.has('ENABLE_SPP') ? (client.smtpplugins ?? settings.smtpplugins) : undefined,
  };
}

/** rblsmtpd(1): empty is no block; text is refused for now, text behind a hyphen for good. */
function readRblsmtpd(value: string | undefined): Reply | undefined {
  if (value === undefined || value === '') return undefined;
  const isFinal = value.startsWith('-');
  const words = (isFinal ? value.slice(1) : value).replace(/[^\x20-\x7e]/g, '?').slice(0, 500);
  return { text: isFinal ? `553 5.7.1 ${words}` : `451 4.7.1 ${words}` };
}

/** The variables of a session: those of the environment file, then what the rule sets and takes away. */
export function joinVariables(
  environment: SessionVariables,
  rule: ReadonlyMap<string, string | undefined> | undefined,
): ReadonlyMap<string, string> {
  if (rule === undefined || rule.size === 0) return environment.variables;
  const joined = new Map(environment.variables);
  for (const [name, value] of rule) {
    if (value === undefined) joined.delete(name);
    else joined.set(name, value);
  }
  return joined;
}
