// Certificates that the site fetches for itself (control/acme): looks once a minute what is due, one after the other, and
// keeps account, keys and orders in STATE/acme, so that a restart goes on where it was. Off as long as nobody has switched it
// on. What fails is in the log and on the page Certificates, and the certificate of before goes on.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../mta/accounts/durable.ts';
import { AcmeClient, type AcmeDirectory, readDirectory } from '../../mta/acme/client.ts';
import { obtainCertificate } from '../../mta/acme/order.ts';
import { AcmeProblem } from '../../mta/acme/problem.ts';
import type { Proofs } from '../../mta/acme/proofs.ts';
import { type Prover, proveByProgram, proveByText, proveByTls } from '../../mta/acme/provers.ts';
import type { AcmeSettings } from '../../mta/acme/settings.ts';
import { createTransport } from '../../mta/acme/transport.ts';
import type { InstallCertificate } from '../../mta/calls/certificate-desk-calls.ts';
import { keyToPem, makeKey } from '../../mta/certificates/make.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { readSmallFile } from '../../mta/queue/files.ts';
import { isDue, pauseAfter, type Renewal, recall, renewalTime } from './schedule.ts';

export interface RenewalsOptions {
  /** STATE. */
  readonly state: string;
  /** control/, where the program of acmehook begins, and acmeca.pem lies. */
  readonly control: string;
  readonly settings: () => Promise<AcmeSettings>;
  readonly proofs: Proofs;
  /** Which web doors there are to be asked at. */
  readonly doors: { readonly plain: boolean; readonly secure: boolean };
  readonly install: InstallCertificate;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Milliseconds between two looks; 0: only when `look` is called. */
  readonly every?: number | undefined;
  /** Waits so many milliseconds between two questions to the authority; tests do not wait. */
  readonly pause?: ((milliseconds: number) => Promise<void>) | undefined;
  readonly patience?: number | undefined;
  readonly random?: (() => number) | undefined;
}

export interface Renewals {
  /** What is known of each certificate that is wanted; none when it is off. */
  list(): Promise<readonly Renewal[]>;
  /** Fetches it anew, now. False: there is none of this name, or the authority said not before some time. */
  renewNow(name: string): Promise<boolean>;
  /** What an authority says of itself. @throws AcmeProblem */
  ask(directory: string): Promise<AcmeDirectory>;
  /** Looks what is due, and waits until it is done. */
  look(): Promise<void>;
  close(): Promise<void>;
}

interface KnownAccount {
  readonly directory: string;
  readonly key: string;
  readonly url?: string | undefined;
}

/** Chain and key are one text, the key last. */
const keyOf = (issued: string): string => issued.slice(issued.lastIndexOf('-----BEGIN '));

const minute = 60_000;
const defaultPatience = 5 * minute;

