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
    r"\b(?:stops?|stopped|breaks|broke|locked out|logged out|gone|expired|(?:do|does|did|has|have|had|is"
    r"|are|was|were)n(?:'|’)?t"
    r"|times out|spins|wipes?|wiped|skips?|loses|drops|posted twice|(?:zero|no) (?:hits|results|rows|data"
    r"|entries)|too (?:high|low|much|many|few)|interrupts?|answers \d{3})\b",
    r"\b(?:fehlt|fehlen|bricht|brechen|h[aä]ngen|steht still|stehen still|stillstand|zu (?:viel|wenig|hoch"
    r"|niedrig)"
    r"|keine? \w+ mehr|st[uü]rzt|verschwind\w+|bleibt .{0,40}(?:h[aä]ngen|stehen|leer)|ung[uü]ltig"
    r"|abgelaufen|gel[oö]scht)\b",
    r"\b(?:se (?:queda\w*|detien\w+|para|cierra|pierde\w*|duplica\w*|corta|bloquea)|desaparec\w+|pierde"
    r"|faltan?|parad[oa]s?"
    r"|dos veces|en blanco|atascad\w+|caducad\w+|borrad\w+|no (?:se |nos )?(?:cambia\w*|actualiza\w*|genera"
    r"|abre|guarda))\b",
    r"\b(?:s'arr[eê]te\w*|sans la|ne (?:s'|se )?\w+ (?:plus|pas)|n'\w+ (?:plus|pas)|dispar\w+|manqu\w+"
    r"|fausses?|bip d'erreur"
    r"|reste\w* bloqu\w+|de trop|deux fois|expir[eé]\w*|effac[eé]\w*)\b",
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
SHOWS = _compile(
    r"\b(?:shows?|displays?|prints?|gives?|contains?|gets?|got|receives?|sees?|writes?|counts?|returns?"
    r"|zeigt|enth[aä]lt|steht|stehen"
    r"|bekomm\w+|erscheint|muestra\w*|sale\w*"
    r"|aparece\w*|affiche\w*|contien\w*|donne\w*|sort\w*)\b"
)
STEP_LABEL = _compile(
    r"\b(?:steps(?: to reproduce)?|how to reproduce|to reproduce|repro(?: steps)?|reproduc(?:ed?|tion|ible)"
    r"|schritte|nachstellen|nachgestellt|reproducido|reproduit"
    r"|reproduzieren|pasos|reproducir|étapes|reproduire)\b"
)
STEP_VERB = _compile(
    r"^(?:then |now |next |and |in |on |as (?:an? )?)?(?:open|click|go|log|sign|select|choose|create|add"
    r"|export|import|upload|download|enter|type|press|count|wake|change|look|assign|copy|rename|post"
    r"|save|send|start|run|set|switch|connect|call|book|scan|print|drag|edit|delete|close|wait|watch|invite"
    r"|install|use|tap|search|filter|submit|pay"
    r"|öffne\w*|klick\w*|w[aä]hle\w*|melde\w*|gehe\w*|abrir|abra|hacer|haga|seleccion\w+|crear|cree|pulsar"
    r"|pulse|ir a"
    r"|entrar|guardar|ouvr\w+|cliqu\w+|choisi\w*|cr[eé]er|cr[eé]ez|[eé]diter|t[eé]l[eé]charger|saisir|aller"
    r"|lancer)\b",
    r"\b(?:anlegen|drucken|öffnen|klicken|w[aä]hlen|speichern|starten|eingeben|anmelden|umbenennen"
    r"|hochladen|exportieren)\W*$",
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
    r"|upgraded|downgraded|unplugged|renewed|swapped"
    r"|traced|pinned|resubmitted|resent|swapped|replaced|moved|measured|counted|examined|getestet|probiert"
    r"|versucht|gepr[uü]ft|neu gestartet|nachgestellt"
    r"|probado|reiniciado|comprobado|comprobada|testé|testés|essayé|comparé|comparés|mit eigenem"
    r"|redémarré|vérifié)\b"
)
NO_CHANGE = _compile(
    r"\b(?:nothing|no (?:change|difference|effect|luck|improvement|success|joy)|same|still|unchanged|identical"
    r"|did(?:n(?:'|’)t| not) (?:help|change|work|fix)|made no|without (?:success|effect)|that (?:works"
    r"|helped|fixed)|works)\b",
    r"\b(?:nichts|ohne (?:erfolg|wirkung|ergebnis|änderung)|kein\w* (?:erfolg|wirkung|änderung|unterschied"
    r"|besserung)"
    r"|unver[aä]ndert|gleich\w*|immer noch|weiterhin|ebenfalls|hilft|half|klappt)\b",
    r"\b(?:nada|sin (?:[eé]xito|efecto|cambios?|resultado)|igual|lo mismo|sigue\w*|tampoco|no (?:ayuda"
    r"|sirve|cambia|funciona"
    r"|ha servido))\b",
    r"\b(?:rien|aucun\w* (?:effet|changement|diff[eé]rence|r[eé]sultat)|sans (?:succ[eè]s|effet|changement"
    r"|r[eé]sultat)"
    r"|pareil|identique|toujours|encore|inchang[eé])\b",
)
DID = _compile(
    r"^(?:(?:we|i)(?:(?:'|’)ve| have)? )?(?:also |already |just |even |then )?(?!attached|need|expected"
    r"|based|noticed|received|supposed|asked|reported|seemed|indeed|happened|started|stopped)(?:\w{3,}ed"
    r"|put|set|ran|took"
    r"|sent|swapped|unplugged"
    r"|cut|rebuilt|did|gave|wrote|bought|made)\b",
    r"^(?:(?:wir|ich) (?:haben?) )?(?:\S+ ){0,6}?(?:\w*ge\w{2,}(?:t|en)|\w+iert|vers\w+t|entzogen)\b",
    r"^(?:ya |tambi[eé]n )?(?:lo |la |los |las )?(?:(?:he|hemos) \w+(?:ado|ido)|\w{3,}(?:amos|imos)"
    r"|(?:\w{4,}(?:ado|ido)))\b",
    r"^(?:(?:j'ai|nous avons|on a) (?:d[eé]j[aà] |aussi )?\w{3,}|\w{4,}é(?:e|s|es)?)\b",
)
LATER = _compile(
    r"\b(?:will (?:try|do|check|test|let you)|i(?:'|’)ll|we(?:'|’)ll|going to|later|werde[n]?|melde mich"
    r"|probar[eé]\w*|lo har[eé]"
    r"|je vais|nous allons|j'essaierai|ferai)\b"
)
AS_WELL = _compile(r"\b(?:as well|too|also|ebenfalls|auch|genauso|tambi[eé]n|[eé]galement|aussi)\b")
ACTED_FOR_THEM = _compile(
    r"^(?:(?:i|we|i've|we've|have|also|then)[ ,]+){0,3}(?:opened|posted|printed|scanned|signed in|logged in"
    r"|offered|granted"
    r"|proposed|asked|impersonated|contacted|ofrec\w+|propos[eé]\w*)\b",
    r"^\W{0,6}(?:\S{1,60} ){1,8}?(?:geprüft|getestet|probiert|versucht|exportiert|verglichen|angeboten"
    r"|neu gestartet)\b(?=\W*(?:->|=>|→|:))",
)
TRIED = _compile(
    r"\b(?:(?:already|we|i|i've|we've) (?:have )?(?:already |also )?tried|we did try|already (?:did|done"
    r"|active|set"
    r"|on|cleared|restarted)|(?:we|i|we've|i've) (?:have )?(?:already |also )?(?:swapped|replaced|restarted"
    r"|rebooted|cleared"
    r"|reinstalled|checked|disabled|reset|updated)"
    r"|bereits (?:versucht|probiert|gepr[uü]ft)|schon (?:versucht|probiert)|haben (?:wir"
    r"|ich) .{0,40}(?:versucht|probiert)"
    r"|(?:haben|habe) .{0,40}(?:ausgetauscht|neu gestartet|geleert|gepr[uü]ft|getauscht)"
    r"|ya (?:lo )?(?:hemos )?(?:probado|intentado|reiniciado)|(?:he|hemos) (?:probado|intentado|reiniciado"
    r"|comprobado|vaciado"
    r"|cambiado)|déjà (?:essayé|activée?|fait)|(?:j'ai|nous avons) (?:d[eé]j[aà] )?(?:essay[eé]|test[eé]"
    r"|v[eé]rifi[eé]"
    r"|red[eé]marr[eé]|remplac[eé]|vid[eé]))\b"
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
    r"|screenshots?|numbers of|har file|schicken sie|mitteilen|ablesen|env[ií]\w+|decirme|decirnos|indicar\w*"
    r"|envoyer|indiquer|pr[eé]ciser|um welche\w*)\b",
    r"^(?:please |could you |can you |kindly )?(?:tell (?:me|us)|let (?:me|us) know)\b",
    r"^(?:hi|hello|hallo|hola|bonjour)?[ \w,]{0,20}\b(?:which|what|when did|who|since when|welche\w*"
    r"|seit wann|cu[aá]l\w*"
    r"|desde cu[aá]ndo|quel\w*|depuis quand)\b",
)
FREQUENCY = _compile(
    r"(?<!as )\b(?:always|every (?:single )?time|each time|intermittent\w*|sometimes|occasional\w*|randomly"
    r"|now and then|only (?:when|if)|never (?:with|on|before)|once (?:a|per|every) \w+"
    r"|\d+ (?:out of|in) (?:the )?\d+|\d+ of (?:the )?\d+ (?:times|attempts|tries|tests|runs|reloads|calls"
    r"|requests)"
    r"|\d{1,3} ?% (?:of|reproducible)|consistently|reproducible"
    r"|(?<!noch )immer(?! noch)|jedes mal|jedesmal|manchmal|gelegentlich|sporadisch|nur wenn"
    r"|\d+ von \d+ (?:versuchen|f[aä]llen|mal)"
    r"|siempre|a veces|cada vez que|solo cuando|uno de cada \w+|\d+ de (?:cada )?\d+ (?:veces|intentos)"
    r"|toujours (?:quand|avec|lors)|se produit toujours|parfois|à chaque fois|chaque fois|seulement quand"
    r"|une fois sur \w+"
    r"|\d+ fois sur \d+)\b",
    r"\b(?:(?:\w+) out of (?:\w+)|every \w+ (?:since|until)|(?:with|on|for|at) (?:each|every) \w+"
    r"|bei jed\w+|bei allen"
    r"|todos los \w+|en cada|systématique\w*|à tous les coups|dès que)\b",
)
OCCURS = _compile(
    r"\b(?:happen\w*|occur\w*|appears?|works?|reproduc\w+|passiert|tritt|auftritt|geht|ocurre\w*|pasa|sucede"
    r"|se produit|arrive|marche|fonctionne)\b"
)
EXPECTED_LABEL = _compile(
    r"^(?:expected(?: (?:result|behaviou?r))?|erwartet(?:es (?:ergebnis|verhalten))?|soll(?:-?ergebnis)?"
    r"|(?:resultado )?esperado"
    r"|(?:r[eé]sultat )?attendu)\s*[:=]\s*(?P<rest>.+)$"
)
ACTUAL_LABEL = _compile(
    r"^(?:actual(?: (?:result|behaviou?r))?|tats[aä]chlich(?:es (?:ergebnis|verhalten))?|ist(?:-?ergebnis)?"
    r"|(?:resultado )?(?:actual|obtenido|real)|(?:r[eé]sultat )?(?:observ[eé]|obtenu"
    r"|constat[eé]))\s*[:=]\s*(?P<rest>.+)$"
)
EXPECTED = _compile(
    r"\b(?:(?:we|i) (?:would (?:have )?|had |'d )?expect(?:ed)?\b(?!\W*$| (?:a |an |some |your )?(?:answer"
    r"|reply|call|update|response|fix"
    r"|solution|somebody|someone|you|that you|to hear))|as expected\b(?=.{0,3}$)"
    r"|(?:docs?|documentation|manual|contract|handbook|handbuch|doku\w*|documentaci[oó]n) (?:say|promise"
    r"|state|verspricht|dice|sagt)s?"
    r"|(?:is|was|are|were) supposed to|ought to"
    r"|(?<!you )(?<!we )(?<!i )(?<!they )(?<!that )(?<!how it )(?<!as it )should(?:n(?:'|’)t)? (?:only "
    r"|still |always |also )?(?!be (?:easy|simple|possible|enough|able|nice))"
    r"(?:be|have been|show|say|give|contain|read|arrive|appear|open|print|stay|remain|count|return|get)"
    r"|(?:(?<!ich )sollte|(?<!wir )(?<!sie )sollten|(?<!ich )m[uü](?:ss|ß)te)\b(?=.{2,80}\b(?:stehen"
    r"|erscheinen|anzeigen"
    r"|angezeigt|sein|kommen|haben|enthalten|zeigen"
    r"|herauskommen|bleiben|hei(?:ss|ß)en)\W*$)"
    r"|deber[ií]an? (?:salir|mostrar|ser(?! f[aá]cil| posible| sencillo)|aparecer|dar|estar|quedar|llegar)"
    r"|devrai(?:t|ent) (?:afficher|appara[iî]tre|[eê]tre(?! simple| possible| facile)|donner|rester|arriver"
    r"|contenir))\b",
)
INSTEAD = _compile(
    r"(?P<rest>\b(?:instead of|rather than|anstatt|anstelle von|(?<!findet )statt|en lugar de|en vez de"
    r"|au lieu d(?:e |es |u |'))"
    r"\s?[^,;.:!?]{1,80})"
)
BEFORE = _compile(
    r"^(?:(?:until|till|up to|bis) (?:last|letzte\w*|vor|gestern|yesterday|this|the|zum|october|monday)"
    r"|jusqu'(?:à|au|en)|hasta (?:el|la|ayer|hace)"
    r"|last (?:year|month|week|time)|previously|formerly|normally|usually|in the past"
    r"|before(?: that)?,? it|it used to"
    r"|bisher|fr[uü]her|sonst (?:war|lief|kam|ging)|normalerweise|letztes jahr|f[uü]r \d{4} (?:lief|ging|kam)"
    r"|antes|normalmente|habitualmente|el a[nñ]o pasado|hasta ahora|avant|d'habitude|normalement|auparavant"
    r"|l'an dernier"
    r"|habituellement)\b"
)
WORKED_ELSEWHERE = _compile(
    r"\b(?:works?|worked|working|correct|okay|fine)\b.{0,40}\b(?:in|with|on|until|till|before|elsewhere"
    r"|yesterday)\b",
    r"\b(?:are|is|scans?|was|were|arrives?|do|does) (?:fine|ok|okay|correct|right|good)(?:\b(?! for)|$)",
    r"\b(?:funktioniert|funktionieren|geht|gehen) (?:mit|bei|bis)\b|\bvont bien\b|\bfunciona\w* bien\b"
    r"|\blaufen (?:gut|normal)\b",
)
ANSWERS = _compile(
    r"^(?:yes|no|nope|done|did (?:that|it|so)|checked|ok|okay|ja|nein|erledigt|gemacht|gepr[uü]ft|s[ií]|no"
    r"|hecho|oui|non|fait|déjà)\b"
    r"|\b(?:same|identical|unchanged|still|no change|no difference|up to date|again|helped|works now"
    r"|does(?:n't)? (?:help|work)"
    r"|declined|refus\w+|renewed|ohne wirkung|immer noch|weiterhin|unver[aä]ndert|gleich|hilft|geholfen"
    r"|sigue|igual|tambi[eé]n|tampoco|identique|toujours|encore|rien n'a|cela fonctionne|ça marche"
    r"|fonctionne)\b"
)
RULED_OUT = _compile(
    r"\b(?:not (?:the|a|account|browser|network|user|customer|specific)\b.{0,40}(?:specific|issue|problem"
    r"|cause|related)?|same (?:in|on|with|behaviou?r|picture|result)"
    r"|also (?:in|on|with) (?:chrome|firefox|edge|safari|another|a different|incognito)|ruled out|excluded"
    r"|independent of|regardless of"
    r"|ausgeschlossen|unabh[aä]ngig|auch (?:in|mit) |tambi[eé]n (?:en|con)|descartad\w+|exclu)\b",
    r"\b(?:on|in|with|at) (?:the |my |our |another |other |old )?[\w -]{2,40} (?:it's|it is|it works|works"
    r"|is|are) (?:fine|ok|okay)\b",
    r"\btritt (?:es )?nicht auf\b|\bpasa en (?:dos|tres|varias|\d+)\b|\bn(?:ous l')?avons [eé]chang[eé]\w*",
    r"\b(?:en el|con el|en la) \w+ va bien\b|\b(?:elle|il)(?:-m[eê]me)? est bonne?\b",
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
    r"\b(?:by hand|manual(?:ly)?|can(?:'|’)?t|cannot|unable|(?:is|are|be|remain|stay|completely|all|we(?:'"
    r"|’)re) blocked|stopp?(?:ed)? (?:work|dispatch|sell|ship|print|deliver)\w*"
    r"|at the counter|waiting|on paper|paper (?:list|plan|ticket)\w*|spreadsheet|re-?typ\w+"
    r"|work(?:ing)? around|queue"
    r"|lose|losing|lost|delayed|turn \w+ away"
    r"|costs?|penalt\w+|fines|nobody|offline|pays? twice|nothing goes|each takes|takes each|stranded"
    r"|behind|overtime|an hour a day|hours a day"
    r"|von hand|h[aä]ndisch|auf papier|stillstand|steh(?:t|en) still|blockiert|beschwer\w+|korrigier\w+"
    r"|verkaufen .{0,30}nicht mehr"
    r"|verkaufen .{0,20}keine|verlier\w+|stunden (?:am|pro) tag"
    r"|a mano|en papel|parad[oa]s?|horas al d[ií]a|no (?:podemos|encuentran|pueden)|perdemos"
    r"|à la main|une (?:par|à) une|sous excel|sur papier|bloqu[eé]s?|toutes les heures|nous perdons"
    r"|ne (?:pouvons|peuvent))\b",
    r"\b(?:one by one|each one|individually|refund\w*|apolog\w+|(?:ring|ringing|call|calling|phone"
    r"|phoning) .{0,30}\bup\b"
    r"|einzeln|nacherfass\w+|inventur|vergessen|una? por una?|uno a uno|recalcul\w+|ressaisi\w+|standard)\b",
)
AFFECTED = _compile(
    r"\b(?:customers?|patients?|guests?|orders?|invoices?|payroll|parcels?|students?|visitors?|revenue"
    r"|conversion|people|staff|users?|families"
    r"|stud(?:y|ies)|a day|per (?:day|week|hour)|hours|kunden|belege|gäste|clientes|pedidos|clients"
    r"|commandes)\b",
    r"\b(?:our|my|unsere?|wir|nuestr\w+|tenemos|los|nos|nous|les) \w+",
)
BROWSER = re.compile(r"\b(?:Chrome|Firefox|Safari|Edge|Opera|Internet Explorer)(?: \d{1,3}(?:\.\d{1,4})?)?\b")
SYSTEM = re.compile(
    r"\b(?:Windows(?: Server)? ?(?:\d{1,4}|XP)|macOS(?: [A-Z]\w+| \d{1,2})?|iOS \d{1,2}(?:\.\d{1,2})?"
    r"|iPadOS \d{1,2}"
    r"|Android \d{1,2}|Ubuntu(?: \d{2}\.\d{2})?|ChromeOS|Linux)\b",
    re.IGNORECASE,
)
VERSION = re.compile(
    r"(?<![\d.])\b(?P<version>(?:versi[oó]n|release|build|firmware|firmwareversion|micrologiciel|app|sdk"
    r"|api|client|server|plugin"
    r"|agent)\s+v?\d{1,4}(?:\.\d{1,5}){0,3}"
    r"|v\d{1,4}(?:\.\d{1,5}){1,3}|\d{1,4}\.\d{1,5}\.\d{1,5})\b(?!\.\d)",
    re.IGNORECASE,
)
PLAN = re.compile(
    r"\b(?:Free|Starter|Basic|Pro|Professional|Business|Team|Premium|Enterprise|Growth) (?:plan|tier|tarif)\b",
    re.IGNORECASE,
)
