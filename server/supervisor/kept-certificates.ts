// The certificates of the doors as they are now: read at the start, again on HUP, and soon after a file has changed. One
// that cannot be used leaves the one before in place and is told in one line; connections that are open keep what they
// began with, none is dropped. Under root the parent reads the files and hands them to the roles that speak TLS.

import { isOfClients } from '../../mta/certificates/client-authorities.ts';
import type { DoorTls } from '../../mta/certificates/door-tls.ts';
import { type ToldEnds, tellEnds } from '../../mta/certificates/expiry.ts';
import {
  type CertificateFiles,
  parseCertificateFiles,
  readCertificateFiles,
  stampCertificateFiles,
} from '../../mta/certificates/files.ts';
import { isSameTls, judgeCertificates } from '../../mta/certificates/judge.ts';
import { type Log, quoted } from '../../mta/log.ts';
import type { RolePlan } from './role-plan.ts';

export interface KeptCertificates {
  /** The same object until something of it changes. */
  now(): DoorTls | undefined;
  /** Takes what somebody else has read. */
  renew(files: CertificateFiles): void;
  close(): void;
}

export interface WatchedCertificates extends KeptCertificates {
  /** Reads the files again. */
  reload(): Promise<void>;
}

/** Milliseconds between two looks whether a file has changed. */
const lookEvery = 5000;
/** Milliseconds between two looks at the calendar. */
const calendarEvery = 3600_000;

/**
 * Certificates that somebody else reads. What cannot be used at the start is told, and not shown.
 * @param isSpeaker this role tells what is wrong, and when one comes to its end: of several roles one
 * @param problem told what is wrong at the start
 */
export function keepGivenCertificates(
  files: CertificateFiles,
  log: Log,
  isSpeaker: boolean,
  problem: (words: string) => void,
): KeptCertificates {
  const told: ToldEnds = new Map();
  let current: DoorTls | undefined;
  let latest = files;
  let isStarting = true;
  const tell = (): void => {
    if (isSpeaker) for (const line of tellEnds(latest, Date.now(), told)) log(line);
  };
  const renew = (fresh: CertificateFiles): void => {
    latest = fresh;
    const { tls, faults } = judgeCertificates(fresh, current);
    for (const { file, why, isKept } of isSpeaker ? faults : []) {
      const what = isKept
        ? 'keeping the old one'
        : isOfClients(file)
          ? 'no client may relay by its certificate'
          : 'it is not shown to anybody';
      const words = `unable to use control/${file}, ${what}: ${quoted(why)}`;
      if (isStarting) problem(words);
      else log(`alert: ${words}`);
    }
    if (!isSameTls(tls, current)) current = tls;
    tell();
  };
  renew(files);
  isStarting = false;
  const calendar = setInterval(tell, calendarEvery);
  calendar.unref();
  return { now: () => current, renew, close: () => clearInterval(calendar) };
}

/** The same of what a role was told at its start. */
export const keepPlannedCertificates = (
  { certificates, speaksOfTls }: Pick<RolePlan, 'certificates' | 'speaksOfTls'>,
  log: Log,
  problem: (words: string) => void,
): KeptCertificates =>
  keepGivenCertificates(
    certificates === undefined
      ? { certificates: [], ciphers: undefined }
      : parseCertificateFiles(certificates),
    log,
    speaksOfTls,
    problem,
  );

/** Calls when a file of the certificates has changed. Gives what ends it. */
export function watchCertificateFiles(qmail: string, changed: () => Promise<void>, every = lookEvery) {
  let stamp: string | undefined;
  let isLooking = false;
  const look = async (): Promise<void> => {
    if (isLooking) return;
    isLooking = true;
    try {
      const found = await stampCertificateFiles(qmail);
      const isOther = stamp !== undefined && found !== stamp;
      stamp = found;
      if (isOther) await changed();
    } finally {
      isLooking = false;
    }
  };
  const timer = setInterval(() => void look(), every);
  timer.unref();
  void look();
  return { look, close: () => clearInterval(timer) };
}

/** Reads the files and keeps an eye on them. */
export async function keepCertificates(
  qmail: string,
  log: Log,
  problem: (words: string) => void,
): Promise<WatchedCertificates> {
  const kept = keepGivenCertificates(await readCertificateFiles(qmail), log, true, problem);
  const reload = async (): Promise<void> => {
    try {
      kept.renew(await readCertificateFiles(qmail));
    } catch (error) {
      log(`alert: unable to reread the certificates, keeping the old ones: ${quoted(String(error))}`);
    }
  };
  const watch = watchCertificateFiles(qmail, reload);
  return {
    ...kept,
    reload,
    close: () => {
      watch.close();
      kept.close();
    },
  };
}
