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
  'programs.nav': 'Поштові програми',
  'programs.title': 'Налаштування поштової програми',
  'programs.hint':
    'Багато програм знаходять усе це за самою адресою. Якщо ваша питає, вкажіть те, що тут написано.',
  'programs.none': 'Тут не відкрито доступ для поштових програм.',
  'programs.imap': 'Отримання пошти (IMAP)',
  'programs.pop3': 'Отримання пошти (POP3)',
  'programs.smtp': 'Надсилання пошти (SMTP)',
  'programs.everywhere': 'Для обох',
  'programs.server': 'Сервер',
  'programs.port': 'Порт',
  'programs.security': 'Захист',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'Ім’я користувача',
  'programs.password': 'Ваш або пароль застосунку, потрібний за другого кроку входу:',
  'programs.apple': 'iPhone, iPad і Mac',
  'programs.appleHint':
    'Відкрийте цю сторінку на пристрої, завантажте профіль і встановіть його в налаштуваннях. Пристрій запитає пароль; у профілі його немає.',
  'programs.profile': 'Завантажити профіль',
  'programs.profileSays': 'Пошта {address} на {host}.',
  'reports.title': 'Звіти DMARC',
  'reports.hint':
    'Що інші сервери кажуть про листи від імені цього домену за останні 30 днів: хто їх надіслав і чи доведено, що вони ваші.',
  'reports.none':
    'Звітів ще немає. Сервери, що отримують листи від вашого імені, надсилають один на день, якщо про це просить запис DMARC.',
  'reports.offer':
    'Звіти можуть надходити на {address}: сервер їх читає, а все інше, що туди надійде, отримує {postmaster}.',
  'reports.receiving':
    'Звіти надходять на {address}, і сервер їх читає; все інше отримує {postmaster}. Запис для публікації — у розділі',
  'reports.receive': 'Отримувати звіти',
  'reports.made': 'Відтепер звіти читаються. Опублікуйте запис DMARC із розділу записів DNS.',
  'reports.chart': 'Листи від вашого імені за днями',
  'reports.believed': 'доведено',
  'reports.unbelieved': 'не доведено',
  'reports.sources': 'Хто їх надіслав',
  'reports.letters': 'Листи',
  'reports.others': 'Усі інші',
  'reports.mark.signed': 'підписано',
  'reports.mark.spfOnly': 'не підписано',
  'reports.mark.mixed': 'частково доведено',
  'reports.mark.unproven': 'не доведено',
  'reports.signed': 'Доведено, що його листи ваші, навіть після пересилання.',
  'reports.spfOnly':
    'Може надсилати за вас, але підписані не всі його листи: після пересилання їм не вірять.',
  'reports.mixed':
    'Частина його листів доведена, частина ні: переслана пошта або служба, що підписує не все.',
  'reports.unproven':
    'Надсилає від вашого імені без доказів: підробка або ваша служба, якої не знають SPF і DKIM.',
  'reports.reporters': 'Хто повідомив',
  'reports.reporter': 'Організація',
  'reports.last': 'Останній',
};
