/**
 * Phrases by their words. A part is a choice of words; `~` lets some words stand between; `<place>` is
 * where secrets lie, `<address>` a URL or e-mail address.
 */
export interface PhraseSet {
  readonly phrases: readonly string[];
}

const TELL =
  'tell|telling|inform|informing|notify|notifying|alert|alerting|reveal|revealing|mention|mentioning|show|showing|ask|asking|bother|bothering|disclose|disclosing';
const PERSON = 'user|users|human|person|anyone|anybody|people|operator';
const RULES =
  'instruction|instructions|prompt|prompts|rule|rules|message|messages|context|guideline|guidelines|guidance|directive|directives|constraints|policy|policies|restrictions';
const MODEL =
  'assistant|assistants|model|models|llm|llms|ai|ais|agent|agents|claude|chatgpt|gpt|copilot|gemini|bot';
const DO =
  'call|run|invoke|execute|read|send|list|append|include|collect|pass|forward|upload|post|copy|open|delete|transfer|fetch|resend|provide|insert|remove|replace|modify|redirect|rewrite';
const DOING = 'using|calling|invoking|running|executing';
const HAND =
  'pass|passing|send|sending|resend|include|including|put|append|attach|provide|forward|upload|share|give|dump|copy|insert|hand|add|paste|submit|supply|exfiltrate|leak';
const SECRET_WORDS = 'password|passwords|credentials|credential|passphrase|mnemonic|pin|cvv';
const ASK = `${HAND}|giving|providing|passing|entering|typing|using|enter|type|ask|asks|request|requires|require|needs|need|collect|obtain|get|read|find|use|contents|content|with|users|together`;

/** Orders to a model, wherever they stand. */
export const ORDERS: PhraseSet = {
  phrases: [
    `ignore|disregard|forget|override|bypass ~ previous|prior|above|earlier|preceding|existing|former|system|original ~ ${RULES}|text`,
    `ignore|disregard|forget|override|bypass ~ all|any|every|your|these|those|what ~ ${RULES}|safety|user`,
    `${RULES} is|are|were ~ outdated|void|invalid|obsolete|superseded|replaced`,
    `not|never|without|dont|avoid ~ ${TELL} ~ ${PERSON}`,
    'not|never|dont|avoid mention|mentioning|reveal|revealing|disclose|disclosing this|it|that',
    `${PERSON} ~ not|never ~ see|learn|know|notice|hear|find|told|aware|informed`,
    `not|never tell|inform|notify|alert|warn ${PERSON}|anybody|them|him|her`,
    'essential|required|necessary|imperative|crucial|vital that you',
    `${RULES} ~ no longer apply|valid|count|hold`,
    `no need|reason to ~ ${TELL}|bring`,
    `hide|conceal|keep ~ from the|user|users|human ${PERSON}`,
    'keep|keeping ~ to yourself',
    `silently|secretly|quietly|covertly ~ ${DO}|add|keep|save|store|set|mail|email`,
    `${PERSON} ~ already|has agreed|approved|consented|authorized|authorised|permitted`,
    `${MODEL} must|shall|has|have|needs ~ ${DO}|follow|obey|ignore|use`,
    `note|message|instructions|instruction|attention|reminder|notice to|for the|all|any ${MODEL}`,
    `from now on|onwards`,
    'you are now|no',
    `you have to ${DO}`,
    `you must|shall now|first|immediately|always ${DO}`,
    `you must|shall ${DO}|obey|comply|answer`,
    `send|forward|post|posted|upload|transmit|exfiltrate|bcc|cc|leak|copy ~ <address>`,
    'set|add|put|include ~ bcc|cc ~ to',
    'change|replace|set|modify|redirect ~ recipient|recipients|destination ~ to',
    `${DO}|load|access|attach|cat|contents|content|given|path ~ <place>`,
    'new|updated|real|actual|hidden|secret|true instructions|instruction|task|objective|goal|mission',
    'system prompt|instruction|instructions|message|override|note',
    'pretend|act|behave as|to|like ~ you|administrator|admin|root|developer|system',
    'important|critical|mandatory|attention|urgent instruction|instructions',
    `${HAND} ~ complete|entire|whole|full|all|last|previous|recent ~ conversation|chat|messages|history|transcript|prompt|context`,
    `${HAND} ~ conversation|transcript|memory ~ history|so|including|with`,
    'execute|run curl|wget|bash|powershell|rm|sudo',
    'curl|wget ~ <address> ~ sh|bash|zsh|python',
    `before answering|responding|replying|continuing|proceeding|anything ~ ${DO}|else`,
  ],
};

