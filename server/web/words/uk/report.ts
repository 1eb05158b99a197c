// Ukrainian of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const ukReport: Catalogue = {
  'dns.again': 'Перевірити знову',
  'dns.kind.setup': 'Налаштування для поштових програм',
  'dns.about.mx': 'Каже іншим серверам, який сервер приймає пошту домену.',
  'dns.about.address': 'Веде від імені поштового сервера до цієї машини.',
  'dns.about.reverse':
    'Веде від адреси назад до імені; без нього багато серверів не приймають пошту з цієї адреси.',
  'dns.about.spf': 'Перелічує сервери, які можуть надсилати від імені домену.',
  'dns.about.dmarc': 'Каже, що робити з листами, які лише видають себе за ваші, і куди про них повідомляти.',
  'dns.about.service': 'Дозволяє поштовим програмам знайти сервер і порт за самою адресою.',
  'dns.about.setup': 'Дозволяє Thunderbird і Outlook отримати налаштування за самою адресою.',
  'dns.about.caa': 'Називає, хто може видавати сертифікати поштовому серверу; решта мають відмовити.',
  'dns.why.alias-elsewhere': 'Веде до {value}, а не до цього сервера.',
};
