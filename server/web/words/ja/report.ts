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
};
