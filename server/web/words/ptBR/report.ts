// Brazilian Portuguese of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const ptBRReport: Catalogue = {
  'dns.again': 'Verificar de novo',
  'dns.kind.setup': 'Configurações para programas de e-mail',
  'dns.about.mx': 'Diz aos outros servidores qual deles recebe o e-mail do domínio.',
  'dns.about.address': 'Leva do nome do servidor de e-mail a esta máquina.',
  'dns.about.reverse':
    'Leva do endereço de volta ao nome; sem ele, muitos servidores recusam e-mails desse endereço.',
  'dns.about.spf': 'Lista os servidores que podem enviar em nome do domínio.',
  'dns.about.dmarc':
    'Diz o que os outros devem fazer com e-mails que só fingem ser seus e para onde relatar.',
  'dns.about.service': 'Permite que programas de e-mail encontrem servidor e porta só pelo endereço.',
  'dns.about.setup': 'Permite que o Thunderbird e o Outlook obtenham as configurações só pelo endereço.',
  'dns.about.caa': 'Indica quem pode emitir certificados para o servidor de e-mail; os demais devem recusar.',
  'dns.why.alias-elsewhere': 'Leva a {value}, não a este servidor.',
};
