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
  'tlsrpt.title': 'Raporty TLS',
  'tlsrpt.hint': 'Co inne serwery mówią o TLS w drodze do tej domeny w ostatnich 30 dniach.',
  'tlsrpt.noAddress':
    'Raporty TLS są czytane tam, gdzie raporty DMARC. Najpierw utwórz ten adres, potem opublikuj rekord ze strony DNS.',
  'tlsrpt.none':
    'Nie przyszedł jeszcze żaden raport. Serwery, które wysyłają do domeny, raportują raz dziennie, gdy rekord jest opublikowany.',
  'tlsrpt.failures': 'Co się nie udało',
  'tlsrpt.allGood': 'Wszystko się udało.',
  'tlsrpt.what': 'Co',
  'tlsrpt.sessions': 'Sesje',
  'tlsrpt.good': 'Udane',
  'tlsrpt.failed': 'Nieudane',
  'tlsrpt.others': { one: 'i {n} inny', few: 'i {n} inne', many: 'i {n} innych', other: 'i {n} innych' },
  'tlsrpt.why.starttls-not-supported': 'Serwer poczty nie oferował TLS.',
  'tlsrpt.why.certificate-host-mismatch':
    'Certyfikat jest na inną nazwę. Zdobądź taki z nazwą serwera poczty.',
  'tlsrpt.why.certificate-expired': 'Certyfikat wygasł. Odnów go.',
  'tlsrpt.why.certificate-not-trusted':
    'Nikt, komu ufają, nie ręczy za certyfikat, albo jego łańcuch jest niepełny.',
  'tlsrpt.why.tlsa-invalid': 'Rekord TLSA jest źle zbudowany.',
  'tlsrpt.why.dnssec-invalid': 'Podpisy DNSSEC strefy są błędne lub za stare.',
  'tlsrpt.why.dane-required': 'Wymagano DANE, a nie było rekordu TLSA.',
  'tlsrpt.why.sts-policy-fetch-error': 'Nie udało się pobrać zasad MTA-STS.',
  'tlsrpt.why.sts-policy-invalid': 'Zasady MTA-STS są źle zbudowane.',
  'tlsrpt.why.sts-webpki-invalid': 'Certyfikat nazwy mta-sts jest niedobry.',
  'tlsrpt.why.validation-failure':
    'TLS nie udał się z innego powodu: rekord TLSA innego klucza, serwer, którego zasady nie wymieniają, albo przerwane nawiązywanie.',
};