/** Orders about tools, in what describes one: a tool has nothing to say of the others. */
export const ORDERS_OF_TOOLS: PhraseSet = {
  phrases: [
    `before|prior|after ~ ${DOING}|use|call|called|used ~ any|other|another|all|every ~ tool|tools|server|servers`,
    `before ${DOING} this tool`,
    'you must|should|shall always|first|immediately|now call|use|run|read|invoke|send|execute|include|pass',
    `you should ${DO}`,
    'always|first call|invoke|run|use|execute|prefer this tool|function',
    'must|should|be called|used|invoked|run ~ before|instead ~ every|any|all|each|other',
    'must|should be called|used|invoked|run first|before|instead',
    'instead of ~ any|other|another|all ~ tool|tools',
    'other|all|these tool|tools will|may|would fail|break|stop',
    'behavior|behaviour|output|result|results of ~ other|another tool|tools ~ change|changes|changed',
    'not|never|dont use|call|invoke|run ~ any|other|another ~ tool|tools|server|servers',
    'never|not the|any other|others tool|tools|one|ones',
    'never|not the others',
    'use only this',
    'every|each|all|any call|calls|use|invocation of|to ~ other|another|every|all tool|tools',
    'have|has access to ~ tool|tools',
    'user|users|person ~ typed|wrote|said|told|entered|pasted|shared',
    `${DO} ~ and|then call|run|try|use ~ again`,
    '<place>',
    'output|result of env|printenv|whoami|id',
    'ignore|avoid|never ~ server|tool|tools ~ instead|directly|call',
    `when|whenever|if|once|after ~ is|was|are|were used|called|available|loaded|invoked|connected ~ ${DO}|set|add|change|call|mail|every|all|answer`,
    'when|whenever ~ asks|says ~ for ~ anything|everything|else',
    `in all|every|any ~ messages|mails|emails|mail|requests ~ ${DO}|set|add|bcc`,
    'every|all mail|mails|email|emails|message|messages has|have|must|should ~ go|be',
    'to continue|proceed|resolve|fix|recover|retry ~ read|call|run|execute|send|pass|provide|type|ask|give|share|you',
    `${DO}|type|ask|give ~ to continue|proceed|retry|repeat|resolve|recover`,
    `${DO}|type|give ~ and|then retry|repeat|again|resend`,
    `failed|expired|lost|exceeded|unavailable ~ ${DO}|type`,
    'server|tool must|has|needs ~ reinstalled|reinstall',
    'answer|respond|reply ~ every|all|any ~ through|with|using this',
    `${MODEL} should|can|will|may|needs|first|always ~ ${DO}|follow|obey|ignore|use`,
    `${HAND} ~ environment variables|variable`,
    'obey|obeys|comply follow the|this|every|all|what',
    'obey the|this|every|all|what',
  ],
};

/** Secrets that a text asks for. */
export const SECRETS_ASKED: PhraseSet = {
  phrases: [
    `${ASK} ~ ${SECRET_WORDS}`,
    `${ASK} ~ api|private|ssh|secret|signing|encryption|access|license key|keys`,
    `${ASK} ~ access|bearer|github|gitlab|slack|auth|authentication|session|oauth|refresh|security token|tokens`,
    `${ASK} ~ seed|recovery|secret|backup phrase|phrases|words|code|codes`,
    'users|user|your|his|their ~ password|credentials|passphrase|token|secret|secrets|apikey',
    `${ASK} ~ all|environment environment|variables variables|variable|in|as|into`,
    'private ssh|key|gpg key|keys|contents|content',
  ],
};

/** Names of parameters are not phrases: what they ask for, each without separators and in lower case. */
export const PLACES =
  '.ssh|rsa|ed25519|.aws|.env|.netrc|.npmrc|.pypirc|.kube|.gnupg|.cursor|.claude|.config|.docker|.bash|.zsh|passwd|shadow|keychain|.git-credentials';
