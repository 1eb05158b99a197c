// Polish of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const plReport: Catalogue = {
  'dns.again': 'Sprawdź ponownie',
  'dns.kind.setup': 'Ustawienia dla programów pocztowych',
  'dns.about.mx': 'Mówi innym serwerom, który serwer przyjmuje pocztę domeny.',
  'dns.about.address': 'Prowadzi od nazwy serwera poczty do tej maszyny.',
  'dns.about.reverse':
    'Prowadzi od adresu z powrotem do nazwy; bez tego wiele serwerów odrzuca pocztę z tego adresu.',
  'dns.about.spf': 'Wymienia serwery, które mogą wysyłać w imieniu domeny.',
  'dns.about.dmarc':
    'Mówi, co inni mają robić z pocztą, która tylko podaje się za waszą, i dokąd to zgłaszać.',
  'dns.about.service': 'Pozwala programom pocztowym znaleźć serwer i port na podstawie samego adresu.',
  'dns.about.setup': 'Pozwala Thunderbirdowi i Outlookowi pobrać ustawienia na podstawie samego adresu.',
  'dns.about.caa': 'Wymienia, kto może wystawiać certyfikaty dla serwera poczty; inni muszą odmówić.',
  'dns.why.alias-elsewhere': 'Prowadzi do {value}, a nie do tego serwera.',
  'programs.nav': 'Programy pocztowe',
  'programs.title': 'Skonfiguruj program pocztowy',
  'programs.hint':
    'Wiele programów znajduje to wszystko na podstawie samego adresu. Jeśli Twój pyta, podaj mu to, co tu napisano.',
  'programs.none': 'Nie ma tu otwartego dostępu dla programów pocztowych.',
  'programs.imap': 'Odbieranie poczty (IMAP)',
  'programs.pop3': 'Odbieranie poczty (POP3)',
  'programs.smtp': 'Wysyłanie poczty (SMTP)',
  'programs.everywhere': 'Dla obu',
  'programs.server': 'Serwer',
  'programs.port': 'Port',
  'programs.security': 'Zabezpieczenie',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Nazwa użytkownika',
  'programs.password': 'Twoje lub hasło aplikacji, potrzebne przy drugim kroku logowania:',
  'programs.apple': 'iPhone, iPad i Mac',
  'programs.appleHint':
    'Otwórz tę stronę na urządzeniu, pobierz profil i zainstaluj go w ustawieniach. Urządzenie zapyta o hasło; profil go nie zawiera.',
  'programs.profile': 'Pobierz profil',
  'programs.profileSays': 'Poczta {address} na {host}.',
  'reports.title': 'Raporty DMARC',
  'reports.hint':
    'Co inne serwery mówią o poczcie w imieniu tej domeny z ostatnich 30 dni: kto ją wysłał i czy dowiedziono, że jest wasza.',
  'reports.none':
    'Nie przyszedł jeszcze żaden raport. Serwery, które dostają pocztę w waszym imieniu, wysyłają jeden dziennie, jeśli prosi o to rekord DMARC.',
  'reports.offer':
    'Raporty mogą przychodzić na {address}: serwer je czyta, a wszystko inne, co tam przyjdzie, trafia do {postmaster}.',
  'reports.receiving':
    'Raporty trafiają na {address} i czyta je serwer; wszystko inne trafia do {postmaster}. Rekord do opublikowania jest w dziale',
  'reports.receive': 'Odbieraj raporty',
  'reports.made': 'Od teraz raporty są czytane. Opublikuj rekord DMARC z działu rekordów DNS.',
  'reports.chart': 'Listy w waszym imieniu, według dni',
  'reports.believed': 'dowiedzione',
  'reports.unbelieved': 'niedowiedzione',
  'reports.sources': 'Kto je wysłał',
  'reports.letters': 'Listy',
  'reports.others': 'Wszystkie inne',
  'reports.mark.signed': 'podpisane',
  'reports.mark.spfOnly': 'niepodpisane',
  'reports.mark.mixed': 'częściowo dowiedzione',
  'reports.mark.unproven': 'niedowiedzione',
  'reports.signed': 'Dowiedziono, że jego listy są wasze, także po przekazaniu dalej.',
  'reports.spfOnly':
    'Może wysyłać za was, ale nie wszystkie jego listy są podpisane: przekazane dalej nie są wiarygodne.',
  'reports.mixed':
    'Część jego listów jest dowiedziona, część nie: poczta przekazana dalej lub usługa podpisująca tylko częściowo.',
  'reports.unproven':
    'Wysyła w waszym imieniu bez dowodu: fałszerz albo wasza usługa, której SPF i DKIM nie znają.',
  'reports.reporters': 'Kto zgłosił',
  'reports.reporter': 'Organizacja',
  'reports.last': 'Ostatnio',
};
