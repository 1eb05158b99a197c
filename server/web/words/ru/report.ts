// Russian of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const ruReport: Catalogue = {
  'dns.again': 'Проверить снова',
  'dns.kind.setup': 'Настройки для почтовых программ',
  'dns.about.mx': 'Говорит другим серверам, какой сервер принимает почту домена.',
  'dns.about.address': 'Ведёт от имени почтового сервера к этой машине.',
  'dns.about.reverse':
    'Ведёт от адреса обратно к имени; без него многие серверы не принимают почту с этого адреса.',
  'dns.about.spf': 'Перечисляет серверы, которые могут отправлять от имени домена.',
  'dns.about.dmarc':
    'Говорит, что делать с письмами, которые лишь выдают себя за ваши, и куда о них сообщать.',
  'dns.about.service': 'Позволяет почтовым программам найти сервер и порт по одному адресу.',
  'dns.about.setup': 'Позволяет Thunderbird и Outlook получить настройки по одному адресу.',
  'dns.about.caa': 'Называет, кто может выдавать сертификаты почтовому серверу; остальные должны отказать.',
  'dns.why.alias-elsewhere': 'Ведёт к {value}, а не к этому серверу.',
};
