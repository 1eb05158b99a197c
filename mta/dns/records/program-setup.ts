// autoconfig.DOMAIN and autodiscover.DOMAIN: where mail programs ask how they are set up (Thunderbird's autoconfiguration,
// Microsoft's Autodiscover). Names of the mail host, as aliases or with its addresses.
import { askOwnName } from './own-name.ts';
import type { RecordKind } from './types.ts';

export const programSetup: RecordKind = {
  name: 'setup',
  questions: (facts) =>
    ['autoconfig', 'autodiscover'].map((label) =>
      askOwnName('setup', `${label}.${facts.domain}`, facts, true),
    ),
};
