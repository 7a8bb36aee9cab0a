"""Words that show what is wrong: something fails, since when, whom it hurts, and that our side confirmed it.

Each pattern is tried on one sentence of bounded length and has no nested repetition. They choose which of the
ticket's own words go into which section of a brief; whether anything is escalated never depends on them.
"""

from worker.core.alternatives import compile_any

FAILING = compile_any(
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
CONFIRMS = compile_any(
    r"\b(?:reproduced?|reproducible|can reproduce|repro(?:'d|ed)?|same (?:here|on|with|in|deadlock|result)"
    r"|confirmed|traced|found it|found the"
    r"|root cause|regression|bug in|fix in code|needs a (?:code )?fix|defect"
    r"|since .{2,40}(?:deploy\w*|release|update))\b",
    r"\b(?:nachgestellt|reproduzier\w*|best[aä]tigt|nachvollz\w+|ursache)\b",
    r"\b(?:reproducid\w+|confirmad\w+|reproduit\w*|confirm[eé]\w*|causa|cause)\b",
)
EXPLAINS = compile_any(
    r"\b(?:because|due to|caused? by|, so |therefore|that(?:'|’)s why|reason|turns out|weil|deshalb|dadurch"
    r"|ursache|porque|por eso|parce que|donc)\b"
)
SINCE = compile_any(
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
IMPACT = compile_any(
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
AFFECTED = compile_any(
    r"\b(?:customers?|patients?|guests?|orders?|invoices?|payroll|parcels?|students?|visitors?|revenue"
    r"|conversion|people|staff|users?|families"
    r"|stud(?:y|ies)|a day|per (?:day|week|hour)|hours|kunden|belege|gäste|clientes|pedidos|clients"
    r"|commandes)\b",
    r"\b(?:our|my|unsere?|wir|nuestr\w+|tenemos|los|nos|nous|les) \w+",
)
