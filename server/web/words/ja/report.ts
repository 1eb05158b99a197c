// Japanese of DNS records, the set-up of mail programs and the reports of other hosts.
import type { Catalogue } from '../words.ts';

export const jaReport: Catalogue = {
  'dns.again': 'もう一度確認',
  'dns.kind.setup': 'メールソフトの設定',
  'dns.about.mx': 'このドメインのメールを受け取るサーバーを他のサーバーに知らせます。',
  'dns.about.address': 'メールサーバーの名前からこのマシンへ導きます。',
  'dns.about.reverse':
    'アドレスから名前へ戻ります。これがないアドレスからのメールは多くのサーバーが拒否します。',
  'dns.about.spf': 'このドメインの名前で送信してよいサーバーの一覧です。',
  'dns.about.dmarc': 'あなたを装ったメールの扱いと、その報告先を伝えます。',
  'dns.about.service': 'メールソフトがアドレスだけでサーバーとポートを見つけられるようにします。',
  'dns.about.setup': 'Thunderbird と Outlook がアドレスだけで設定を取得できるようにします。',
  'dns.about.caa': 'メールサーバーの証明書を発行してよい者を定めます。他は拒否しなければなりません。',
  'dns.why.alias-elsewhere': '{value} を指しており、このサーバーではありません。',
  'programs.nav': 'メールソフト',
  'programs.title': 'メールソフトを設定する',
  'programs.hint':
    '多くのソフトはアドレスだけでこれらを見つけます。尋ねられたら、ここにある内容を入力してください。',
  'programs.none': 'ここではメールソフト用の接続口が開いていません。',
  'programs.imap': '受信（IMAP）',
  'programs.pop3': '受信（POP3）',
  'programs.smtp': '送信（SMTP）',
  'programs.everywhere': '両方に共通',
  'programs.server': 'サーバー',
  'programs.port': 'ポート',
  'programs.security': 'セキュリティ',
  'programs.tls': 'SSL/TLS',
  'programs.starttls': 'STARTTLS',
  'programs.userName': 'ユーザー名',
  'programs.password': 'あなたのパスワード、または 2 段階目を使う場合に必要なアプリ用パスワード：',
  'programs.apple': 'iPhone、iPad、Mac',
  'programs.appleHint':
    'お使いの端末でこのページを開き、プロファイルをダウンロードして設定からインストールしてください。パスワードは含まれず、端末が尋ねます。',
  'programs.profile': 'プロファイルをダウンロード',
  'programs.profileSays': '{host} 上の {address} のメール。',
};
