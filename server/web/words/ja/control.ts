// Japanese of the server’s settings in the administration.
import type { Catalogue } from '../words.ts';

export const jaControl: Catalogue = {
  'control.title': '設定',
  'control.hint':
    '各設定はcontrol/内のファイルです。ファイルがないものには既定値が使われます。実行中のプログラムには、そのページに別の記載がない限り、変更がすぐに反映されます。',
  'control.search': '名前または言葉',
  'control.filters': '表示する設定',
  'control.only.all': 'すべて',
  'control.only.set': 'ファイルあり',
  'control.only.wrong': '誤りあり',
  'control.none': '一致する設定はありません。',
  'control.wrong': { other: '誤りのあるファイルが{n}個あります。' },
  'control.wrongHint':
    '実行中のプログラムは、ファイルに誤りが生じる前の内容を使い続けます。これから起動するプログラムは起動しないことがあります。',
  'control.unknown': '読まれないファイル',
  'control.unknownHint':
    'control/にありますが、どのプログラムも知らないファイルです。名前の打ち間違いか、ほかのプログラムのファイルです。',
  'control.runScripts': '古いサーバーの実行スクリプトだけが読みます。',
  'control.setting': '設定',
  'control.value': '現在の値',
  'control.default': '既定値',
  'control.isDefault': '既定値:',
  'control.empty': '（空）',
  'control.isWrong': '誤り',
  'control.more': { other: '他{n}行' },
  'control.room.names': 'ホスト名',
  'control.room.doors': '受付口とその制限',
  'control.room.policy': '送信の可否',
  'control.room.rules': 'アクセス規則',
  'control.room.senders': '差出人の真正性',
  'control.room.junk': '迷惑メールとウイルス',
  'control.room.queue': 'キューと不達通知',
  'control.room.local': 'このホストへの配信',
  'control.room.remote': 'ほかのホストへの配信',
  'control.room.people': 'アカウントとウェブメール',
  'control.room.roles': 'プログラムのユーザー',
  'control.room.history': '配信履歴',
  'control.kind': '形式',
  'control.kind.line': '1行',
  'control.kind.int': '数値',
  'control.kind.list': '1行に1項目。#で始まる行はコメント',
  'control.kind.map': 'key:value、1行に1件。#で始まる行はコメント',
  'control.kind.text': 'テキスト',
  'control.kind.cdb': 'コンパイル済みの表',
  'control.kind.rules': '規則、1行に1件。#で始まる行はコメント',
  'control.readers': '読み込むプログラム',
  'control.origin': 'qmailにある設定',
  'control.yes': 'はい',
  'control.no': 'いいえ',
  'control.room': '分類',
  'control.atStart': 'このファイルはプログラムの起動時に読み込まれます。変更は再起動後に有効になります。',
  'control.text': 'ファイルの内容',
  'control.newText': 'ファイルの新しい内容',
  'control.noFile':
    '現在ファイルがないため、既定値が使われます。空のファイルは、ファイルがないこととは異なります。',
  'control.maskedHint':
    'パスワードは表示されません。すべてのパスワードを含めて全体を書き直してください。古い内容と置き換わります。',
  'control.stored': '現在のファイル',
  'control.conflict': '編集中にほかの人がこのファイルを変更しました。',
  'control.conflictHint':
    '上が現在のファイル、下が入力した内容です。保存すると、入力した内容でファイルが置き換えられます。',
  'control.back': 'すべての設定',
  'control.toDefault': '既定値に戻す',
  'control.saved': '保存しました。',
  'control.savedForStart': '保存しました。再起動後に有効になります。',
  'control.shutsOut':
    '現在お使いの接続先{host}がこの中にありません。再起動後に戻れなくなるため、追加してください。',
  'control.lock.domains':
    'このファイルはドメインのページが管理しています。そこでドメインを追加または削除すると、関連するすべてのファイルがまとめて変更されます。',
  'control.lock.host':
    'この名前はほかのファイル、配信中のメール、DNSでも使われています。サーバー上でconfig-fastを使って変更し、プログラムを起動し直してください。',
  'control.lock.programs':
    'ここに書かれた内容により、ほかのプログラムが実行されます。ウェブメールのセッションを奪った者に何かを実行されないよう、サーバー上でのみ変更できます。',
  'control.lock.users':
    'これらは、rootが起動するプログラムのための、サーバーのユーザーです。サーバー上でのみ変更できます。',
  'control.lock.accounts':
    'アカウントの場所を示します。誤った値は、直せる人全員を締め出してしまうため、サーバー上でのみ変更できます。',
  'control.lock.compiled': 'この表はサーバー上でコンパイルされます。編集できるテキストはありません。',
  'control.lock.odd':
    '65536バイトまでの通常のファイルではないもの（リンクなど）があります。サーバー上でのみ変更できます。',
  'control.lock.bytes':
    'このファイルにはUTF-8でないバイトが含まれ、フォームを通すと壊れるおそれがあります。サーバー上でのみ変更できます。',
};
