// Programs that a session asks: qmail-spp plugins and $RCPTCHECK (spec/qmail.md 4.2). What strangers said reaches them in
// variables only, never in arguments or a shell's text. They see the variables of tcp-environ(5), those of the rules, and
// nothing else of ours than PATH and where the site is. One that takes too long, or whose client has gone, is ended with
// all that it started.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Log } from '../log.ts';
import { quoted } from '../log.ts';
import type { SessionUser } from './auth.ts';
import type { TcpConnection } from './ident.ts';
import type { SessionPolicy } from './session-policy.ts';

/** Where programs run and what they see of us. */
export interface ProgramSite {
  /** qmail's home. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What is known of the connection and who is on it. */
export interface ChildFacts extends TcpConnection {
  readonly localHost: string;
  readonly user: SessionUser | undefined;
  /** As the client wrote it: plain, login; '' without a user. */
  readonly authMethod: string;
}

/** The variables of a program, and no others. Values are cut at a NUL: an environment is C strings. */
export function makeChildEnvironment(
  site: ProgramSite,
  policy: Pick<SessionPolicy, 'variables' | 'relay' | 'host' | 'info'>,
  facts: ChildFacts,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { user, remotePort, localPort } = facts;
  const env: Record<string, string> = {
    PROTO: 'TCP',
    TCPLOCALIP: facts.localIp,
    TCPLOCALPORT: String(localPort),
    TCPLOCALHOST: facts.localHost,
    TCPREMOTEIP: facts.remoteIp,
    TCPREMOTEPORT: String(remotePort),
    ...(policy.host !== undefined && { TCPREMOTEHOST: policy.host }),
    ...(policy.info !== undefined && { TCPREMOTEINFO: policy.info }),
    // Under tcpserver, and by a rule, it may have been said better.
    ...site.env,
    ...Object.fromEntries(policy.variables),
    ...(policy.relay !== undefined && { RELAYCLIENT: policy.relay }),
    ...(user !== undefined && {
      TCPREMOTEINFO: user.name,
      SMTPAUTHUSER: user.name,
      SMTP_AUTH_USER: user.name,
      SMTPAUTHMETHOD: facts.authMethod,
      QMAILAUTHENTICATED: '1',
      RELAYCLIENT: policy.relay ?? '',
    }),
    ...more,
  };
  for (const [name, value] of Object.entries(env)) env[name] = value.replace(/\0.*/s, '');
  return env;
}

export interface ChildRequest {
  readonly program: string;
  readonly args: readonly string[];
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  /** The descriptor whose text is wanted: 1, or 4 where descriptor 1 is the log. */
  readonly listenTo: 1 | 4;
  /** Seconds. */
  readonly timeout: number;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

export interface ChildEnd {
  readonly status: number | 'crashed' | 'not run' | 'timeout';
  readonly output: string;
}

const outputLimit = 16_384;
/** How long descriptors of an ended program are waited for: a child of it may hold them open for ever. */
const drainMilliseconds = 1000;

/** Runs a program to its end. Never rejects. */
export function runChild(request: ChildRequest): Promise<ChildEnd> {
  const { listenTo, signal, log, program } = request;
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ status: 'timeout', output: '' });
    let child: ChildProcess;
    try {
      child = spawn(program, request.args, {
        cwd: request.directory,
        env: { ...request.env },
        stdio: ['ignore', 'pipe', 'pipe', 'ignore', listenTo === 4 ? 'pipe' : 'ignore'],
        detached: true,
      });
    } catch {
      // Variables too large for an exec, no more processes.
      return resolve({ status: 'not run', output: '' });
    }
    const texts = new Map<number, string>();
    let isLate = false;
    const kill = (): void => {
      isLate = true;
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // ESRCH: the whole group has ended.
      }
    };
    const alarm = setTimeout(kill, request.timeout * 1000);
    signal.addEventListener('abort', kill);
    let isOver = false;
    const end = (status: ChildEnd['status']): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(alarm);
      signal.removeEventListener('abort', kill);
      for (const stream of child.stdio) stream?.destroy();
      for (const [descriptor, text] of texts)
        if (descriptor !== listenTo)
          for (const line of text.split('\n')) if (line !== '') log(`${quoted(program)}: ${quoted(line)}`);
      resolve({ status: isLate ? 'timeout' : status, output: texts.get(listenTo) ?? '' });
    };
    for (const descriptor of [1, 2, 4]) {
      const stream = (child.stdio as readonly (Readable | null | undefined)[])[descriptor];
      stream?.on('error', () => undefined);
      stream?.on('data', (bytes: Buffer) => {
        const text = texts.get(descriptor) ?? '';
        // What is over the limit is read and dropped: a program must not block on a full pipe.
        if (text.length < outputLimit)
          texts.set(descriptor, (text + bytes.toString('utf8')).slice(0, outputLimit));
      });
    }
    child.once('error', () => end('not run'));
    child.once('exit', (code) => {
      setTimeout(() => end(code ?? 'crashed'), drainMilliseconds).unref();
    });
    child.once('close', (code) => end(code ?? 'crashed'));
  });
}
