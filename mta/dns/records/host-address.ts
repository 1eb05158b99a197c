// A and AAAA of the mail host's name: where others connect. Every address of the name has to be this machine, for a sender
// takes any of them.
import { isIP } from 'node:net';
import { isSameAddress, plainAddress } from './names.ts';
import { absent, type Question, type RecordKind, right, type SiteFacts } from './types.ts';

function addressQuestion({ host, addresses }: SiteFacts, family: 4 | 6): Question {
  const ours = addresses.filter((each) => isIP(each) === family).map(plainAddress);
  const knowsOurs = addresses.length > 0;
  return {
    kind: 'address',
    name: host,
    type: family === 4 ? 'A' : 'AAAA',
    wanted: ours,
    isOptional: family === 6,
    judge(published) {
      const foreign = published.filter((each) => !ours.some((one) => isSameAddress(one, each)));
      const found = ours.filter((one) => published.some((each) => isSameAddress(one, each)));
      const value = foreign.join(', ');
      if (published.length === 0) {
        // Only who knows no address of ours has to find one.
        return ours.length > 0 || (!knowsOurs && family === 4) ? absent : right;
      }
      if (!knowsOurs) return { verdict: 'unknown', why: 'address-unsure', value };
      if (found.length === 0) return { verdict: 'differs', why: 'address-foreign', value };
      if (foreign.length > 0) return { verdict: 'right', why: 'address-more', value };
      return right;
    },
  };
}

export const hostAddress: RecordKind = {
  name: 'address',
  questions: (site) => [addressQuestion(site, 4), addressQuestion(site, 6)],
};
