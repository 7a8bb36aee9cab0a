"""Words that show how to make it happen again: steps, conditions, frequency, what was expected and what came.

Each pattern is tried on one sentence of bounded length and has no nested repetition. They choose which of the
ticket's own words go into which section of a brief; whether anything is escalated never depends on them.
"""

from worker.core.alternatives import compile_any

SHOWS = compile_any(
    r"\b(?:shows?|displays?|prints?|gives?|contains?|gets?|got|receives?|sees?|writes?|counts?|returns?"
    r"|zeigt|enth[aä]lt|steht|stehen"
    r"|bekomm\w+|erscheint|muestra\w*|sale\w*"
    r"|aparece\w*|affiche\w*|contien\w*|donne\w*|sort\w*)\b"
)
STEP_LABEL = compile_any(
    r"\b(?:steps(?: to reproduce)?|how to reproduce|to reproduce|repro(?: steps)?|reproduc(?:ed?|tion|ible)"
    r"|schritte|nachstellen|nachgestellt|reproducido|reproduit"
    r"|reproduzieren|pasos|reproducir|étapes|reproduire)\b"
)
STEP_VERB = compile_any(
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
TEST_PLACE = compile_any(
    r"\b(?:test|demo|lab|sandbox|staging|trial|own|clean|fresh|vanilla|dummy|isolated)[ -]?"
    r"(?:account|shop|tenant|device|instance|environment|user|org\w*|project|site|workspace|mode|setup|machine"
    r"|phone|kiosk|clinic|script|system|form)\b"
    r"|\b(?:testger[aä]t|testkonto|testsystem|testumgebung|cuenta de prueba|entorno de pruebas|compte de test"
    r"|environnement de test)\b",
    r"^\d+-line script\b",
)
CONDITION = compile_any(
    r"^(?P<if>(?:when|whenever|if|as soon as|after|once|every time|each time|wenn|sobald|nachdem"
    r"|jedes mal,? wenn|cuando|si|al"
    r"|quand|lorsque|dès que|si)\b[^,;:]{4,200}?)(?:,|;| then\b| - | -> | → )\s*(?P<then>.{4,})$"
)
CONDITION_AFTER = compile_any(
    r"^(?P<then>.{4,200}?),? (?P<if>(?:when|whenever|if|as soon as|every time|each time|wenn|sobald|cuando"
    r"|quand|lorsque)\b .{4,200})$"
)
AS_WELL = compile_any(r"\b(?:as well|too|also|ebenfalls|auch|genauso|tambi[eé]n|[eé]galement|aussi)\b")
FREQUENCY = compile_any(
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
OCCURS = compile_any(
    r"\b(?:happen\w*|occur\w*|appears?|works?|reproduc\w+|passiert|tritt|auftritt|geht|ocurre\w*|pasa|sucede"
    r"|se produit|arrive|marche|fonctionne)\b"
)
EXPECTED_LABEL = compile_any(
    r"^(?:expected(?: (?:result|behaviou?r))?|erwartet(?:es (?:ergebnis|verhalten))?|soll(?:-?ergebnis)?"
    r"|(?:resultado )?esperado"
    r"|(?:r[eé]sultat )?attendu)\s*[:=]\s*(?P<rest>.+)$"
)
ACTUAL_LABEL = compile_any(
    r"^(?:actual(?: (?:result|behaviou?r))?|tats[aä]chlich(?:es (?:ergebnis|verhalten))?|ist(?:-?ergebnis)?"
    r"|(?:resultado )?(?:actual|obtenido|real)|(?:r[eé]sultat )?(?:observ[eé]|obtenu"
    r"|constat[eé]))\s*[:=]\s*(?P<rest>.+)$"
)
EXPECTED = compile_any(
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
INSTEAD = compile_any(
    r"(?P<rest>\b(?:instead of|rather than|anstatt|anstelle von|(?<!findet )statt|en lugar de|en vez de"
    r"|au lieu d(?:e |es |u |'))"
    r"\s?[^,;.:!?]{1,80})"
)
BEFORE = compile_any(
    r"^(?:(?:until|till|up to|bis) (?:last|letzte\w*|vor|gestern|yesterday|this|the|zum|october|monday)"
    r"|jusqu'(?:à|au|en)|hasta (?:el|la|ayer|hace)"
    r"|last (?:year|month|week|time)|previously|formerly|normally|usually|in the past"
    r"|before(?: that)?,? it|it used to"
    r"|bisher|fr[uü]her|sonst (?:war|lief|kam|ging)|normalerweise|letztes jahr|f[uü]r \d{4} (?:lief|ging|kam)"
    r"|antes|normalmente|habitualmente|el a[nñ]o pasado|hasta ahora|avant|d'habitude|normalement|auparavant"
    r"|l'an dernier"
    r"|habituellement)\b"
)
