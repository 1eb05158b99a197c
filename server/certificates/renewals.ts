// Certificates that the site fetches for itself (control/acme): looks once a minute what is due, one after the other, and
// keeps account, keys and orders in STATE/acme, so that a restart goes on where it was. Off as long as nobody has switched it
// on. What fails is in the log and on the page Certificates, and the certificate of before goes on. Besides the names of
// control/acmenames, names that our pages need get one each (page-names.ts). When to renew is asked of the authority where it
// says (RFC 9773), else it is when a third of the life is left.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { type AcmeDirectory, readDirectory, readRenewalInfo } from '../../mta/acme/client.ts';
import { type OrderStep, obtainCertificate } from '../../mta/acme/order.ts';
import { AcmeProblem } from '../../mta/acme/problem.ts';
import type { Proofs } from '../../mta/acme/proofs.ts';
import { type Prover, proveByProgram, proveByText, proveByTls } from '../../mta/acme/provers.ts';
import { certificateId, chooseMoment } from '../../mta/acme/renewal-info.ts';
import type { AcmeSettings } from '../../mta/acme/settings.ts';
import { createTransport } from '../../mta/acme/transport.ts';
import type { InstallCertificate } from '../../mta/calls/certificate-desk-calls.ts';
import { keyToPem, makeKey } from '../../mta/certificates/make.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { readSmallFile } from '../../mta/queue/files.ts';
import { type AccountPlace, enterAccount } from './account.ts';
import { openKeptFiles } from './kept-files.ts';
import type { PageNames } from './page-names.ts';
import {
  isDue,
  limitMoment,
  pauseAfter,
  type Renewal,
  recall,
  renewalTime,
  whenToAskAgain,
} from './schedule.ts';

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
  /** Names that get certificates besides those of the settings; undefined: none. */
  readonly pageNames?: PageNames | undefined;
  /** Do the doors show a good certificate for a name? An administrator's own is not replaced by one for a page. */
  readonly isCovered?: ((name: string) => boolean) | undefined;
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

/** What is done now. */
export interface RenewalStep {
  readonly step: OrderStep;
  /** The name that is proved, or ''. */
  readonly name: string;
}

/** A certificate that is wanted, as people see it. */
export interface WantedRenewal extends Renewal {
  /** Undefined: nothing is under way. */
  readonly underWay?: RenewalStep | undefined;
  /** For a page of ours, and not by control/acmenames. */
  readonly isForPage: boolean;
}

