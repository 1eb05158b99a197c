// Who may connect where and when: the rest of dead servers (security.md X8).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createReachability } from '../../mta/remote/reachability.ts';

describe('a server', () => {
  const IP = '192.0.2.1 25';
  const table = () => {
    const clock = { ms: 1_000_000 };
    return { clock, servers: createReachability(() => clock.ms, 20) };
  };

  it('of which nothing is known is tried by one, and the others follow when it answers', async () => {
    const { servers } = table();
    assert.equal(await servers.ask(IP), 'first');
    const others = [servers.ask(IP), servers.ask(IP)];
    servers.connected(IP);
    assert.deepEqual(await Promise.all(others), ['go', 'go']);
    assert.equal(await servers.ask('192.0.2.2 25'), 'first');
  });

  it('that fails sends those who wait away', async () => {
    const { servers } = table();
    assert.equal(await servers.ask(IP), 'first');
    const others = [servers.ask(IP), servers.ask(IP)];
    servers.failed(IP, 'first', 'silent');
    assert.deepEqual(await Promise.all(others), ['rest', 'rest']);
  });

  it('that keeps the first waiting does not keep the others', async () => {
    const { clock, servers } = table();
    assert.equal(await servers.ask(IP), 'first');
    assert.equal(await servers.ask(IP), 'rest');
    clock.ms += 20;
    assert.equal(await servers.ask(IP), 'rest');
  });

  it('rests longer after each failure, five minutes at most, and has one try at a time', async () => {
    const { clock, servers } = table();
    for (const seconds of [30, 60, 120, 240, 300, 300]) {
      assert.equal(await servers.ask(IP), 'first');
      if (seconds > 30) assert.equal(await servers.ask(IP), 'rest');
      servers.failed(IP, 'first', 'silent');
      clock.ms += seconds * 1000 - 1;
      assert.equal(await servers.ask(IP), 'rest', `${seconds} s`);
      clock.ms += 1;
    }
  });

  it('that refuses rests a second at first', async () => {
    const { clock, servers } = table();
    await servers.ask(IP);
    servers.failed(IP, 'first', 'refused');
    clock.ms += 999;
    assert.equal(await servers.ask(IP), 'rest');
    clock.ms += 1;
    assert.equal(await servers.ask(IP), 'first');
  });

  it('that has failed must talk, not only connect, to be believed again', async () => {
    const { clock, servers } = table();
    await servers.ask(IP);
    servers.failed(IP, 'first', 'silent');
    clock.ms += 30_000;
    assert.equal(await servers.ask(IP), 'first');
    servers.connected(IP);
    assert.equal(await servers.ask(IP), 'rest');
    servers.succeeded(IP);
    assert.equal(await servers.ask(IP), 'go');
  });

  it('that failed for many at once has failed once', async () => {
    const { clock, servers } = table();
    await servers.ask(IP);
    servers.connected(IP);
    for (let i = 0; i < 5; i++) assert.equal(await servers.ask(IP), 'go');
    for (let i = 0; i < 5; i++) servers.failed(IP, 'go', 'silent');
    clock.ms += 30_000;
    assert.equal(await servers.ask(IP), 'first');
  });
});
