/** What a word of a definition is about. One bit each: a sentence is the union of its words. */
export const CONCEPT = {
  /** Takes something from one place to another. */
  carry: 1 << 0,
  /** Looks into something. */
  read: 1 << 1,
  /** Acts on the world: runs, deletes, pays, publishes. */
  act: 1 << 2,
  /** What nobody gives away. */
  secret: 1 << 3,
  /** What belongs to the person or to the conversation. */
  private: 1 << 4,
  /** The person at the keyboard, and whoever else could notice. */
  person: 1 << 5,
  /** The reader as a model. */
  model: 1 << 6,
  /** Says something to somebody. */
  tell: 1 << 7,
  /** Not, never, without. */
  not: 1 << 8,
  /** Unseen, unsaid. */
  hush: 1 << 9,
  /** What a person or an operator set as a limit: approvals, rules, checks. */
  guard: 1 << 10,
  /** Sets a limit aside. */
  lower: 1 << 11,
  /** Other than this one. */
  other: 1 << 12,
  /** A tool, a server, a connector. */
  tool: 1 << 13,
  /** An obligation. */
  must: 1 << 14,
  /** Now, or else. */
  urgent: 1 << 15,
  /** What happens otherwise. */
  harm: 1 << 16,
  /** Somebody who is obeyed, or a rule that is. */
  authority: 1 << 17,
  /** Other terms than before. */
  shift: 1 << 18,
  /** Before, after, whenever: at another time than that of the use. */
  when: 1 << 19,
  /** A program of a shell. */
  shell: 1 << 20,
  /** A URL, an address, a number on the net. */
  address: 1 << 21,
  /** All of it. */
  all: 1 << 22,
  /** Counts for more than something else. */
  rank: 1 << 23,
  /** Does as it is told. */
  obey: 1 << 24,
  /** What somebody is told to do. */
  task: 1 << 25,
  /** A person's yes, given for one act. */
  consent: 1 << 26,
  /** What a model says in the end. */
  answer: 1 << 27,
  /** Lasts beyond the use: files that are read at each start, sessions to come. */
  persist: 1 << 28,
  /** Puts one thing in the place of another. */
  swap: 1 << 29,
  /** Money, and where it goes. */
  money: 1 << 30,
  /** Text that is not to be read as it stands. */
  decode: 1 << 31,
} as const;

/** Name of a concept. */
export type Concept = keyof typeof CONCEPT;

/**
 * Words by concept, in the languages attacks were seen in. A word of two parts is written with `_`.
 * Endings are taken off before a word is looked up (`endings`), so the plain form is enough. Scripts
 * without spaces are looked for inside a sentence.
 */
