// SRV: where mail programs find the doors for sending and reading (RFC 6186, RFC 8314 5.1; ManageSieve: RFC 5804 1.8). One line for each open door; a
// line that leads to a door that is shut is told.
import { bareName } from './names.ts';
import { absent, type RecordKind, right } from './types.ts';

/** Door of control/listen and its service name are the same word. */
const services = ['submissions', 'submission', 'imaps', 'imap', 'pop3s', 'pop3', 'sieve'] as const;

export const serviceDoors: RecordKind = {
  name: 'service',
  questions: ({ domain, host, doors }) =>
    services.map((service) => {
      const ports = doors.filter(({ name }) => name === service).map(({ port }) => port);
      return {
        kind: 'service',
        name: `_${service}._tcp.${domain}`,
        type: 'SRV',
        wanted: ports.map((port) => `0 1 ${port} ${host}`),
        isOptional: true,
        judge(published) {
          const places = published.map((each) => {
            const [, , port = '', target = ''] = each.split(' ');
            return { port: Number(port), target: bareName(target) };
          });
          // RFC 6186 3.4: the target `.` says that there is no such service.
          const there = places.filter(({ target }) => target !== '.' && target !== '');
          const ours = there.filter(({ target }) => target === bareName(host));
          const value = there.map(({ port, target }) => `${target}:${port}`).join(', ');
          if (ports.length === 0)
            return ours.length > 0 ? { verdict: 'differs', why: 'srv-not-served', value } : right;
          if (places.length === 0) return absent;
          if (ours.some(({ port }) => ports.includes(port))) return right;
          return { verdict: 'differs', why: 'srv-elsewhere', value };
        },
      };
    }),
};
