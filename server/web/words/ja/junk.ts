// Japanese of the page that keeps junk out.
import type { Catalogue } from '../words.ts';

export const jaJunk: Catalogue = {
  'junk.title': '迷惑メール',
  'junk.hint': '外部のサーバーとそのメールを受け取る前に調べる内容です。変更は次のメールから有効になります。',
  'junk.rules': 'ルール',
  'junk.junkscore': '迷惑メールとする点数',
  'junk.rejectscore': '受信を拒否する点数',
  'junk.greylist': 'グレーリスト: 初めての相手のメールを待たせる秒数',
  'junk.greylistHint':
    'メールサーバーは自動的に再送しますが、迷惑メールのプログラムの多くは再送しません。通常は 300、空欄で無効です。',
  'junk.reputation': '迷惑メールが多いネットワークの接続数を少なくする',
  'junk.others': 'その他の設定:',
  'junk.noState':
    'リストとスキャナーを表示できません。control ファイルに誤りがあるか、多くの人がこのページを見ています。',
  'junk.scanners': 'スキャナー',
  'junk.scanner': 'スキャナー',
  'junk.address': 'アドレス',
  'junk.off': '無効',
  'junk.answers': '応答あり、{ms} ミリ秒',
  'junk.silent': '応答なし: {why}',
  'junk.lists': 'DNS リスト',
  'junk.noLists': '問い合わせるリストはありません。',
  'junk.list': 'リスト',
  'junk.does': '登録されていると',
  'junk.does.defer': '一時的に拒否',
  'junk.does.reject': '拒否',
  'junk.does.allow': '歓迎',
  'junk.does.note': '{points} 点を加算',
  'junk.list.right': '正常',
  'junk.list.everything': 'すべてを登録: 問い合わせません',
  'junk.list.nothing': 'テスト項目がありません',
  'junk.list.unknown': '応答なし',
  'junk.turned': '最近拒否または迷惑メールとされたメール',
  'junk.noTurned': 'まだありません。',
  'junk.refused': '拒否',
  'junk.junked': '迷惑メール',
};
