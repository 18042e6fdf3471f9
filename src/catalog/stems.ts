import type { Concept } from './concepts.ts';

/**
 * Beginnings of words by concept, in languages that put endings on them: a word that begins so is about
 * it. Fewer than four letters would be the beginning of anything. Scripts whose words carry articles
 * before them, or stand without spaces, are looked for inside a sentence.
 */
export const STEMS: Readonly<Partial<Record<Concept, string>>> = {
  carry:
    'vedlegg bifog vedhaeft send_ legg_ved laheta liita csatol kuldd trimite atasea ubergib ubergeb ubermitt schick beifug beigefug anhang angehang weiterleit mitschick hinzufug einfug hochlad transmet transmett envoi envoy joign joindre ajout insere televers fourni reenvi adjunt anad inclure incluy incluez remit envia mandar mandal agreg alleg aggiung inoltr trasmett invia inviar inviat anexa encaminh adicion insira inserisc doorstur meestur toevoeg meegeef bijvoeg gonder ekley ilet aktar przekaz przesl wyslij wysyl dolacz zalacz posila pridej priloz odesl bifoga skicka vedlag odosl nadislat perdav otprav переда отправ прилож прикреп добав включ вставь вложи надішл надсил додай στειλ επισυναψ kirim sertakan lampirkan tambahkan gui_kem dinh_kem ' +
    '发送 发给 传递 提交 附带 上传 填入 写入 放进 加入 転送 送って 送る 添えて 書き込 入力 渡す 貼り付け 전송 첨부 보내 붙여 입력 담아 أرسل ارسل إرسال ارسال أدرج ادرج أضف اضف ضع مرر أرفق ارفق שלח העבר צרף הוסף भेज जोड़ें डालें संलग्न ส่ง แนบ ใส่',
  read:
    'innhold innehall avaa lue_ olvas citeste deschide auslese ausgele lesen liest nachles durchsuch ouvre ouvrir abre abrir abrid abra recupe recoge leyend leggi leggere aprire apri copiare leia leiam okuy okuma otworz przeczyt odczyt precti otevri lees_eerst uitlees прочит прочес открой открыв считай считыв читай прочтит відкрий διαβασ baca bacalah doc_noi_dung ' +
    '读取 读出 打开 查看 收集 获取 読み取 読み込 開いて 取得 収集 읽어 열어 수집 가져 اقرأ اقرا قراءة افتح اجمع קרא פתח אסוף पढ़ें पढ़ो पढ़कर खोलें อ่าน เปิดไฟล์',
  secret:
    'passord adgangskod nokkel nyckel salaisuu titk passwort kennwort zugangsdat zugangsschlus geheimn schlussel contrasen credencial credenziali identifiant segredo senha parola paroll sifre haslo hasel heslo heslem wachtwoord losenord salasan jelszo parol парол секрет ключ токен учетн облікові κωδικ συνθηματ kata_sandi mat_khau ' +
    '密码 口令 密钥 私钥 凭据 令牌 机密 环境变量 パスワード 秘密 鍵 認証 環境変数 トークン 비밀번호 비밀 암호 키를 토큰 환경변수 كلمة_المرور كلمات_المرور كلمة_السر مفتاح مفاتيح بيانات_الاعتماد סיסמ מפתח पासवर्ड गुप्त कुंजी รหัสผ่าน',
  private:
    'verlauf gesprach unterhalt posteing kontakt adressbuch tagebuch historique correspondan carnet_d boite historial conversaci bandeja agenda cronolog rubrica conversas historico gesprek geschiedenis sohbet gecmis rozmow historia_ korespond переписк истори разговор перепис контакт розмов συνομιλ percakapan riwayat ' +
    '聊天 对话 通讯录 邮件 隐私 会話 履歴 連絡先 個人情報 대화 연락처 기록 개인정보 محادثة المحادثة سجل_الدردشة שיחה बातचीत ประวัติการสนทนา',
  person:
    'bruker anvandar bruger benutz nutzer anwend utilisat usuari utente utenti usuario kullanic uzytkown uzivatel gebruik anvand kayttaj felhaszn utilizator пользоват користувач χρηστ pengguna nguoi_dung ' +
    '用户 使用者 ユーザ 利用者 사용자 المستخدم مستخدم למשתמש המשתמש उपयोगकर्ता ผู้ใช้',
  model:
    'assistent asistent asistan asystent assistente ассистент асистент помощник 助手 模型 アシスタント 어시스턴트 모델 المساعد סוכן सहायक ผู้ช่วย',
  tell:
    'fortell fortal beratta naevn namn_ kerro mond_ spune mentioneaza erwahn mitteil mitzuteil informier verrat berichte prevenir previen informez mentionn avertiss signaler signalez dites mencion avis coment digas dile informar comunic menzion avvert avvis dire_all dillo informado diga avise soyle bahset bildir haber_ver wspomin powiadam mow_o mowi_o informuj informer nerik nezmin zmin vertel vermeld meld_dit сообщ говор упомин рассказ уведом информир повідомл казат αναφερ μην_πεις beri_tahu beritahu ' +
    '告诉 告知 提及 通知 说明 提醒 知らせ 伝え 言わ 話さ 報告 알리 말하 언급 تخبر يخبر تذكر إبلاغ תספר תגיד תיידע बताएं बताना बताओ บอก แจ้ง',
  not:
    'ikke inte_ uten utan uden ilman nelkul fara_ nicht ohne keine niemals jamais aucun sans ninguna nunca nessun senza nenhum nunca degil olmadan zonder nooit nigdy bezb никак никогда нельз не_ без_ ніколи jangan tanpa không đừng ' +
    '不要 不得 无需 切勿 不必 勿 ずに しないで なく 하지 않고 말고 없이 لا_ دون بدون ولا אל_ ללא בלי मत नहीं บินา ไม่ต้อง อย่า',
  guard:
    'instruks anvisning ohje_ utasit anweisung vorgabe regeln consigne regle instruccion reglas istruzion regol instruco instruç regras talimat kural instrukcj polecen zasad instructie regels инструкц указан правил інструкц οδηγι instruksi aturan ' +
    '指令 指示 规则 限制 命令 ルール 制限 지시 규칙 지침 التعليمات تعليمات القواعد הוראות निर्देश คำสั่ง',
  lower:
    'ignorer_ ignorera ignorier missacht vergiss ubergeh ignorez oublie faites_abstraction negligez ignora omite olvida dimentic trascura desconsider esqueca yoksay yok_say gormezden unut zignor pomin zapomnij negeer vergeet игнорир забуд пренебр ігнор αγνοησ abaikan lupakan bo_qua ' +
    '忽略 无视 忘记 跳过 取消 無視 忘れ 무시 잊어 تجاهل انس_ התעלם अनदेखा เพิกเฉย',
  when:
    'forst_ ensin eloszor inainte bevor zuerst zunachst avant d_abord antes primero prima_di anzitutto antes_de once_ oncesinde voordat eerst zanim najpierw przed прежде сначала перед спочатку πριν sebelum truoc_khi ' +
    '之前 首先 先 每次 前に まず 毎回 전에 먼저 قبل أولا לפני पहले ก่อน',
  all:
    'gesamt samtlich komplett vollstand alle_ entier complete_ toute totalmente tout_ completo todas todos intera_ tutto inteiro butun tamam wszystk caly volledig alles все_ весь_ полност целик всі_ semua ' +
    '全部 所有 完整 全体 すべて 全て 모든 전체 كل_ جميع כל_ सभी ทั้งหมด',
};
