// Polish of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const plPolicy: Catalogue = {
  'sts.title': 'Szyfrowane doręczanie (MTA-STS)',
  'sts.hint':
    'Mówi innym serwerom, by doręczały pocztę dla {domain} tylko przez TLS i tylko serwerowi z ważnym certyfikatem. Działa, gdy rekordy ze strony DNS są opublikowane.',
  'sts.mode': 'Zasady',
  'sts.off': 'Wyłączone',
  'sts.testing': 'Próba: inni zgłaszają, co się nie udało, i mimo to doręczają',
  'sts.enforce': 'Wymuszone: inni doręczają przez sprawdzony TLS albo wcale',
  'sts.none':
    'Wycofane: inni zapominają zasady. Zostaw tak na czas, przez jaki je przechowywali, zanim wybierzesz „Wyłączone”.',
  'sts.age': 'Inni przechowują je',
  'sts.days': { one: '{n} dzień', few: '{n} dni', many: '{n} dni', other: '{n} dnia' },
  'sts.choose': 'Wybierz zasady.',
  'sts.saved': 'Zasady domeny {domain} są zapisane.',
  'sts.wrong': 'W control/mtasts jest błędny wiersz, więc żadne zasady nie są podawane. Najpierw go popraw.',
  'sts.served': 'Co jest podawane',
  'dns.kind.mta-sts': 'Szyfrowane doręczanie (MTA-STS)',
  'dns.about.mta-sts': 'Mówi innym serwerom, że są tu podawane zasady TLS, i gdzie.',
  'dns.kind.tlsrpt': 'Raporty o TLS',
  'dns.about.tlsrpt': 'Mówi, dokąd inne serwery zgłaszają, co nie udało się z TLS w drodze do domeny.',
  'dns.kind.tlsa': 'Klucz serwera poczty (DANE)',
  'dns.about.tlsa':
    'Podaje klucz serwera poczty tym, którzy sprawdzają DNSSEC; przydatny tylko w podpisanej strefie. Zmień go, zanim zmieni się klucz.',
  'dns.why.sts-id': 'Identyfikator nie jest tym z podawanych tu zasad, więc inni trzymają stare.',
  'dns.why.tlsrpt-nowhere': 'Nie podaje adresu dla raportów.',
  'dns.why.tlsa-other': 'Podaje inny klucz, niż ma serwer poczty: kto to sprawdza, wstrzymuje pocztę.',
  'dns.why.several': 'Jest ich kilka; wtedy żaden się nie liczy.',
};