export function openRenewals(options: RenewalsOptions): Renewals {
  const { proofs, doors, install, log, control } = options;
  const directory = join(options.state, 'acme');
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const end = new AbortController();
  let looking: Promise<void> | undefined;

  const pathOf = (name: string): string => join(directory, `${name.replace('*', '_')}.json`);

  async function load<T>(path: string): Promise<T | undefined> {
    const bytes = await readSmallFile(path);
    if (bytes === undefined) return undefined;
    try {
      return JSON.parse(bytes.toString('utf8')) as T;
    } catch {
      log(`alert: ${quoted(path)} is damaged and is begun anew`);
      return undefined;
    }
  }
  async function store(path: string, value: unknown): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await replaceFile(path, `${JSON.stringify(value, undefined, 1)}\n`, 0o600);
  }

  const waitFor =
    options.pause ??
    ((milliseconds: number) =>
      new Promise<void>((resolve, reject) => {
        const stop = (): void => {
          clearTimeout(timer);
          reject(new AcmeProblem('stopped', 'the program stops'));
        };
        const timer = setTimeout(() => {
          end.signal.removeEventListener('abort', stop);
          resolve();
        }, milliseconds);
        end.signal.addEventListener('abort', stop, { once: true });
      }));

  const readRoots = async (): Promise<string | undefined> =>
    (await readSmallFile(join(control, 'acmeca.pem')))?.toString('latin1');
  const transport = async () => createTransport(await readRoots(), end.signal);

  function proversOf({ acmehook }: AcmeSettings): readonly Prover[] {
    return [
      ...(acmehook === '' ? [] : [proveByProgram(acmehook, control)]),
      ...(doors.plain ? [proveByText(proofs)] : []),
      ...(doors.secure ? [proveByTls(proofs)] : []),
    ];
  }

  /** The client with our account. */
  async function enter({ acme, acmecontact }: AcmeSettings, isAgain: boolean): Promise<AcmeClient> {
    const path = join(directory, 'account.json');
    const before = await load<KnownAccount>(path);
    const known = before?.directory === acme ? before : undefined;
    const account = known ?? { directory: acme, key: keyToPem(makeKey()) };
    // The key is kept before anybody hears of it.
    if (known === undefined) await store(path, account);
    const say = await transport();
    const client = new AcmeClient(
      await readDirectory(say, acme),
      say,
      createPrivateKey(account.key),
      isAgain ? undefined : account.url,
      now,
    );
    const url = await client.enter(acmecontact);
    if (url !== account.url) await store(path, { ...account, url });
    return client;
  }

  async function fetchOne(settings: AcmeSettings, begun: Renewal, isAgain = false): Promise<string> {
    let state = begun;
    const client = await enter(settings, isAgain);
    if (state.key === undefined) {
      state = { ...state, key: keyToPem(makeKey()), order: undefined };
      await store(pathOf(state.names[0] as string), state);
    }
    const key = state.key as string;
    try {
      const chain = await obtainCertificate({
        client,
        names: state.names,
        key: createPrivateKey(key),
        provers: proversOf(settings),
        begun: state.order,
        remember: (order) => store(pathOf(state.names[0] as string), { ...state, order }),
        wait: waitFor,
        patience: options.patience ?? defaultPatience,
      });
      return `${chain.trimEnd()}\n${key}`;
    } catch (error) {
      if (!isAgain && error instanceof AcmeProblem && error.kind === 'accountDoesNotExist')
        return fetchOne(settings, { ...state, order: undefined }, true);
      throw error;
    }
  }

  async function renew(settings: AcmeSettings, state: Renewal): Promise<void> {
    const name = state.names[0] as string;
    const path = pathOf(name);
    const begunAt = now();
    try {
      let { issued } = state;
      if (issued === undefined) {
        issued = await fetchOne(settings, state);
        // A crash from here on costs no second certificate.
        await store(path, { ...state, issued, key: keyOf(issued), order: undefined, triedAt: begunAt });
      }
      const file = await install(Buffer.from(issued, 'latin1'));
      const own = new X509Certificate(issued);
      const [from, until] = [Date.parse(own.validFrom), Date.parse(own.validTo)];
      const { names, directory: authority } = state;
      const renewAt = renewalTime(from, until, random());
      await store(path, {
        names,
        directory: authority,
        key: keyOf(issued),
        file,
        until,
        renewAt,
        triedAt: begunAt,
        failures: 0,
      });
      log(
        `status: a new certificate for ${quoted(name)} is in control/${file}, until ${new Date(until).toISOString()}`,
      );
    } catch (error) {
      if (end.signal.aborted) return;
      const kind = error instanceof AcmeProblem ? error.kind : 'other';
      const words = error instanceof Error ? error.message : String(error);
      const failures = state.failures + 1;
      const pause = pauseAfter(
        failures,
        kind,
        error instanceof AcmeProblem ? error.retryAfter : undefined,
        random(),
      );
      const latest = (await load<Renewal>(path)) ?? state;
      // An order that the authority has refused is over; one that is only slow goes on.
      const order = ['slow', 'unreachable', 'rateLimited', 'stopped'].includes(kind)
        ? latest.order
        : undefined;
      const nextAt = now() + pause;
      await store(path, {
        ...recall(latest, state.names, state.directory),
        order,
        triedAt: begunAt,
        failures,
        nextAt,
        problem: { kind, words },
      });
      log(
        `warning: no certificate for ${quoted(name)}: ${quoted(`${kind}: ${words}`)}; next try in ${Math.round(pause / minute)} minutes`,
      );
    }
  }

  async function listWanted(settings: AcmeSettings): Promise<readonly Renewal[]> {
    if (settings.acme === '') return [];
    return Promise.all(
      settings.acmenames.map(async (names) =>
        recall(await load<Renewal>(pathOf(names[0] as string)), names, settings.acme),
      ),
    );
  }

  async function lookOnce(): Promise<void> {
    const settings = await options.settings();
    for (const state of await listWanted(settings))
      if (!end.signal.aborted && isDue(state, now())) await renew(settings, state);
  }

  const look = async (): Promise<void> => {
    looking ??= lookOnce()
      .catch((error: unknown) => {
        if (!end.signal.aborted)
          log(
            `warning: certificates cannot be looked after now: ${quoted(error instanceof Error ? error.message : String(error))}`,
          );
      })
      .finally(() => {
        looking = undefined;
      });
    await looking;
  };
  const every = options.every ?? minute;
  const timer = every > 0 ? setInterval(() => void look(), every) : undefined;
  timer?.unref();
  // Not in the middle of the start.
  const first = every > 0 ? setTimeout(() => void look(), Math.min(every, 3000)) : undefined;
  first?.unref();

  return {
    list: async () => listWanted(await options.settings()),
    async renewNow(name) {
      const settings = await options.settings();
      const state = (await listWanted(settings)).find(({ names }) => names[0] === name);
      if (state === undefined) return false;
      if (state.problem?.kind === 'rateLimited' && (state.nextAt ?? 0) > now()) return false;
      await looking;
      await store(pathOf(name), { ...state, nextAt: undefined, renewAt: undefined });
      void look();
      return true;
    },
    ask: async (url) => readDirectory(await transport(), url),
    look,
    async close() {
      clearInterval(timer);
      clearTimeout(first);
      end.abort();
      await looking;
    },
  };
}