export interface Renewals {
  /** What is known of each certificate that is wanted; none when it is off. */
  list(): Promise<readonly WantedRenewal[]>;
  /** Fetches it anew, now. False: there is none of this name, or the authority said not before some time. */
  renewNow(name: string): Promise<boolean>;
  /** What an authority says of itself. @throws AcmeProblem */
  ask(directory: string): Promise<AcmeDirectory>;
  /** Looks what is due, and waits until it is done. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** Chain and key are one text, the key last. */
const keyOf = (issued: string): string => issued.slice(issued.lastIndexOf('-----BEGIN '));

/** Is it the authority that does not go, or that wants something first, whatever the name? */
const isOfAuthority = (kind: string): boolean =>
  ['unreachable', 'rateLimited', 'externalAccountRequired', 'userActionRequired', 'serverInternal'].includes(
    kind,
  );

const minute = 60_000;
/** Milliseconds that all others wait then. */
const holdTime = 5 * minute;
const defaultPatience = 5 * minute;

export function openRenewals(options: RenewalsOptions): Renewals {
  const { proofs, doors, install, log, control } = options;
  const kept = openKeptFiles(join(options.state, 'acme'), log);
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const end = new AbortController();
  let looking: Promise<void> | undefined;
  const underWay = new Map<string, RenewalStep>();
  /** Why the last look ended early; each reason is told once. */
  let lastTrouble = '';
  /** The authority itself does not go: others wait too. Milliseconds since 1970. */
  let heldUntil = 0;

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

  const place: AccountPlace = { load: kept.loadAccount, store: kept.storeAccount };

  async function fetchOne(settings: AcmeSettings, begun: Renewal, isAgain = false): Promise<string> {
    let state = begun;
    const name = state.names[0] as string;
    const tell = (step: OrderStep, proved: string): void => void underWay.set(name, { step, name: proved });
    tell('account', '');
    const say = await transport();
    const client = await enterAccount(
      settings,
      await readDirectory(say, settings.acme),
      say,
      place,
      isAgain,
      now,
    );
    if (state.key === undefined) {
      state = { ...state, key: keyToPem(makeKey()), order: undefined };
      await kept.storeRenewal(name, state);
    }
    const key = state.key as string;
    try {
      const chain = await obtainCertificate({
        client,
        names: state.names,
        key: createPrivateKey(key),
        provers: proversOf(settings),
        begun: state.order,
        remember: (order) => kept.storeRenewal(name, { ...state, order }),
        replaces: state.certificate && certificateId(state.certificate),
        tell,
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
    const begunAt = now();
    try {
      let { issued } = state;
      if (issued === undefined) {
        issued = await fetchOne(settings, state);
        // A crash from here on costs no second certificate.
        await kept.storeRenewal(name, {
          ...state,
          issued,
          key: keyOf(issued),
          order: undefined,
          triedAt: begunAt,
        });
      }
      underWay.set(name, { step: 'install', name: '' });
      const file = await install(Buffer.from(issued, 'latin1'));
      const own = new X509Certificate(issued);
      const [from, until] = [Date.parse(own.validFrom), Date.parse(own.validTo)];
      const { names, directory: authority } = state;
      const renewAt = renewalTime(from, until, random());
      await kept.storeRenewal(name, {
        names,
        directory: authority,
        key: keyOf(issued),
        certificate: own.toString(),
        file,
        from,
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
      const latest = (await kept.loadRenewal(name)) ?? state;
      // An order that the authority has refused is over; one that is only slow goes on.
      const order = ['slow', 'unreachable', 'rateLimited', 'stopped'].includes(kind)
        ? latest.order
        : undefined;
      const nextAt = now() + pause;
      await kept.storeRenewal(name, {
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
      if (isOfAuthority(kind)) heldUntil = now() + holdTime;
    } finally {
      underWay.delete(name);
    }
  }

  /** Asks the authority when it would have a certificate renewed (RFC 9773); what fails is asked again later. */
  async function askWhen(settings: AcmeSettings, state: Renewal): Promise<Renewal> {
    const { certificate, from, until, askAt } = state;
    if (certificate === undefined || from === undefined || until === undefined) return state;
    // It is wanted now.
    if (state.renewAt === undefined) return state;
    if (askAt !== undefined && now() < askAt) return state;
    const name = state.names[0] as string;
    let renewAt: number | undefined;
    let retryAfter: number | undefined;
    try {
      const say = await transport();
      const info = await readRenewalInfo(say, await readDirectory(say, settings.acme), certificate, now());
      retryAfter = info?.retryAfter;
      if (info !== undefined) {
        const moment = limitMoment(chooseMoment(info.window, random()), from, until);
        // A window that was moved, or one that is seen for the first time; a moment within it stays.
        const before = state.renewAt;
        const isWithin = before >= info.window.start && before <= info.window.end;
        if (!isWithin) {
          renewAt = moment;
          const why = info.window.explanation === undefined ? '' : ` (${quoted(info.window.explanation)})`;
          log(
            `status: the authority would have the certificate for ${quoted(name)} renewed ${new Date(moment).toISOString()}${why}`,
          );
        }
      }
    } catch (error) {
      if (!(error instanceof AcmeProblem)) throw error;
      retryAfter = error.retryAfter;
    }
    const next = {
      ...state,
      askAt: whenToAskAgain(now(), retryAfter, random()),
      ...(renewAt && { renewAt }),
    };
    await kept.storeRenewal(name, next);
    return next;
  }

  async function listWanted(settings: AcmeSettings): Promise<readonly WantedRenewal[]> {
    if (settings.acme === '') return [];
    const groups = [
      ...settings.acmenames.map((names) => ({ names, isForPage: false })),
      ...(options.pageNames?.names ?? []).map((name) => ({ names: [name], isForPage: true })),
    ];
    const wanted = await Promise.all(
      groups.map(async ({ names, isForPage }) => {
        const name = names[0] as string;
        const known = recall(await kept.loadRenewal(name), names, settings.acme);
        return { ...known, isForPage, underWay: underWay.get(name) };
      }),
    );
    return wanted.filter(
      ({ isForPage, file, names }) =>
        !isForPage || file !== undefined || options.isCovered?.(names[0] as string) !== true,
    );
  }

  async function lookOnce(): Promise<void> {
    const settings = await options.settings();
    if (settings.acme === '') return;
    await options.pageNames?.refresh();
    for (const { isForPage: _, underWay: __, ...known } of await listWanted(settings)) {
      if (end.signal.aborted || now() < heldUntil) return;
      const state = await askWhen(settings, known);
      if (isDue(state, now())) await renew(settings, state);
    }
  }

  const look = async (): Promise<void> => {
    looking ??= lookOnce()
      .then(() => {
        lastTrouble = '';
      })
      .catch((error: unknown) => {
        const trouble = error instanceof Error ? error.message : String(error);
        if (end.signal.aborted || trouble === lastTrouble) return;
        lastTrouble = trouble;
        log(`warning: certificates cannot be looked after now: ${quoted(trouble)}`);
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
      const { isForPage: _, underWay: __, ...known } = state;
      await kept.storeRenewal(name, { ...known, nextAt: undefined, renewAt: undefined });
      heldUntil = 0;
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
