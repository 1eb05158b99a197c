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
  'programs.nav': 'Почтовые программы',
  'programs.title': 'Настройка почтовой программы',
  'programs.hint':
    'Многие программы находят всё это по одному адресу. Если ваша спрашивает, укажите то, что здесь написано.',
  'programs.none': 'Здесь не открыт доступ для почтовых программ.',
  'programs.imap': 'Получение почты (IMAP)',
  'programs.pop3': 'Получение почты (POP3)',
  'programs.smtp': 'Отправка почты (SMTP)',
  'programs.everywhere': 'Для того и другого',
  'programs.server': 'Сервер',
  'programs.port': 'Порт',
  'programs.security': 'Защита',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Имя пользователя',
  'programs.password': 'Ваш или пароль приложения, который нужен при втором шаге входа:',
  'programs.apple': 'iPhone, iPad и Mac',
  'programs.appleHint':
    'Откройте эту страницу на устройстве, скачайте профиль и установите его в настройках. Устройство спросит пароль; в профиле его нет.',
  'programs.profile': 'Скачать профиль',
  'programs.profileSays': 'Почта {address} на {host}.',
  'reports.title': 'Отчёты DMARC',
  'reports.hint':
    'Что другие серверы говорят о письмах от имени этого домена за последние 30 дней: кто их отправил и доказано ли, что они ваши.',
  'reports.none':
    'Отчётов ещё нет. Серверы, которые получают письма от вашего имени, присылают один в день, если об этом просит запись DMARC.',
  'reports.offer':
    'Отчёты могут приходить на {address}: сервер их читает, а всё остальное, что туда придёт, получает {postmaster}.',
  'reports.receiving':
    'Отчёты приходят на {address}, и сервер их читает; всё остальное получает {postmaster}. Запись для публикации — в разделе',
  'reports.receive': 'Получать отчёты',
  'reports.made': 'Теперь отчёты читаются. Опубликуйте запись DMARC из раздела записей DNS.',
  'reports.chart': 'Письма от вашего имени по дням',
  'reports.believed': 'доказано',
  'reports.unbelieved': 'не доказано',
  'reports.sources': 'Кто их отправил',
  'reports.letters': 'Письма',
  'reports.others': 'Все остальные',
  'reports.mark.signed': 'подписано',
  'reports.mark.spfOnly': 'не подписано',
  'reports.mark.mixed': 'частью доказано',
  'reports.mark.unproven': 'не доказано',
  'reports.signed': 'Доказано, что его письма ваши, даже после пересылки.',
  'reports.spfOnly': 'Может отправлять за вас, но подписаны не все его письма: после пересылки им не верят.',
  'reports.mixed':
    'Часть его писем доказана, часть нет: пересланная почта или служба, которая подписывает не всё.',
  'reports.unproven':
    'Отправляет от вашего имени без доказательств: подделка или ваша служба, которой не знают SPF и DKIM.',
  'reports.reporters': 'Кто сообщил',
  'reports.reporter': 'Организация',
  'reports.last': 'Последний',
};
