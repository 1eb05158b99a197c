// The control files as the running roles see them: read at start, read again when the directory changes or on HUP.
// A file that has become wrong keeps its old value and is told in one line; nothing that runs is stopped by it.
import { type FSWatcher, watch } from 'node:fs';
import { basename, join } from 'node:path';
import { ControlError, openSettings, type Settings } from '../../mta/control/settings.ts';
import { filterSettingNames } from '../../mta/inject/filtered.ts';
import { type Log, quoted } from '../../mta/log.ts';
import { remoteSettingNames } from '../../mta/remote/delivery.ts';
import { sendSettingNames } from '../../mta/send/settings.ts';
import { smtpdSettingNames } from '../../mta/smtpd/settings.ts';
import { departureSettingNames } from '../../mta/trust/letter-signer.ts';
import { imapdSettingNames } from '../imap/settings.ts';
import { sievedSettingNames } from '../managesieve/settings.ts';
import { pop3dSettingNames } from '../pop3/settings.ts';

const remoteNames = [
  ...remoteSettingNames,
  ...departureSettingNames,
  'defaultdomain',
  'filterargs',
  'listsecrets',
  'programenv',
  'qmailremote',
  'timeoutprogram',
  'tlsreports',
  'tlsreportfrom',
  'webhosts',
] as const satisfies readonly (keyof Settings)[];

const localNames = [
  'defaultdelivery',
  'disableddomains',
  'filterargs',
  'junkfilter',
  'junkfolder',
  'overquotadefer',
  'programenv',
  'qmaillocal',
  'sieve',
  'sievebefore',
  'timeoutprogram',
] as const satisfies readonly (keyof Settings)[];
const webNames = [
  'adminclients',
  'me',
  'defaultdomain',
  'sievescripts',
  'webharmful',
  'webhosts',
  'webpictures',
  'webproxies',
  'webidle',
  'weblocked',
  'webstay',
] as const satisfies readonly (keyof Settings)[];

/** The settings of each role. */
const roleSettings = {
  queue: sendSettingNames,
  filter: filterSettingNames,
  smtpd: smtpdSettingNames,
  remote: remoteNames,
  local: localNames,
  web: webNames,
  imapd: imapdSettingNames,
  pop3d: pop3dSettingNames,
  sieved: sievedSettingNames,
} as const;

type RoleName = keyof typeof roleSettings;
type RoleSettings<R extends RoleName> = Pick<Settings, (typeof roleSettings)[R][number]>;

/** Settings that may not be there yet. */
export interface PatientSettings<R extends RoleName> {
  /** Throws while there is a problem. */
  settings(): RoleSettings<R>;
  /** Which file is wrong, as `control/NAME: ...`; undefined when all is well. */
  problem(): string | undefined;
}

/** What stands in the place of settings that could not be read. */
class Unread {
  readonly reason: string;

  constructor(error: unknown) {
    this.reason = words(error).replace(/^\/.*\/control\//, 'control/');
  }
}

export interface LiveSettings {
  /** Reads a role's files for the first time. @throws ControlError naming file, value and what is expected */
  open<R extends RoleName>(role: R): Promise<() => RoleSettings<R>>;
  /** The same for a role that can put its work off while its files are wrong: each reload tries again. Never rejects. */
  openPatiently<R extends RoleName>(role: R): Promise<PatientSettings<R>>;
  /** HUP: reads everything again. */
  reload(): Promise<void>;
  close(): void;
}

/** Settings that the one who starts the program gives in place of their files. */
export interface GivenSettings {
  /** qmail-start's first argument. */
  readonly defaultdelivery?: string | undefined;
}

/** @param changed called after a reload, so that roles can act on new limits */
export function openLiveSettings(
  qmailDir: string,
  log: Log,
  changed: () => void,
  given: GivenSettings = {},
): LiveSettings {
  const reader = openSettings(qmailDir);
  const warned = new WeakSet<object>();
  /** Lines that do not count in a file of which the rest does. */
  const warn = (values: object): void => {
    for (const value of Object.values(values) as { readonly warnings?: readonly string[] }[]) {
      if (typeof value !== 'object' || value.warnings === undefined || warned.has(value)) continue;
      warned.add(value);
      for (const line of value.warnings) log(`warning: ${quoted(line)}`);
    }
  };
  const current = new Map<RoleName, unknown>();
  const readRole = async <R extends RoleName>(role: R): Promise<RoleSettings<R>> => {
    const read = await reader.read(roleSettings[role] as readonly (keyof Settings)[]);
    const { defaultdelivery = read.defaultdelivery } = given;
    return (role === 'local' ? { ...read, defaultdelivery } : read) as unknown as RoleSettings<R>;
  };
  /** A role of which a file has become wrong: that file's value stays, the others are taken. */
  const rereadEach = async (role: RoleName, told: Set<string>): Promise<object> => {
    const values = { ...(current.get(role) as object) };
    for (const name of roleSettings[role]) {
      if (name === 'defaultdelivery' && given.defaultdelivery !== undefined) continue;
      try {
        Object.assign(values, await reader.read([name as keyof Settings]));
      } catch (error) {
        // qmail-send's line, for any file.
        const file = basename(
          error instanceof ControlError ? error.file : ((error as NodeJS.ErrnoException).path ?? name),
        );
        told.add(
          `alert: unable to reread control/${quoted(file)}, keeping what it said: ${quoted(words(error))}`,
        );
      }
    }
    return values;
  };
  const reload = async (): Promise<void> => {
    const told = new Set<string>();
    for (const role of current.keys()) {
      try {
        const old = current.get(role);
        const read = await readRole(role).catch((error: unknown) => {
          if (old instanceof Unread) throw error;
          return rereadEach(role, told);
        });
        current.set(role, read);
        warn(read);
      } catch (error) {
        // Never read yet: there is nothing to keep.
        current.set(role, new Unread(error));
        told.add(`alert: unable to reread controls of ${role}, its mail waits: ${quoted(words(error))}`);
      }
    }
    for (const line of told) log(line);
    changed();
  };
  let timer: NodeJS.Timeout | undefined;
  const watcher = watchDirectory(join(qmailDir, 'control'), () => {
    // A tool that writes several files gets a moment to finish.
    clearTimeout(timer);
    timer = setTimeout(() => void reload(), 100);
    timer.unref();
  });
  return {
    open: async (role) => {
      const read = await readRole(role);
      current.set(role, read);
      warn(read);
      return () => current.get(role) as RoleSettings<typeof role>;
    },
    openPatiently: async (role) => {
      try {
        const read = await readRole(role);
        current.set(role, read);
        warn(read);
      } catch (error) {
        current.set(role, new Unread(error));
        log(`alert: unable to read controls of ${role}, its mail waits: ${quoted(words(error))}`);
      }
      const now = (): unknown => current.get(role);
      return {
        settings: () => {
          const found = now();
          if (found instanceof Unread) throw new Error(found.reason);
          return found as RoleSettings<typeof role>;
        },
        problem: () => {
          const found = now();
          return found instanceof Unread ? found.reason : undefined;
        },
      };
    },
    reload,
    close: () => {
      clearTimeout(timer);
      watcher?.close();
    },
  };
}

/** A watch is a help, not a promise: without it HUP still works. */
function watchDirectory(directory: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, { persistent: false }, changed);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
