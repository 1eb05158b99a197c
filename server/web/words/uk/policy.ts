// Ukrainian of TLS between mail hosts.
import type { Catalogue } from '../words.ts';

export const ukPolicy: Catalogue = {
  'sts.title': 'Шифроване доставлення (MTA-STS)',
  'sts.hint':
    'Каже іншим серверам доставляти пошту для {domain} лише через TLS і лише серверу з дійсним сертифікатом. Діє, щойно записи зі сторінки DNS опубліковано.',
  'sts.mode': 'Політика',
  'sts.off': 'Вимкнено',
  'sts.testing': 'Перевірка: інші повідомляють про невдачі й усе одно доставляють',
  'sts.enforce': 'Обов’язкова: інші доставляють через перевірений TLS або ніяк',
  'sts.none':
    'Відкликана: інші забувають політику. Лишіть так на час, на який вони її запам’ятали, і лише потім виберіть «Вимкнено».',
  'sts.age': 'Інші пам’ятають її',
  'sts.days': { one: '{n} день', few: '{n} дні', many: '{n} днів', other: '{n} дня' },
  'sts.choose': 'Виберіть політику.',
  'sts.saved': 'Політику домену {domain} збережено.',
  'sts.wrong': 'У control/mtasts є хибний рядок, тож політика не видається. Спершу виправте його.',
  'sts.served': 'Що видається',
  'dns.kind.mta-sts': 'Шифроване доставлення (MTA-STS)',
  'dns.about.mta-sts': 'Каже іншим серверам, що тут видається політика TLS, і де.',
  'dns.kind.tlsrpt': 'Звіти про TLS',
  'dns.about.tlsrpt': 'Каже, куди інші сервери пишуть про невдачі TLS дорогою до домену.',
  'dns.kind.tlsa': 'Ключ поштового сервера (DANE)',
  'dns.about.tlsa':
    'Називає ключ поштового сервера тим, хто перевіряє DNSSEC; корисно лише в підписаній зоні. Змініть запис раніше, ніж ключ.',
  'dns.why.sts-id': 'Ідентифікатор не від політики, що видається тут, тож інші тримають стару.',
  'dns.why.tlsrpt-nowhere': 'Не названо адреси для звітів.',
  'dns.why.tlsa-other': 'Названо інший ключ, ніж у поштового сервера: хто перевіряє, затримує пошту.',
  'dns.why.several': 'Їх кілька; тоді жоден не рахується.',
  'tlsrpt.title': 'Звіти TLS',
  'tlsrpt.hint': 'Що інші сервери кажуть про TLS дорогою до цього домену за останні 30 днів.',
  'tlsrpt.noAddress':
    'Звіти TLS читаються там само, де звіти DMARC. Спершу створіть цю адресу, потім опублікуйте запис зі сторінки DNS.',
  'tlsrpt.none':
    'Звітів ще не було. Сервери, що пишуть домену, звітують раз на день, коли запис опубліковано.',
  'tlsrpt.failures': 'Що не вдалося',
  'tlsrpt.allGood': 'Усе вдалося.',
  'tlsrpt.what': 'Що',
  'tlsrpt.sessions': 'Сеанси',
  'tlsrpt.good': 'Вдалих',
  'tlsrpt.failed': 'Невдалих',
  'tlsrpt.others': { one: 'і ще {n}', few: 'і ще {n}', many: 'і ще {n}', other: 'і ще {n}' },
  'tlsrpt.why.starttls-not-supported': 'Поштовий сервер не пропонував TLS.',
  'tlsrpt.why.certificate-host-mismatch':
    'Сертифікат на інше ім’я. Отримайте сертифікат на ім’я поштового сервера.',
  'tlsrpt.why.certificate-expired': 'Сертифікат прострочено. Поновіть його.',
  'tlsrpt.why.certificate-not-trusted':
    'Ніхто з тих, кому вони довіряють, не ручається за сертифікат, або його ланцюжок неповний.',
  'tlsrpt.why.tlsa-invalid': 'Запис TLSA складено неправильно.',
  'tlsrpt.why.dnssec-invalid': 'Підписи DNSSEC зони хибні або застарілі.',
  'tlsrpt.why.dane-required': 'Вимагався DANE, а запису TLSA не було.',
  'tlsrpt.why.sts-policy-fetch-error': 'Політику MTA-STS не вдалося отримати.',
  'tlsrpt.why.sts-policy-invalid': 'Політику MTA-STS складено неправильно.',
  'tlsrpt.why.sts-webpki-invalid': 'Сертифікат імені mta-sts непридатний.',
  'tlsrpt.why.validation-failure':
    'TLS не вдався з іншої причини: запис TLSA іншого ключа, сервер, якого немає в політиці, або перерване з’єднання.',
};
