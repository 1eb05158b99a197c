// Dutch of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const nlPolicy: Catalogue = {
  'sts.title': 'Versleutelde bezorging (MTA-STS)',
  'sts.hint':
    'Zegt andere servers dat ze mail voor {domain} alleen via TLS bezorgen, en alleen bij een server met een goed certificaat. Het geldt zodra de records van de DNS-pagina gepubliceerd zijn.',
  'sts.mode': 'Beleid',
  'sts.off': 'Uit',
  'sts.testing': 'Test: anderen melden wat mislukt en bezorgen toch',
  'sts.enforce': 'Afdwingen: anderen bezorgen via gecontroleerde TLS of helemaal niet',
  'sts.none':
    'Ingetrokken: anderen vergeten het beleid. Laat het zo lang staan als zij het bewaarden, voordat u ‘Uit’ kiest.',
  'sts.age': 'Anderen bewaren het',
  'sts.days': { one: '{n} dag', other: '{n} dagen' },
  'sts.choose': 'Kies een beleid.',
  'sts.saved': 'Het beleid van {domain} is opgeslagen.',
  'sts.wrong':
    'In control/mtasts staat een foute regel, dus wordt geen beleid aangeboden. Verbeter die eerst.',
  'sts.served': 'Wat wordt aangeboden',
  'dns.kind.mta-sts': 'Versleutelde bezorging (MTA-STS)',
  'dns.about.mta-sts': 'Zegt andere servers dat hier een beleid over TLS wordt aangeboden, en waar.',
  'dns.kind.tlsrpt': 'Rapporten over TLS',
  'dns.about.tlsrpt': 'Zegt waar andere servers melden wat met TLS misging op weg naar het domein.',
  'dns.kind.tlsa': 'Sleutel van de mailserver (DANE)',
  'dns.about.tlsa':
    'Noemt de sleutel van de mailserver voor wie DNSSEC controleert; nuttig alleen in een ondertekende zone. Wijzig het voordat de sleutel verandert.',
  'dns.why.sts-id':
    'Het kenmerk is niet dat van het beleid dat hier wordt aangeboden, dus houden anderen het oude.',
  'dns.why.tlsrpt-nowhere': 'Het noemt geen adres voor rapporten.',
  'dns.why.tlsa-other':
    'Het noemt een andere sleutel dan de mailserver heeft: wie dat controleert, houdt mail tegen.',
  'dns.why.several': 'Er zijn er meer; dan telt er geen.',
  'tlsrpt.title': 'TLS-rapporten',
  'tlsrpt.hint': 'Wat andere servers de laatste 30 dagen zeggen over TLS op weg naar dit domein.',
  'tlsrpt.noAddress':
    'TLS-rapporten worden gelezen waar de DMARC-rapporten gelezen worden. Maak eerst dat adres en publiceer dan het record van de DNS-pagina.',
  'tlsrpt.none':
    'Er is nog geen rapport gekomen. Servers die naar het domein sturen, melden eens per dag als het record gepubliceerd is.',
  'tlsrpt.failures': 'Wat mislukte',
  'tlsrpt.allGood': 'Er mislukte niets.',
  'tlsrpt.what': 'Wat',
  'tlsrpt.sessions': 'Sessies',
  'tlsrpt.good': 'Gelukt',
  'tlsrpt.failed': 'Mislukt',
  'tlsrpt.others': { one: 'en {n} andere', other: 'en {n} andere' },
  'tlsrpt.why.starttls-not-supported': 'De mailserver bood geen TLS aan.',
  'tlsrpt.why.certificate-host-mismatch':
    'Het certificaat is voor een andere naam. Neem er een met de naam van de mailserver.',
  'tlsrpt.why.certificate-expired': 'Het certificaat is verlopen. Vernieuw het.',
  'tlsrpt.why.certificate-not-trusted':
    'Niemand die zij vertrouwen staat in voor het certificaat, of de keten is niet volledig.',
  'tlsrpt.why.tlsa-invalid': 'Het TLSA-record is niet goed gevormd.',
  'tlsrpt.why.dnssec-invalid': 'De DNSSEC-handtekeningen van de zone zijn fout of te oud.',
  'tlsrpt.why.dane-required': 'DANE werd geëist en er was geen TLSA-record.',
  'tlsrpt.why.sts-policy-fetch-error': 'Het MTA-STS-beleid kon niet worden opgehaald.',
  'tlsrpt.why.sts-policy-invalid': 'Het MTA-STS-beleid is niet goed gevormd.',
  'tlsrpt.why.sts-webpki-invalid': 'Het certificaat van de naam mta-sts is niet goed.',
  'tlsrpt.why.validation-failure':
    'TLS mislukte om een andere reden: een TLSA-record van een andere sleutel, een mailserver die het beleid niet noemt, of een afgebroken handdruk.',
};