export const WORDS: Readonly<Record<Exclude<Concept, 'address'>, string>> = {
  carry:
    'come_along along handed pass send resend put attach append include forward upload supply give hand share copy mirror insert add paste submit dump leak exfiltrate transmit export mail email post relay report join accompany precede register synchronise synchronize sync store save embed prepend stuff bundle convey deliver divulge surrender transfer enclose encode write push ' +
    'gib gebe mitgeben sende schicke uebermittle anhange hange fuge joignez joindre envoyez envoyer envoie transmettez ajoutez copiez incluez reenvia reenviar envia enviar incluye incluir adjunta anade copia inseriscilo inserisci invia allega includi aggiungi copie inclua anexe envie adicione ekle gonder dolacz wyslij przekaz stuur voeg bijvoegen ' +
    'передай передать отправь отправить добавь приложи включи вставь 放入 发送 附上 传入 传给 附加 入れて 送信 渡して 含めて 添付 보내 넣어 첨부 전달 포함',
  read: 'read open look glance browse scan inspect search retrieve fetch collect gather harvest extract obtain load access cat list query recite repeat reveal print quote lies lese oeffne recuperez lisez lire lee leer leggi leia oku odczytaj lees прочитай прочти открой 读取 读出 查看 読み 読んで 읽',
  act: 'run execute invoke launch delete wipe erase remove revoke merge publish purchase pay buy transfer install uninstall reinstall disable enable deploy drop kill stop shut switch redirect route reroute replace overwrite rewrite modify grant widen confirm approve accept tick tidy clean mint charge ausfuhren loesche executez supprimez ejecuta elimina esegui cancella execute apague calistir sil uruchom usun verwijder выполни удали запусти 执行 删除 実行し 削除 실행 삭제',
  secret:
    'login_detail sign-in_detail access_detail bank_detail card_number card_detail credit_card payment_detail account_detail login_data login_info access_code secret_key security_code seed_word vault_export password passwords passphrase passcode credential credentials secret secrets pin_code users_pin cvv keychain keystore bearer_token api_token oauth_token refresh_token csrf_token api_key apikey private_key ssh_key access_key master_key signing_key recovery_code one-time_code time_code seed_phrase wallet cookie cookies vault netrc id_rsa id_ed25519 known_hosts .ssh .aws .env .netrc .npmrc .pypirc .kube .gnupg .docker .pgpass .vault .git-credentials passwd printenv environment_variable env_var connection_string dsn login_data credentials.json secrets.yaml secret_key github_token auth_token session_token ' +
    'passwort passworter kennwort zugangsdaten schlussel geheimnis mot_de mots_de identifiants contrasena contrasenas clave claves chiave chiavi password senha senhas chave chaves parola parolalar parolalari sifre sifreyi haslo hasla wachtwoord wachtwoorden пароль пароли пароля ключ ключи токен секрет 密钥 密码 口令 令牌 凭证 凭据 パスワード 秘密鍵 認証情報 비밀번호 암호 토큰',
  private:
    'personal_data conversation conversations chat chats chat_history transcript dialogue clipboard inbox mailbox contact contacts address_book browsing_history home_directory shell_history browser_history message_history mail_history command_history call_history history_of search_history initial_instruction system_prompt system_message salary salaries payroll bank_statement account_number medical diary home_address employer customer_record customer_row customer_name private_note recent_mail text_message chat_log prior_tool tool_output discussed previous_message personal personal_data tool_result tool_list pending_message worried open_document message_thread directory_listing ' +
    'gesprach gesprachs verlauf nachrichten conversation historique courriels correos historial conversacion correo cronologia conversazione posta historico conversa conversas sohbet gecmis konusma rozmowa rozmowy historia gesprek переписка переписку переписки история историю историю разговор разговора сообщения 对话 聊天记录 历史记录 聊天 会話 履歴 대화 기록',
  person:
    'user users human humans person people anyone anybody nobody everyone staff customer operator reader them him her he she they owner employee benutzer nutzer anwender utilisateur usuario usuarios utente nessuno usuario kullanici kullaniciya uzytkownik uzytkownikowi gebruiker пользователь пользователю пользователя 用户 使用者 ユーザー ユーザ 利用者 사용자',
  model:
    'assistant assistants agent llm llms ai ais chatgpt claude gpt gemini copilot chatbot language_model reasoning_model assistent assistente asistente асистент ассистент 助手 アシスタント',
  tell: 'tell inform mention notify alert disclose reveal show bother bring announce explain comment hear talk speak surface display ask warn say see learn notice aware told informed shown displayed surfaced said sagen sage erwahne parlez dites mentionnez digas menciones informes avvisare dire mostre conte diga informe soyleme bildirme mow informuj vertel сообщай говори сообщать упоминай 告诉 告知 通知 提及 知らせ 伝え 알리 말하',
  not: 'not never no nen soyleme without neither nor dont doesnt wont cannot cant shouldnt needn neednt needless rarely leave avoid nobody nothing nessuno ohne nicht nie kein pas sans ne jamais no sin nunca senza non nao sem nie bez niet geen не без никогда 不 不要 勿 ないで 않 마세요 말고',
  hush: 'silently quietly secretly covertly discreetly discreet discretion unnoticed unmentioned silence undisclosed invisibly stealthily hidden_from to_yourself leave_out without_comment keep_quiet not_displayed heimlich discretement silenciosamente segretamente скрытно тайно 悄悄 秘密地 こっそり 몰래',
  guard:
    'approval approvals confirmation confirmations consent permission permissions dialog dialogs safety guardrail guardrails review reviews restriction restrictions rule rules instruction instructions policy policies guideline guidelines guidance directive directives constraint constraints limit limits check checks configuration safeguard safeguards prompts firewall sandbox antivirus two-factor mfa protection moderation filter anweisung anweisungen instructions consignes instrucciones istruzioni instrucoes talimat talimatlari instrukcje instructies инструкции инструкция указания 指令 指示 规则 規則 지시 명령',
  lower:
    'ignore disregard forget override bypass skip suspend suspended waive lift lifted void disable disabled circumvent evade relax outrank outranks supersede overrule exempt cleared unnecessary implied obsolete outdated switch_off turn_off off yes ignorier ignoriere vergiss ignorez oubliez ignora olvida ignorare dimentica ignore esqueca yoksay unut zignoruj negeer игнорируй забудь 忽略 无视 無視 무시',
  other:
    'other others another else remaining existing built-in alternative alternatives alternate rest competing similar whatever installed elsewhere different otro otros autre autres andere anderen anderer altri outro outros diger inne andere друг других другие 其他 其它 他の 다른',
  tool: 'tool tools server servers connector connectors plugin plugins extension extensions integration integrations assistants dictionaries search werkzeug werkzeuge outil outils herramienta herramientas strumento strumenti ferramenta ferramentas arac narzedzia инструмент инструменты инструментов 工具 ツール 도구',
  must: 'must shall should ought required requires require need needs obliged obliges obligatory mandatory expected expect asked ordered demand demands has_to have_to is_to are_to to_be supposed needed muss mussen soll doit devez doivent debe debes deve devi devem должен нужно необходимо 必须 必ず 必要 반드시',
  urgent:
    'immediately urgent urgently instantly imminent hurry emergency right_away at_once right_now asap last_warning final_notice last_chance final_warning within_minutes no_time every_minute every_second before_anything do_this sofort dringend immediatement urgence urgente inmediatamente subito immediatamente imediatamente hemen natychmiast немедленно срочно 立即 立刻 马上 直ちに 至急 즉시',
  harm: 'lose loses lost loss wiped locked breach breached leaked suspended terminated hurt damage destroyed hacked compromised infected unsafe deleted shuts expire disconnected delayed wait fails breaks penalty fired otherwise unless',
  authority:
    'administrator admin ciso compliance auditor auditors gdpr hipaa soc soc2 sox pci regulation regulations law legal legally lawyer directive mandate policy corporate headquarters anthropic openai security_team finance_department hr department developer certified government official obliges authority authorised authorized clearance ',
  shift:
    'previously previous earlier former formerly prior update updated migration release version no_longer now_on going_forward since starting henceforth changed changes changelog new deprecated replaced stale superseded last_update outdated future onwards as_of',
  when: 'before beforehand after afterwards whenever first prior_to then every each always when once next until zuerst vorher bevor avant apres antes despues prima dopo primeiro once przed eerst сначала прежде перед 之前 前 请先 先 する前に 전에 먼저',
  shell:
    'curl wget bash zsh sh sudo chmod powershell cmd rm netcat nc scp sftp crontab eval ssh printenv',
  all: 'all any every entire whole in_full complete full verbatim word_for everything raw concatenated so_far far recent lately todo todas tutti tutte toutes alle tum все всю 全文 全部 すべて 모두',
  rank: 'precedence outrank outranks outweigh outweighs supersede supersedes overrule overrules trump trumps priority_over precedence_over above_everything ahead_of before_anybody before_anyone highest_priority top_priority higher_priority rank ranks authoritative takes_over binding prevails prevail',
  obey: 'obey comply heed follow fulfil fulfill honour honor carry_out carry_them act_upon execute_them do_what do_as it_says obedience treat_as treat_them adhere',
  task: 'task tasks todo todos order orders command commands request requests demand demands wish wishes step steps instruction instructions directive directives whatever_it',
  consent:
    'approval approvals consent confirmation confirmations okay ok go-ahead sign-off signoff authorisation authorization asking prompting second_thought green_light verification',
  answer:
    'summary summaries recap recaps reply replies draft drafts question questions answered answering final_answer final_message chat_window retelling',
  persist:
    'claude.md agents.md gemini.md cursorrules .cursorrules .bashrc .zshrc .bash_profile .profile authorized_keys crontab cron systemd launchd autostart startup_script long-term_memory coming_session future_session later_session all_session every_session each_session next_session here_on coming_conversation future_conversation later_conversation future_chat permanently copilot-instructions',
  swap: 'substitute substitutes swap swaps replace replaces divert diverts reroute redirect exchange instead_of in_place change_the',
  money:
    'iban bic payee payees beneficiary bank_account account_number account_numbers invoice invoices payment payments transfer transfers payout payouts routing_number wire amount amounts purse salary refund refunds bitcoin wallet wallet_address',
  decode:
    'decode decodes decipher decrypt unscramble deobfuscate rot13 base64 reversed backwards hexadecimal caesar',
};
