// Brazilian Portuguese of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const ptBRPolicy: Catalogue = {
  'sts.title': 'Entrega criptografada (MTA-STS)',
  'sts.hint':
    'Diz aos outros servidores que entreguem e-mails de {domain} somente por TLS e somente a um servidor com certificado válido. Vale assim que os registros da página de DNS forem publicados.',
  'sts.mode': 'Política',
  'sts.off': 'Nenhuma',
  'sts.testing': 'Teste: os outros relatam o que falha e entregam mesmo assim',
  'sts.enforce': 'Obrigatória: os outros entregam por TLS verificado ou não entregam',
  'sts.none':
    'Retirada: os outros esquecem a política. Deixe assim pelo tempo em que eles a guardaram, antes de escolher “Nenhuma”.',
  'sts.age': 'Os outros a guardam por',
  'sts.days': { one: '{n} dia', many: '{n} dias', other: '{n} dias' },
  'sts.choose': 'Escolha uma política.',
  'sts.saved': 'A política de {domain} foi salva.',
  'sts.wrong':
    'Há uma linha errada em control/mtasts; por isso nenhuma política é publicada. Corrija-a primeiro.',
  'sts.served': 'O que é publicado',
  'dns.kind.mta-sts': 'Entrega criptografada (MTA-STS)',
  'dns.about.mta-sts': 'Diz aos outros servidores que uma política de TLS é publicada aqui, e onde.',
  'dns.kind.tlsrpt': 'Relatórios sobre TLS',
  'dns.about.tlsrpt':
    'Diz para onde os outros servidores enviam o que deu errado com TLS a caminho do domínio.',
  'dns.kind.tlsa': 'Chave do servidor de e-mail (DANE)',
  'dns.about.tlsa':
    'Indica a chave do servidor de e-mail a quem verifica DNSSEC; só é útil em uma zona assinada. Mude-o antes de mudar a chave.',
  'dns.why.sts-id': 'O identificador não é o da política publicada aqui, então os outros mantêm a antiga.',
  'dns.why.tlsrpt-nowhere': 'Não indica nenhum endereço para relatórios.',
  'dns.why.tlsa-other': 'Indica outra chave que não a do servidor de e-mail: quem verifica retém os e-mails.',
  'dns.why.several': 'Há vários; então nenhum deles conta.',
  'tlsrpt.title': 'Relatórios TLS',
  'tlsrpt.hint': 'O que outros servidores dizem do TLS a caminho deste domínio nos últimos 30 dias.',
  'tlsrpt.noAddress':
    'Os relatórios TLS são lidos onde são lidos os relatórios DMARC. Crie primeiro esse endereço e depois publique o registro da página de DNS.',
  'tlsrpt.none':
    'Nenhum relatório chegou ainda. Servidores que enviam ao domínio relatam uma vez por dia quando o registro está publicado.',
  'tlsrpt.failures': 'O que falhou',
  'tlsrpt.allGood': 'Nada falhou.',
  'tlsrpt.what': 'O quê',
  'tlsrpt.sessions': 'Sessões',
  'tlsrpt.good': 'Bem-sucedidas',
  'tlsrpt.failed': 'Com falha',
  'tlsrpt.others': { one: 'e mais {n}', many: 'e mais {n}', other: 'e mais {n}' },
  'tlsrpt.why.starttls-not-supported': 'O servidor de e-mail não oferecia TLS.',
  'tlsrpt.why.certificate-host-mismatch':
    'O certificado é de outro nome. Obtenha um com o nome do servidor de e-mail.',
  'tlsrpt.why.certificate-expired': 'O certificado expirou. Renove-o.',
  'tlsrpt.why.certificate-not-trusted':
    'Ninguém em quem eles confiam atesta o certificado, ou a cadeia está incompleta.',
  'tlsrpt.why.tlsa-invalid': 'O registro TLSA está malformado.',
  'tlsrpt.why.dnssec-invalid': 'As assinaturas DNSSEC da zona estão erradas ou antigas demais.',
  'tlsrpt.why.dane-required': 'DANE era exigido e não havia registro TLSA.',
  'tlsrpt.why.sts-policy-fetch-error': 'Não foi possível obter a política MTA-STS.',
  'tlsrpt.why.sts-policy-invalid': 'A política MTA-STS está malformada.',
  'tlsrpt.why.sts-webpki-invalid': 'O certificado do nome mta-sts não é válido.',
  'tlsrpt.why.validation-failure':
    'O TLS falhou por outro motivo: um registro TLSA de outra chave, um servidor que a política não cita ou uma negociação interrompida.',
};
