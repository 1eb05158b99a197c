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
  'reports.title': 'DMARC-rapporten',
  'reports.hint':
    'Wat andere servers zeggen over mail namens dit domein in de laatste 30 dagen: wie ze verzond, en of bewezen was dat ze van u is.',
  'reports.none':
    'Er is nog geen rapport gekomen. Servers die mail namens u krijgen, sturen er één per dag als het DMARC-record erom vraagt.',
  'reports.offer':
    'Rapporten kunnen op {address} komen: de server leest ze, en al het andere dat daar komt gaat naar {postmaster}.',
  'reports.receiving':
    'Rapporten gaan naar {address} en worden door de server gelezen; al het andere gaat naar {postmaster}. Het record om te publiceren staat onder',
  'reports.receive': 'Rapporten ontvangen',
  'reports.made': 'Rapporten worden vanaf nu gelezen. Publiceer het DMARC-record onder DNS-records.',
  'reports.chart': 'Mail namens u, per dag',
  'reports.believed': 'bewezen',
  'reports.unbelieved': 'niet bewezen',
  'reports.sources': 'Wie ze verzond',
  'reports.letters': 'Berichten',
  'reports.others': 'Alle andere',
  'reports.mark.signed': 'ondertekend',
  'reports.mark.spfOnly': 'niet ondertekend',
  'reports.mark.mixed': 'deels bewezen',
  'reports.mark.unproven': 'niet bewezen',
  'reports.signed': 'Van zijn berichten is bewezen dat ze van u zijn, ook na doorsturen.',
  'reports.spfOnly':
    'Hij mag voor u verzenden, maar niet al zijn berichten zijn ondertekend: na doorsturen worden ze niet geloofd.',
  'reports.mixed':
    'Een deel van zijn berichten is bewezen, een deel niet: doorgestuurde mail, of een dienst die maar deels ondertekent.',
  'reports.unproven':
    'Hij verzendt namens u zonder bewijs: een vervalser, of een dienst van u die SPF en DKIM niet kennen.',
  'reports.reporters': 'Wie rapporteerde',
  'reports.reporter': 'Organisatie',
  'reports.last': 'Laatste',
};
