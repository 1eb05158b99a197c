// A program of its own that adds accounts to a domain as quickly as it can and writes their directories: two of them at
// once are what two administrators, or two machines, would be.
import { openAccountStore } from '../../mta/accounts/open-store.ts';
import type { Domain } from '../../mta/accounts/types.ts';
import type { Home } from '../../mta/home.ts';

const [home = '', domain = '', prefix = '', count = ''] = process.argv.slice(2);
const store = openAccountStore(JSON.parse(home) as Home);
for (let number = 0; number < Number(count); number++) {
  const record = { name: `${prefix}${number}`, password: '', flags: 0, gecos: '', quota: '' };
  // The records are what is asked about: no homes.
  const { directory } = await store.add(
    JSON.parse(domain) as Domain,
    record,
    async () => async () => undefined,
  );
  process.stdout.write(`${directory}\n`);
}
await store.close();
