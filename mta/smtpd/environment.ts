// What a door is told about its client beside the bytes of the connection: the variables of tcp-environ(5) and those of
// qmail-smtpd(8), as tcpserver, tcp-env or access rules set them (spec/qmail.md 4.1). Pure.
import type { PasswordProgram } from './auth.ts';
import type { TcpConnection } from './ident.ts';
import type { DoorName } from './policy.ts';

/** One client. Undefined and 'unknown': nobody said. */
export interface ClientEnvironment {
  /** TCPREMOTEIP. */
  readonly remoteIp: string;
  /** TCPREMOTEHOST. */
  readonly remoteHost: string;
  /** TCPREMOTEINFO: what ident or an authentication before us said; '' when unknown. */
  readonly remoteInfo: string;
  /** TCPLOCALIP. */
  readonly localIp: string;
  /** TCPLOCALHOST, else TCPLOCALIP: the name after `by` in the Received line. */
  readonly localHost: string;
  /** All that was said of it: RELAYCLIENT, DATABYTES and the others of session-policy.ts are among them. */
  readonly variables: ReadonlyMap<string, string>;
}

/** What the connection knows of its client. */
export interface SessionFacts extends TcpConnection {
  readonly name: DoorName;
  /** A certificate is there. */
  readonly hasTls: boolean;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** What was said of this client by who let it in (tcpserver, access rules). */
  readonly client?: ClientEnvironment | undefined;
  /** Passwords are checked by a program, not by the accounts: then AUTH is offered at the door `smtp` too. */
  readonly program?: PasswordProgram | undefined;
}

export function readClientEnvironment(env: Readonly<NodeJS.ProcessEnv>): ClientEnvironment {
  const localIp = env.TCPLOCALIP || 'unknown';
  return {
    remoteIp: env.TCPREMOTEIP || 'unknown',
    remoteHost: env.TCPREMOTEHOST || 'unknown',
    remoteInfo: env.TCPREMOTEINFO ?? '',
    localIp,
    localHost: env.TCPLOCALHOST || localIp,
    variables: new Map(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined)),
  };
}
