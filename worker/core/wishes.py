"""Words by which people say what they want, by when, and what is at stake, in English, German, Spanish and French.

Like the cues of problems, each pattern is tried on one sentence of bounded length and has no nested repetition.
"""

import re

from worker.core.alternatives import compile_any

EXPECTS = compile_any(
    r"\b(?:we|i|they|it|he|she|you|legal|management|our \w+|my \w+|the \w+(?: \w+)?)(?:(?:'|’)d|(?:'|’)ll"
    r"| would| will| do| still| really| just| also"
    r"| urgently| must)* (?:need|needs|want|wants|require|requires|expect|expects|like|demand|insist on"
    r"|await|ask for|are asking for"
    r"|am asking for|look forward to)"
    r" (?:it\b|this\b|that\b|them\b|to (?:know|hear|speak|talk|stay|get|have|be able|report|decide|tell)\b"
    r"|an? (?:\w+ )?(?:answer"
    r"|fix|date|solution|explanation|call|plan|decision|reply|credit|refund|correction|contact|statement"
    r"|update|assessment|meeting)\b"
    r"|somebody\b|someone\b|your \w+\b|the .{2,60}\b(?:by|before|back|fixed|working|solved)\b"
    r"|.{2,60}\b(?:fixed|working|solved|back)\b)",
    r"\b(?:i(?:'|’)d|we(?:'|’)d|i would|we would) (?:be (?:grateful|glad|happy|thankful)|feel better"
    r"|appreciate)\b|\bkindly (?:ask|request)\b"
    r"|\b(?:it|this|that) (?:still )?(?:has|needs|must) (?:to )?be (?:fixed|solved|corrected|restored)\b"
    r"|^eta\b|\basks? for an?\b"
    r"|\b(?:please|bitte|por favor|merci d'avance)\W*$|, please \w+|\bplease (?:treat|confirm|tell|fix)\b",
    r"\b(?:we|i) (?:must|have to) (?:report|have|know|tell|decide|inform|get|be able)\b"
    r"|\bstill waiting for\b|\bneed to know\b",
    r"^(?:so |and |but )?please (?:also )?(?:fix|tell|confirm|let|keep|call|restore|solve|send|make sure"
    r"|advise|get|look|find|treat|help|do)\b",
    r"\b(?:could|can|will|would) you (?:please )?(?:tell|let|confirm|fix|call|say|restore|help|solve|send"
    r"|give|recover|get)\b",
    r"\b(?:when (?:will|can|is|do)|by when|how long|any (?:news|update|joy|luck|sign|progress|eta)"
    r"|what (?:do|shall|should) (?:we|i) do"
    r"|what happens (?:to|with)|what about|is it us|who (?:speaks|will|can|decides)|safe to)\b.{0,120}\?",
    r"\b(?:otherwise|or else|if (?:we|there|you|it|this|nothing|that)\b.{2,80}\b(?:we(?:'|’)?ll|we will"
    r"|we have to|we(?:'|’)d|we are going to"
    r"|i will|i(?:'|’)ll|i have to))\b",
    r"\b(?:wir|ich|man) (?:(?:dringend|unbedingt|hier|noch|bitte) )*(?:brauch\w*|ben[oö]tig\w*|erwart\w*"
    r"|bitten? (?:um|sie)|m[oö]chten? (?:wissen|bitten)"
    r"|bestehen auf|m[uü]ss(?:en|te) (?:bis|das|es|die|vor))\b|\b(?:brauchen|ben[oö]tigen|erwarten) wir\b"
    r"|\bsonst\b.{3,}|\bjemand melden\b|\bw[aä]re (?:das )?ein muss\b|\bsollten wir bis\b"
    r"|^bitte (?:sagen|teilen|melden|geben|beheben|l[oö]sen|kl[aä]ren|korrigieren|rufen|helfen)\b"
    r"|\b(?:wann (?:bekommen|ist|wird|k[oö]nnen|kommt)"
    r"|was soll(?:en)? (?:ich|wir)|an wen d[uü]rfen|wie lange)\b.{0,120}\?|\bk[oö]nn(?:t|en) (?:ihr"
    r"|sie) (?:uns|mir|bitte)\b",
    r"\b(?:(?:lo|la|los|las|nos) )?(?:necesitamos|necesito|exigimos|esperamos|espero|requerimos|queremos"
    r"|quiero|quisi[eé]ramos|solicitamos|pedimos)"
    r" (?:que\b|saber\b|una? (?:\w+ )?(?:soluci[oó]n|respuesta|fecha|explicaci[oó]n|reuni[oó]n|llamada"
    r"|correcci[oó]n)\b|antes\b|para\b|hoy\b"
    r"|.{0,60}\b(?:antes de|para el|hoy|cuanto antes)\b)|\bl[oa]s? (?:seguimos )?necesit(?:amos|o|ando)\b"
    r"|\bav[ií]s(?:ad|en|ennos|adnos)\b|\bsi no (?:hay|tenemos|recibimos|se)\b.{3,}|\bde lo contrario\b"
    r"|¿(?:pueden|pod[eé]is|podr[ií]an?|puede|hay (?:alguna )?novedad|cu[aá]ndo|qu[eé] hacemos|qu[eé] hago"
    r"|alguna novedad)\b",
    r"\b(?:il (?:nous )?faut (?:la|une?|que|absolument)|nous demandent? une|il nous faut"
    r"|nous (?:en )?(?:avons besoin d|attendons|demandons|exigeons|souhaitons|voulons|devons (?:savoir"
    r"|avoir))|j'(?:en )?(?:ai besoin d|attends)"
    r"|nous en avons besoin|sans r[eé]ponse|sinon)|^merci de (?:nous|me|bien)\b|\b(?:quand (?:sera|est-ce"
    r"|pourr|aur|pensez))|\bpouvez-vous nous\b"
    r"|\bque (?:devons-nous|dois-je) faire\b",
)
HOW_TO = compile_any(
    r"^(?:¿ ?)?(?:and |but |so |also )?(?:should i|could it be|how (?:do|can|should|would) (?:i|we|you)"
    r"|where (?:do|can|is)|is there an?\b|quick (?:one|question)"
    r"|does that mean|wie (?:kann|k[oö]nnen|macht|stelle|richte)|wo (?:kann|finde|ist|stellt)|(?:c[oó]mo"
    r"|d[oó]nde) |comment |o[uù] )"
)
DUE = compile_any(
    r"\b(?:need\w*|must|has to|have to|due|deadline|goes? live|opens?|starts?|wants?|latest|until then"
    r"|audit\w*|waiting|muss|m[uü]ssen|brauch\w*|f[aä]llig"
    r"|frist|stichtag|necesit\w+|debe\w*|tenemos que|vence|plazo|faut|doit|devons|[eé]ch[eé]ance|cl[oô]ture"
    r"|limite|correct\w+)\b"
)
_DAY_WORDS = (
    r"(?:the |this |next |early |late |end of |tomorrow |dem |den |der |el |la |le |zum |fin de |kommenden "
    r"|n[aä]chsten ){0,4}"
    r"(?:tonight|today|tomorrow|noon|midnight|eod|eow|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|week|month|weekend|end of \w+"
    r"|january|february|march|april|may|june|july|august|september|october|november|december|spring|summer"
    r"|autumn|winter"
    r"|\d{1,2}(?:st|nd|rd|th|\.)? (?:of )?[a-zéûäö]{3,10}|\d{4}-\d{2}-\d{2}"
    r"|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|heute|morgen|lunes|martes|mi[eé]rcoles"
    r"|jueves|viernes|ma[nñ]ana|hoy"
    r"|lundi|mardi|mercredi|jeudi|vendredi|demain|ce soir)"
    r"(?: (?:at |um |morning|evening|noon|night|\d{1,2}[:.]?\d{0,2}(?: ?(?:am|pm))?)){0,2}"
)
BY_WHEN = re.compile(
    r"\b(?P<by>(?:(?:by|before|until|till|not later than|no later than|bis(?: zum)?|vor|antes d\w+|hasta|avant"
    r"|d'ici|due)\s+"
    + _DAY_WORDS
    + r"|(?:by|before|until|within|in the next)\s+(?:\d{1,2}(?:[:.]\d{2})? ?(?:am|pm|uhr|utc|o'clock)?"
    r"|\w+ (?:hours?|days?|weeks?))\b(?! ?%)))",
    re.IGNORECASE,
)
ON_DAY = re.compile(r"\b(?P<by>(?:on|this|am|el|le)\s+" + _DAY_WORDS + r"|tonight|tomorrow|today)", re.IGNORECASE)
COMPETITOR = compile_any(
    r"\b(?:competitor\w*|competing|switch(?:ing)? to|moving to|move to|looked at|looking at|evaluat\w+"
    r"|made (?:an )?offers?|alternative vendor|another (?:vendor|provider|tool)"
    r"|konkurren\w+|wechsel\w*|nehmen jetzt|anderen anbieter|competencia|cambiar a|concurren\w+|passer chez)\b",
    r"\b(?:otros? proveedor\w*|wettbewerb\w*|mitbewerb\w*|has it out of the box|their sales people"
    r"|regarde de pr[eè]s)\b",
)
GOAL = compile_any(
    r"\b(?:we (?:need|must|have to|want)|we use|so that|in order to|our (?:process|workflow|auditor|report"
    r"|team|board|clinics?|studies|customers)|the way we"
    r"|must (?:remain|be|have|calculate)|wir m[uü]ssen|damit|um zu|necesitamos|para (?:que|poder)|afin de"
    r"|pour que|nous devons)\b",
    r"\b(?:(?:auditors?|law|regulator|works council|policy|contract|board)s? (?:here )?(?:wants?|requires?"
    r"|demands?|says)"
    r"|we (?:plan|sell|run|operate|report|bill|work) |necesita\w*|tenemos que|lo exige|nous devons|devons"
    r"|avons besoin"
    r"|wir (?:brauchen|haben|planen|verkaufen)|m[uü]ssen)\b",
)
COUNTS_REQUESTS = compile_any(
    r"\b(?:(?:third|fourth|fifth|\d+(?:th|rd)|another|second) (?:customer|ticket|complaint|request|report"
    r"|audit-related)\w*|(?:two|three|four|five|six|several|many|\d+) (?:other )?(?:customers|tickets|accounts"
    r"|requests|complaints)"
    r"|also (?:asked|reported|requested|want\w*)|at least \w+ tickets|same (?:request|ask) from|weitere kunden"
    r"|mehrere kunden|otros clientes|d'autres clients)\b",
    r"\b(?:(?:erste|zweite|dritte|vierte|f[uü]nfte|\d+\.)[rn]? (?:kunde|anfrage|ticket)|(?:segundo|tercer"
    r"|cuarto|quinto) cliente"
    r"|(?:deuxi[eè]me|troisi[eè]me|quatri[eè]me|cinqui[eè]me) (?:demande|client)|(?:first|third|fourth"
    r"|fifth|sixth) (?:customer|request))\b",
    r"\b(?:two|three|four|five|six|seven|several|many|\d+) (?:other|more|further) \w+|\b(?:zwei|drei|vier"
    r"|fünf|mehrere) (?:andere|weitere)"
    r"|\botr[oa]s (?:dos|tres|cuatro|cinco|\d+)|\b(?:dos|tres|cuatro|cinco|\d+) (?:clientes )?m[aá]s"
    r"|\b(?:deux|trois|quatre|cinq|plusieurs) autres",
)
CONTAINS = compile_any(
    r"\b(?:disabled|revoked|restricted|locked|suspended|switched off|turned off|shut (?:off|down)|blocked"
    r"|rotated"
    r"|reset (?:the|all|his|her|their)|taken (?:down|offline)|took (?:it )?(?:down|offline)"
    r"|removed (?:the|access)|logged (?:everyone|them|all) out|invalidated|isolated|quarantin\w+|gesperrt"
    r"|deaktiviert|widerrufen|abgeschaltet|bloquead[oa]|desactivad\w+|désactivé\w*|bloqué\w*|révoqué\w*)\b",
    r"\b(?:(?:changed|reset|replaced|rotated) (?:\w+ ){0,3}(?:passwords?|keys?|secrets?|tokens?"
    r"|credentials)|signed (?:out|everyone)"
    r"|(?:stopped|paused|halted|suspended) (?:the|all|sending|delivery|exports?|downloads?)"
    r"|took .{0,30}\b(?:down|offline)"
    r"|gestoppt|angehalten|ungültig|getrennt|zurückgesetzt|entzogen|vom netz|suspendu\w*|arr[eê]t[eé]\w*"
    r"|coup[eé]\w*|isol[eé]\w*"
    r"|detenid[oa]s?|parad[oa]s?|revocad\w+|(?:cambiado|cambiamos) .{0,20}contrase\w+"
    r"|chang[eé] .{0,20}mots? de passe)\b",
)
EXPOSED = compile_any(
    r"\b(?:affected|exposed|visible|leaked|downloaded|copied|got the wrong|could (?:see|read|open)"
    r"|betroffen|sichtbar|eingesehen"
    r"|afectad\w+|expuest\w+|descargad\w+|visibles?|concern[eé]\w*|t[eé]l[eé]charg[eé]\w*|expos[eé]\w*)\b"
)
ONGOING = compile_any(
    r"\b(?:still (?:going|open|possible|active|visible|ongoing|happen\w*|works?)|right now|ongoing"
    r"|keeps? (?:happening|coming)"
    r"|every (?:hour|minute)|each hour|anyone (?:can|with|on)|public(?:ly)?|since then|not stopped"
    r"|no new cases|has stopped|is stopped"
    r"|spread\w*|immer noch|weiterhin|derzeit|jeder kann|verbreit\w+"
    r"|todav[ií]a|sigue|cualquiera|toujours|encore|n'importe qui)\b"
)
DECIDES = compile_any(
    r"\b(?:decid\w+|decision|approv\w+|exception|waive\w*|refund\w*|credit\w*|discount\w*|commit\w*"
    r"|sign[- ]?off|call|speak (?:to|with)|management|executive|director|head of|legal|press"
    r"|goodwill"
    r"|entscheid\w*|genehmig\w*|ausnahme|kulanz|gutschrift|gesch[aä]ftsleitung|decidir|aprobar|excepci[oó]n"
    r"|direcci[oó]n|d[eé]cision|d[eé]cider|approuver|direction|avoir)\b"
)
ASKS_TEAM = compile_any(
    r"(?:\b(?:needs? (?:a )?(?:code )?(?:fix|change|look|investigation|decision|to be (?:fixed|stopped"
    r"|decided))|fix in code|should be (?:fixed|stopped)|please (?:fix|decide|check|investigate|approve|look)"
    r"|not ours to|can (?:engineering|product|dev|someone)|over to|for (?:engineering|product|dev)"
    r"|(?:engineering|product|dev|leadership|security)(?: team)? (?:to|please|must|should)"
    r"|ask(?:ing)? (?:engineering|product|dev)|somebody with access|needs? somebody"
    r"|bitte (?:ans?|prüfen|entscheiden)|(?:entwicklung|technik|produkt) bitte|muss (?:gefixt|behoben"
    r"|entschieden)"
    r"|hay que (?:arreglar|decidir|corregir)\w*|que (?:lo )?(?:mire|revise|investigue|decida)"
    r"|que ingenier[ií]a|que desarrollo"
    r"|(?:à|a) (?:corriger|d[eé]cider|passer au)|merci d(?:e |')(?:investiguer|corriger|v[eé]rifier"
    r"|d[eé]cider)\w*)\b)"
)
TEAM = compile_any(
    r"\b(?:engineering|engineers?|dev(?:s|elopers?|elopment)?|product(?: management)?|l2|second line"
    r"|security|infra\w*|ops|platform"
    r"|(?:\w+ )?team|someone|somebody|anyone|specialist|entwickl\w+|technik|zweite\w* (?:ebene|linie)"
    r"|jemand\w*|kolleg\w+|fachbereich"
    r"|desarrollo|ingenier[ií]a|segunda l[ií]nea|alguien|d[eé]veloppeurs?|d[eé]veloppement"
    r"|deuxi[eè]me niveau|quelqu'un)\b"
)
CALLS_ON = compile_any(
    r"\b(?:please|should|must|needs?|have to|has to|could|can you|take (?:it|over|this)|bitte|soll\w*|muss"
    r"|m[uü]ssen|braucht?"
    r"|por favor|necesit\w+|hay que|deber[ií]a\w*|tiene que|tienen que|merci|il faut|doit|doivent|besoin)\b"
    r"|^(?:for|pour|für|para) [^:]{2,30}:"
)
LEAVING = compile_any(
    r"\b(?:won(?:'|’)?t renew|not renew\w*|cancel\w*|terminat\w+|leave you|leaving|churn\w*|take (?:it"
    r"|this) further|lawyer|legal|solicitor|regulator|social media|press|newspaper|television|tv|journalist"
    r"|radio|linkedin|have to leave|review site|formal complaint"
    r"|escalat\w+|your (?:ceo|management|manager|boss|director|head of)|k[uü]ndig\w*|anwalt|beschwer\w*"
    r"|abogad\w+|cancelar|avocat|r[eé]sili\w+|plainte)\b"
)
APPROVES = compile_any(
    r"\b(?:approv\w+|exception|waive\w*|refund\w*|credit\w*|discount\w*|sign[- ]?off|goodwill|genehmig\w*"
    r"|ausnahme|kulanz|gutschrift"
    r"|aprobar|excepci[oó]n|approuver|d[eé]rogation)\b"
)
