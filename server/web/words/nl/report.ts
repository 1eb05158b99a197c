// Dutch of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const nlReport: Catalogue = {
  'dns.again': 'Opnieuw controleren',
  'dns.kind.setup': 'Instellingen voor mailprogramma’s',
  'dns.about.mx': 'Vertelt andere servers welke server de mail van het domein aanneemt.',
  'dns.about.address': 'Leidt van de naam van de mailserver naar deze machine.',
  'dns.about.reverse':
    'Leidt van het adres terug naar de naam; zonder dit weigeren veel servers mail van het adres.',
  'dns.about.spf': 'Noemt de servers die namens het domein mogen verzenden.',
  'dns.about.dmarc':
    'Zegt wat anderen moeten doen met mail die alleen doet alsof ze van u is, en waar ze dat melden.',
  'dns.about.service': 'Laat mailprogramma’s server en poort vinden met alleen het adres.',
  'dns.about.setup': 'Laat Thunderbird en Outlook hun instellingen ophalen met alleen het adres.',
  'dns.about.caa': 'Noemt wie certificaten voor de mailserver mag uitgeven; alle anderen moeten weigeren.',
  'dns.why.alias-elsewhere': 'Het leidt naar {value}, niet naar deze server.',
};
