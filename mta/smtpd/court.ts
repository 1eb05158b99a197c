// The checks that a site has switched on, and the judge who asks them (trust/judge.ts), for the doors of strangers. What is
// switched on is looked up with each letter, so a changed control file counts from the next one; with nothing switched on
// there is no court, and letters stream into the queue as before.
import { join } from 'node:path';
import type { SenderSettings } from '../control/definitions/senders.ts';
import type { Log } from '../log.ts';
import { isOwnMachine } from '../trust/client-network.ts';
import { HoldingRoom } from '../trust/held.ts';
import { createJudge } from '../trust/judge.ts';
import { removeForgedFields } from '../trust/own-fields.ts';
import { createSenderCheck, wantsSenderCheck } from '../trust/sender-check.ts';
import type { RecordSenderResults } from '../trust/sender-results.ts';
import type { ArrivingLetter, Finding, LetterCheck } from '../trust/types.ts';
import type { Court } from './judged.ts';
import type { SmtpdSettings } from './settings.ts';

export type CourtSettings = SmtpdSettings & SenderSettings & { readonly dnsservers: readonly string[] };

export interface CourtsOptions {
  /** The door's own; letters too big for memory are held below it. */
  readonly directory: string;
  readonly settings: () => CourtSettings;
  readonly log: Log;
  /** For DMARC reports. */
  readonly record?: RecordSenderResults | undefined;
  /** What looks at content, where it is switched on. */
  readonly scanners?: readonly SwitchedCheck[] | undefined;
}

/** A check, and whether it is switched on at the moment. */
export interface SwitchedCheck {
  readonly check: LetterCheck;
  readonly isOn: () => boolean;
}

/** Finds the court for a letter. */
export interface Courts {
  /** @param known what was found out about the client: with it there is something to judge */
  find(client: Pick<ArrivingLetter, 'ip' | 'spfBehavior'>, known: readonly Finding[]): Court | undefined;
  /** Ends the threads. */
  close(): Promise<void>;
}

/** Opens the courts; threads and files come with the first letter that needs them. */
export function openCourts({ directory, settings, log, record, scanners = [] }: CourtsOptions): Courts {
  const room = new HoldingRoom(join(directory, 'held'));
  let sender: { readonly servers: string; readonly check: ReturnType<typeof createSenderCheck> } | undefined;
  const senderCheck = () => {
    const { dnsservers } = settings();
    const servers = dnsservers.join(' ');
    if (sender?.servers !== servers) {
      void sender?.check.close();
      sender = {
        servers,
        check: createSenderCheck({ rules: settings, dnsServers: dnsservers, log, record }),
      };
    }
    return sender.check;
  };
  return {
    find({ ip, spfBehavior }, known) {
      // Programs of this machine are no strangers; whatever they send on, nobody's DNS speaks of this address.
      if (isOwnMachine(ip)) return undefined;
      const now = settings();
      const checks = [
        ...(wantsSenderCheck(now, spfBehavior) ? [senderCheck()] : []),
        ...scanners.filter(({ isOn }) => isOn()).map(({ check }) => check),
      ];
      if (checks.length === 0 && known.length === 0) return undefined;
      return {
        judge: createJudge({ checks, rules: settings, log }),
        room,
        cleanHeader: (header) => removeForgedFields(header, now.me),
      };
    },
    close: async () => sender?.check.close(),
  };
}
