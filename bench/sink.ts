// A mail server of benchmarks that takes every letter and keeps none: run as a program with an address and a port, it says
// `ready`, and answers every message of the one who started it with the number of letters so far.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

function serve(host: string, port: number): void {
  let letters = 0;
  const server = createServer((socket) => {
    let isBody = false;
    let rest = '';
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('error', () => socket.destroy());
    socket.on('data', (text: string) => {
      rest += text;
      let answers = '';
      for (;;) {
        if (isBody) {
          const end = rest.indexOf('\r\n.\r\n');
          if (end < 0) {
            rest = rest.slice(-4);
            break;
          }
          rest = rest.slice(end + 5);
          isBody = false;
          letters += 1;
          answers += '250 taken\r\n';
        }
        const end = rest.indexOf('\r\n');
        if (end < 0) break;
        const command = rest.slice(0, end).toUpperCase();
        rest = rest.slice(end + 2);
        if (command.startsWith('EHLO')) answers += '250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n';
        else if (command === 'DATA') {
          answers += '354 go on\r\n';
          isBody = true;
        } else if (command === 'QUIT') answers += '221 bye\r\n';
        else answers += '250 ok\r\n';
      }
      if (answers !== '') socket.write(answers);
    });
    socket.write('220 sink\r\n');
  });
  server.listen(port, host, () => process.send?.('ready'));
  process.on('message', () => process.send?.(letters));
  process.once('disconnect', () => process.exit());
}

export interface SinkProcess {
  /** Letters taken so far. */
  count(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts it as a process of its own. */
export async function startSinkProcess(host: string, port: number): Promise<SinkProcess> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), host, String(port)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return {
    async count() {
      const answer = once(child, 'message');
      child.send('count');
      return (await answer)[0] as number;
    },
    async stop() {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

if (import.meta.main) serve(process.argv[2] as string, Number(process.argv[3]));
