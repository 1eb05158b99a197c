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
  'programs.nav': 'Mailprogramma’s',
  'programs.title': 'Stel uw mailprogramma in',
  'programs.hint':
    'Veel programma’s vinden dit alles met alleen uw adres. Vraagt het uwe ernaar, geef dan op wat hier staat.',
  'programs.none': 'Hier staat geen toegang voor mailprogramma’s open.',
  'programs.imap': 'Mail ontvangen (IMAP)',
  'programs.pop3': 'Mail ontvangen (POP3)',
  'programs.smtp': 'Mail verzenden (SMTP)',
  'programs.everywhere': 'Voor beide',
  'programs.server': 'Server',
  'programs.port': 'Poort',
  'programs.security': 'Beveiliging',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Gebruikersnaam',
  'programs.password': 'Uw eigen, of een app-wachtwoord, dat nodig is bij een tweede stap van het aanmelden:',
  'programs.apple': 'iPhone, iPad en Mac',
  'programs.appleHint':
    'Open deze pagina op het apparaat, download het profiel en installeer het in de instellingen. Het vraagt om het wachtwoord; in het profiel staat er geen.',
  'programs.profile': 'Profiel downloaden',
  'programs.profileSays': 'Mail van {address} op {host}.',
};
