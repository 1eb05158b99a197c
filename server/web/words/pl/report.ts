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
};
