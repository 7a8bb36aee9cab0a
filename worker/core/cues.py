"""Words by which a sentence shows what kind of fact it tells, in English, German, Spanish and French.

Each pattern is tried on one sentence of bounded length and has no nested repetition. They choose which of the
ticket's own words go into which section of a brief; whether anything is escalated never depends on them.
"""

import re

GREETING = re.compile(
    r"^(?:hi|hello|hey|hiya|dear|good (?:morning|afternoon|evening)|morning|afternoon|kia ora|guten (?:tag"
    r"|morgen)|hallo|moin|servus"
    r"|sehr geehrte\w*|liebe\w*|hola|buen[oa]s (?:d[ií]as|tardes)|estimad\w+|bonjour"
    r"|bonsoir)(?: [\w.'’-]{1,20}){0,3}[,!:.–-]+\s+(?=\S)",
    re.IGNORECASE,
)


def _compile(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


FAILING = _compile(
    r"\b(?:error|errors|fail\w*|crash\w*|freez\w+|frozen|hang(?:s|ing)?|stuck|blank|empty|missing|wrong|broken"
    r"|corrupt\w*"
    r"|duplicate\w*|twice|truncat\w+|damaged|reject\w*|refus\w+|lost|vanish\w*|disappear\w*|down|slow\w*"
    r"|timeout|timed out"
    r"|cut (?:off|at)|swallow\w*|grey|garbled|stale|outdated|doubled|overwrit\w+|split)\b",
    r"\b(?:can(?:'|’)?t|cannot|can not|won(?:'|’)?t|doesn(?:'|’)?t|don(?:'|’)?t|didn(?:'|’)?t|isn(?:'|’)?t"
    r"|aren(?:'|’)?t"
    r"|no longer|not (?:work|arriv|show|load|send|sav|updat|possible|appear|sync)\w*|unable|nothing (?:happens"
    r"|works|arrives))\b",
    r"\b(?:fehl\w*|kaputt|leer|abst[uü]rz\w*|falsch|doppelt|geht nicht|funktioniert nicht|kommt nicht"
    r"|kommen nicht|l[aä]dt nicht"
    r"|kann nicht|k[oö]nnen nicht|nicht mehr|verschwunden|h[aä]ngt)\b",
    r"\b(?:falla\w*|errores|vac[ií]o|roto|duplicad\w+|no (?:funciona|puedo|podemos|llega\w*|carga\w*"
    r"|aparece\w*)|perdid\w+|bloquead\w+)\b",
    r"\b(?:erreur\w*|panne|vide|faux|double|bloqu\w+|plant\w+|perdu\w*|ne (?:fonctionne\w*|marche\w*|peut"
    r"|peuvent)|écho|impossible)\b",
)
CONFIRMS = _compile(
    r"\b(?:reproduced?|reproducible|can reproduce|repro(?:'d|ed)?|same (?:here|on|with|in|deadlock|result)"
    r"|confirmed|traced|found it|found the"
    r"|root cause|regression|bug in|fix in code|needs a (?:code )?fix|defect"
    r"|since .{2,40}(?:deploy\w*|release|update))\b",
    r"\b(?:nachgestellt|reproduzier\w*|best[aä]tigt|nachvollz\w+|ursache)\b",
    r"\b(?:reproducid\w+|confirmad\w+|reproduit\w*|confirm[eé]\w*|causa|cause)\b",
)
EXPLAINS = _compile(
    r"\b(?:because|due to|caused? by|, so |therefore|that(?:'|’)s why|reason|turns out|weil|deshalb|dadurch"
    r"|ursache|porque|por eso|parce que|donc)\b"
)
STEP_LABEL = _compile(
    r"\b(?:steps(?: to reproduce)?|how to reproduce|to reproduce|repro(?: steps)?|reproduc(?:ed?|tion|ible)"
    r"|schritte|nachstellen"
    r"|reproduzieren|pasos|reproducir|étapes|reproduire)\b"
)
STEP_VERB = _compile(
    r"^(?:then |now |next |and |in |on |as (?:an? )?)?(?:open|click|go|log|sign|select|choose|create|add"
    r"|export|import|upload|download|enter|type|press"
    r"|save|send|start|run|set|switch|connect|call|book|scan|print|drag|edit|delete|close|wait|watch|invite"
    r"|install|use|tap|search|filter|submit|pay"
    r"|öffne\w*|klick\w*|w[aä]hle\w*|melde\w*|gehe\w*|abrir|abra|hacer|haga|seleccion\w+|ouvr\w+|cliqu\w+"
    r"|choisi\w*)\b"
)
TEST_PLACE = _compile(
    r"\b(?:test|demo|lab|sandbox|staging|trial|own|clean|fresh|vanilla|dummy|isolated)[ -]?"
    r"(?:account|shop|tenant|device|instance|environment|user|org\w*|project|site|workspace|mode|setup|machine"
    r"|phone|kiosk|clinic|script|system|form)\b"
    r"|\b(?:testger[aä]t|testkonto|testsystem|testumgebung|cuenta de prueba|entorno de pruebas|compte de test"
    r"|environnement de test)\b",
    r"^\d+-line script\b",
)
CONDITION = _compile(
    r"^(?P<if>(?:when|whenever|if|as soon as|after|once|every time|each time|wenn|sobald|nachdem"
    r"|jedes mal,? wenn|cuando|si|al"
    r"|quand|lorsque|dès que|si)\b[^,;:]{4,200}?)(?:,|;| then\b| - | -> | → )\s*(?P<then>.{4,})$"
)
CONDITION_AFTER = _compile(
    r"^(?P<then>.{4,200}?),? (?P<if>(?:when|whenever|if|as soon as|every time|each time|wenn|sobald|cuando"
    r"|quand|lorsque)\b .{4,200})$"
)
ACTED = _compile(
    r"^(?:(?:i|we|they|he|she|they've|the customer|thanks|sorry|ok|have|i've|we've|i have|we have|just|also"
    r"|then|so|ich habe|wir haben|hemos|he|nous avons|j'ai"
    r"|already|and|yes|no|but)[ ,]+){0,3}"
    r"(?:tested|tried|checked|restarted|rebooted|reinstalled|cleared|reproduced|took|uploaded|watched|did|sent"
    r"|exported|imported|compared|switched"
    r"|disabled|enabled|reset|verified|looked|ran|re-?ran|created|replayed|rolled|removed|added|updated"
    r"|upgraded|downgraded|unplugged"
    r"|traced|pinned|resubmitted|resent|swapped|replaced|moved|measured|counted|examined|getestet|probiert"
    r"|versucht|gepr[uü]ft|neu gestartet|nachgestellt"
    r"|probado|reiniciado|comprobado|testé|essayé"
    r"|redémarré|vérifié)\b"
)
TRIED = _compile(
    r"\b(?:(?:already|we|i|i've|we've) (?:have )?(?:already )?tried|we did try|already (?:did|done|active|set"
    r"|on|cleared|restarted)"
    r"|bereits (?:versucht|probiert|gepr[uü]ft)|schon (?:versucht|probiert)|ya (?:lo )?(?:hemos )?(?:probado"
    r"|intentado)|déjà (?:essayé|activée?|fait))\b"
)
SUGGESTS = _compile(
    r"\b(?:please|could you|can you|would you|kindly|try (?:to|with|a|the|another)?|you (?:could|can|may)"
    r"|have you|avez-vous|haben sie|has probado|as a workaround|for now"
    r"|bitte|k[oö]nn(?:t)?en sie|k[oö]nntet ihr|por favor|puede\w*|podr[ií]a\w*|merci de|pouvez-vous"
    r"|pourriez-vous|veuillez|essayez)\b"
)
ASKS_FOR_INFORMATION = _compile(
    r"\b(?:(?:send|share|provide|attach|give)(?= (?:me|us|over|your|some|any|it|them|the (?:log|har|id|number"
    r"|file)\w*|a screen\w*|screenshots?|logs?|details)\b)"
    r"|tell (?:me|us)|let (?:me|us) know|screenshots?|numbers of|har file|schicken sie|mitteilen|env[ií]e\w*"
    r"|envoyer|indiquer)\b",
    r"^(?:hi|hello|hallo|hola|bonjour)?[ \w,]{0,20}\b(?:which|what|when did|who|welche\w*|cu[aá]l\w*|quel\w*)\b",
)
FREQUENCY = _compile(
    r"(?<!as )\b(?:always|every (?:single )?time|each time|intermittent\w*|sometimes|occasional\w*|random\w*"
    r"|now and then|only (?:when|if)"
    r"|never (?:with|on|before)|once (?:a|per|every) \w+|\d+ (?:out )?of (?:the )?\d+|\d{1,3} ?% of"
    r"|consistently|reproducible"
    r"|immer|jedes mal|manchmal|gelegentlich|nur wenn|siempre|a veces|cada vez que|solo cuando|toujours"
    r"|parfois|à chaque fois|seulement quand)\b"
)
EXPECTED_LABEL = _compile(
    r"^(?:expected(?: (?:result|behaviou?r))?|erwartet|esperado|attendu)\s*[:=]\s*(?P<rest>.+)$"
)
ACTUAL_LABEL = _compile(
    r"^(?:actual(?: (?:result|behaviou?r))?|tats[aä]chlich|actual|observé|obtenu)\s*[:=]\s*(?P<rest>.+)$"
)
EXPECTED = _compile(
    r"\b(?:(?:we|is|was|as|be) expected|we expect|should (?:have|be|show|say|give|get|not|only)|supposed to"
    r"|ought to|instead of|as before"
    r"|used to (?:be|see|work|show|get|have|take|give|arrive)|sollte\w*|anstatt|statt|deber[ií]a\w*"
    r"|en lugar de|en vez de|devrait|devraient|au lieu d\w+)\b"
)
WORKED_ELSEWHERE = _compile(
    r"\b(?:works?|worked|working|correct|okay|fine)\b.{0,40}\b(?:in|with|on|until|till|before|elsewhere"
    r"|yesterday)\b",
    r"\b(?:are|is|scans?|was|were|arrives?|do|does) (?:fine|ok|okay|correct|right|good)(?:\b(?! for)|$)",
    r"\b(?:funktioniert|funktionieren|geht|gehen) (?:mit|bei|bis)\b|\bvont bien\b|\bfunciona\w* bien\b"
    r"|\blaufen (?:gut|normal)\b",
)
ANSWERS = _compile(
    r"^(?:yes|no|done|checked|ok|okay|ja|nein|erledigt|gepr[uü]ft|s[ií]|hecho|oui|non|fait|déjà)\b"
    r"|\b(?:same|identical|unchanged|still|no change|no difference|up to date|again|helped|works now"
    r"|immer noch|unver[aä]ndert|gleich"
    r"|sigue|igual|identique|toujours|encore)\b"
)
RULED_OUT = _compile(
    r"\b(?:not (?:the|a|account|browser|network|user|customer|specific)\b.{0,40}(?:specific|issue|problem"
    r"|cause|related)?|same (?:in|on|with|behaviou?r|picture|result)"
    r"|also (?:in|on|with) (?:chrome|firefox|edge|safari|another|a different|incognito)|ruled out|excluded"
    r"|independent of|regardless of"
    r"|ausgeschlossen|unabh[aä]ngig|auch (?:in|mit) |tambi[eé]n (?:en|con)|descartad\w+|exclu)\b"
)
SINCE = _compile(
    r"\b(?P<since>(?:since|as of|starting|started|began|beginning|depuis|desde|seit|ab)\s+"
    r"(?:about |around |early |late |on |at |the |last |this |our |your |yesterday'?s? |le |la |l'|el |dem "
    r"|der |den |ca\. |dernier )*"
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day(?:'s)?|january|february|march|april|may|june|july|august"
    r"|september|october|november"
    r"|december|yesterday|today|morning|noon|midnight|night|week(?:end)?|month|year|spring|summer|autumn"
    r"|winter|update|upgrade|release|deploy\w*"
    r"|version|move|migration|install\w*|switch|change|relaunch|v?\d[\w.:/-]*|we [\w-]+"
    r"|\w+ (?:opened|started|changed|moved|began)"
    r"|gestern|heute|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|umzug|umstellung|wochenende"
    r"|ayer|hoy|lunes|martes|jueves"
    r"|viernes|actualización|hier|lundi|mardi|mercredi|jeudi|vendredi|mise à jour)"
    r"(?: (?:of|on|in|at|am|pm|utc|morning|night|the|label|service|deploy\w*|release|update|upgrade|\w+time"
    r"|\d[\w.:/-]*"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)){0,4})"
)
IMPACT = _compile(
    r"\b(?:by hand|manual\w*|can(?:'|’)?t|cannot|unable|blocked|stopped|stop dispatch|at the counter|waiting"
    r"|lose|losing|lost|delayed|turn \w+ away"
    r"|costs?|penalt\w+|fines?|nobody|offline|out of|pays? twice|nothing goes|each takes|takes each|stranded"
    r"|behind|overtime"
    r"|von hand|stillstand|steh(?:t|en) still|blockiert|a mano|parad\w+|à la main|bloqué\w*)\b"
)
AFFECTED = _compile(
    r"\b(?:customers?|patients?|guests?|orders?|invoices?|payroll|parcels?|students?|visitors?|revenue"
    r"|conversion|people|staff|users?|families"
    r"|stud(?:y|ies)|a day|per (?:day|week|hour)|hours|kunden|belege|gäste|clientes|pedidos|clients|commandes)\b"
)
WANTS = _compile(
    r"\b(?:need|needs|want|wants|expect\w*|require\w*|must|otherwise|please|deadline|by when|when (?:will|can)"
    r"|could you|would like|i'd like|asking for|ask you to"
    r"|look forward|until then|or we|or else|safe\b.{0,20}\?|what about|brauch\w*|erwart\w*|ben[oö]tig\w*"
    r"|m[uü]ssen|sonst|necesit\w+|queremos|esper\w+|si no"
    r"|il nous faut|besoin|attend\w*|sinon|voulons)\b"
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
BROWSER = re.compile(r"\b(?:Chrome|Firefox|Safari|Edge|Opera|Internet Explorer)(?: \d{1,3}(?:\.\d{1,4})?)?\b")
SYSTEM = re.compile(
    r"\b(?:Windows(?: Server)? ?(?:\d{1,4}|XP)|macOS(?: [A-Z]\w+| \d{1,2})?|iOS \d{1,2}(?:\.\d{1,2})?"
    r"|iPadOS \d{1,2}"
    r"|Android \d{1,2}|Ubuntu(?: \d{2}\.\d{2})?|ChromeOS|Linux)\b",
    re.IGNORECASE,
)
VERSION = re.compile(
    r"\b(?:(?P<lead>on|with|since|in|to|installed|gave|is|from)\s+)?"
    r"(?P<version>(?:version|release|build|firmware|app|sdk|api|client|server|plugin"
    r"|agent)\s+v?\d{1,4}(?:\.\d{1,5}){0,3}"
    r"|v\d{1,4}(?:\.\d{1,5}){1,3}|\d{1,4}\.\d{1,5}\.\d{1,5})\b(?!\.\d)",
    re.IGNORECASE,
)
PLAN = re.compile(
    r"\b(?:Free|Starter|Basic|Pro|Professional|Business|Team|Premium|Enterprise|Growth) (?:plan|tier|tarif)\b",
    re.IGNORECASE,
)
COMPETITOR = _compile(
    r"\b(?:competitor\w*|competing|switch(?:ing)? to|moving to|move to|looked at|looking at|evaluat\w+"
    r"|made (?:an )?offers?|alternative vendor|another (?:vendor|provider|tool)"
    r"|konkurren\w+|wechsel\w*|nehmen jetzt|anderen anbieter|competencia|cambiar a|concurren\w+|passer chez)\b"
)
GOAL = _compile(
    r"\b(?:we (?:need|must|have to|want)|we use|so that|in order to|our (?:process|workflow|auditor|report"
    r"|team|board|clinics?|studies|customers)|the way we"
    r"|must (?:remain|be|have|calculate)|wir m[uü]ssen|damit|um zu|necesitamos|para (?:que|poder)|afin de"
    r"|pour que|nous devons)\b"
)
COUNTS_REQUESTS = _compile(
    r"\b(?:(?:third|fourth|fifth|\d+(?:th|rd)|another|second) (?:customer|ticket|complaint|request|report"
    r"|audit-related)\w*|(?:two|three|four|five|six|several|many|\d+) (?:other )?(?:customers|tickets|accounts"
    r"|requests|complaints)"
    r"|also (?:asked|reported|requested|want\w*)|at least \w+ tickets|same (?:request|ask) from|weitere kunden"
    r"|mehrere kunden|otros clientes|d'autres clients)\b"
)
CONTAINS = _compile(
    r"\b(?:disabled|revoked|restricted|locked|suspended|switched off|turned off|shut (?:off|down)|blocked|rotated"
    r"|reset (?:the|all|his|her|their)|taken (?:down|offline)|took (?:it )?(?:down|offline)"
    r"|removed (?:the|access)|logged (?:everyone|them|all) out|invalidated|isolated|quarantin\w+|gesperrt"
    r"|deaktiviert|widerrufen|abgeschaltet|bloquead[oa]|desactivad\w+|désactivé\w*|bloqué\w*|révoqué\w*)\b"
)
EXPOSED = _compile(
    r"\b(?:records?|accounts?|users?|emails?|e-mails?|addresses|names?|phone numbers?|patients?|data"
    r"|documents?|files?|invoices?|passwords?|tokens?|keys?|other (?:company|customer|tenant|school|clinic)\w*"
    r"|someone else\w*|kunden\w*|daten|namen|unterlagen|datos|clientes|donn[eé]es|dossiers|comptes)\b"
)
ONGOING = _compile(
    r"\b(?:still|right now|currently|ongoing|keeps?|every (?:hour|minute|day)|each hour|anyone (?:can|with|on)"
    r"|public(?:ly)?|immediately|stopped|no longer|since then|not stopped|everyone"
    r"|immer noch|weiterhin|derzeit|jeder|sofort|todav[ií]a|sigue|cualquiera|toujours|encore|n'importe qui)\b"
)
DECIDES = _compile(
    r"\b(?:decid\w+|decision|approv\w+|exception|waive\w*|refund\w*|credit\w*|discount\w*|commit\w*"
    r"|sign[- ]?off|call|speak (?:to|with)|management|executive|director|head of|legal|press"
    r"|goodwill"
    r"|entscheid\w*|genehmig\w*|ausnahme|kulanz|gutschrift|gesch[aä]ftsleitung|decidir|aprobar|excepci[oó]n"
    r"|direcci[oó]n|d[eé]cision|d[eé]cider|approuver|direction|avoir)\b"
)
ASKS_TEAM = _compile(
    r"(?:\b(?:needs? (?:a )?(?:code )?(?:fix|change|look|investigation|decision|to be (?:fixed|stopped"
    r"|decided))|fix in code|should be (?:fixed|stopped)|please (?:fix|decide|check|investigate|approve|look)"
    r"|not ours to|can (?:engineering|product|dev|someone)|over to|for (?:engineering|product|dev)"
    r"|ask(?:ing)? (?:engineering|product|dev)|somebody with access|needs? somebody"
    r"|bitte (?:ans|an|prüfen|entscheiden)|muss (?:gefixt|behoben|entschieden)|hay que (?:arreglar|decidir)"
    r"|à corriger|à décider)\b)"
)
LEAVING = _compile(
    r"\b(?:won(?:'|’)?t renew|not renew\w*|cancel\w*|terminat\w+|leave you|leaving|churn\w*|take (?:it"
    r"|this) further|lawyer|legal|solicitor|regulator|social media|press|newspaper|television|tv|journalist"
    r"|radio|linkedin|have to leave|review site|formal complaint"
    r"|escalat\w+|your (?:ceo|management|manager|boss|director|head of)|k[uü]ndig\w*|anwalt|beschwer\w*"
    r"|abogad\w+|cancelar|avocat|r[eé]sili\w+|plainte)\b"
)
APPROVES = _compile(
    r"\b(?:approv\w+|exception|waive\w*|refund\w*|credit\w*|discount\w*|sign[- ]?off|goodwill|genehmig\w*"
    r"|ausnahme|kulanz|gutschrift"
    r"|aprobar|excepci[oó]n|approuver|d[eé]rogation)\b"
)
