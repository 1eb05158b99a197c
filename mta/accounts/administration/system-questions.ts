// The questions about the system as a whole (certificates, control files), as part of the administration: for its own
// administrators, done as root, changes noted in the audit log.
import { join } from 'node:path';
import { readCertificateReports } from '../../certificates/read.ts';
import type { SettingsReader } from '../../control/settings.ts';
import type { Home } from '../../home.ts';
import type { Actor, Administration } from '../administration.ts';
import { NoSuchObject } from '../administration.ts';
import type { Standing } from './authority.ts';
import type { Change } from './changing.ts';
import { changeSetting, describeSetting, describeSettings } from './control-files.ts';

type SystemQuestions = Pick<Administration, 'certificates' | 'settings' | 'setting' | 'changeSetting'>;

export interface SystemSteps {
  readonly home: Home;
  readonly settings: SettingsReader;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Reads as root. */
  readAsRoot<T>(actor: Actor, work: (who: Standing) => Promise<T>): Promise<T>;
  readonly change: Change;
}

export function answerSystemQuestions(steps: SystemSteps): SystemQuestions {
  const { home, settings, now, readAsRoot, change } = steps;
  const control = join(home.qmail, 'control');
  /** For the system's administrators only. */
  const readOwn = <T>(actor: Actor, work: () => Promise<T>): Promise<T> =>
    readAsRoot(actor, async (who) => {
      if (who.level !== 'system') throw new NoSuchObject('no such thing');
      return work();
    });
  return {
    certificates: (actor) =>
      // Root's files, with the keys in them: only the reports go on.
      readOwn(actor, async () => {
        const { me } = await settings.read(['me']);
        return readCertificateReports(home.qmail, me, now());
      }),
    settings: (actor) => readOwn(actor, () => describeSettings(control)),
    setting: (actor, name) => readOwn(actor, () => describeSetting(control, name)),
    changeSetting: (actor, name, version, text) =>
      change(
        actor,
        '',
        { action: 'setting.change', object: name },
        async (who) => {
          if (who.level !== 'system') throw new NoSuchObject('no such thing');
          return changeSetting(control, name, version, text);
        },
        'root',
      ),
  };
}
