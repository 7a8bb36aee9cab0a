"""Words that show what was tried, suggested or asked for, and what came of it.

Each pattern is tried on one sentence of bounded length and has no nested repetition. They choose which of the
ticket's own words go into which section of a brief; whether anything is escalated never depends on them.
"""

from worker.core.alternatives import compile_any

ACTED = compile_any(
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
NO_CHANGE = compile_any(
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
DID = compile_any(
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
LATER = compile_any(
    r"\b(?:will (?:try|do|check|test|let you)|i(?:'|’)ll|we(?:'|’)ll|going to|later|werde[n]?|melde mich"
    r"|probar[eé]\w*|lo har[eé]"
    r"|je vais|nous allons|j'essaierai|ferai)\b"
)
ACTED_FOR_THEM = compile_any(
    r"^(?:(?:i|we|i've|we've|have|also|then)[ ,]+){0,3}(?:opened|posted|printed|scanned|signed in|logged in"
    r"|offered|granted"
    r"|proposed|asked|impersonated|contacted|ofrec\w+|propos[eé]\w*)\b",
    r"^\W{0,6}(?:\S{1,60} ){1,8}?(?:geprüft|getestet|probiert|versucht|exportiert|verglichen|angeboten"
    r"|neu gestartet)\b(?=\W*(?:->|=>|→|:))",
)
TRIED = compile_any(
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
SUGGESTS = compile_any(
    r"\b(?:please|could you|can you|would you|kindly|try (?:to|with|a|the|another)?|you (?:could|can|may)"
    r"|have you|avez-vous|haben sie|has probado|as a workaround|for now"
    r"|bitte|k[oö]nn(?:t)?en sie|k[oö]nntet ihr|por favor|puede\w*|podr[ií]a\w*|merci de|pouvez-vous"
    r"|pourriez-vous|veuillez|essayez)\b"
)
ASKS_FOR_INFORMATION = compile_any(
    r"\b(?:(?:send|share|provide|attach|give)(?= (?:me|us|over|your|some|any|it|them|the (?:log|har|id|number"
    r"|file)\w*|a screen\w*|screenshots?|logs?|details)\b)"
    r"|screenshots?|numbers of|har file|schicken sie|mitteilen|ablesen|env[ií]\w+|decirme|decirnos|indicar\w*"
    r"|envoyer|indiquer|pr[eé]ciser|um welche\w*)\b",
    r"^(?:please |could you |can you |kindly )?(?:tell (?:me|us)|let (?:me|us) know)\b",
    r"^(?:hi|hello|hallo|hola|bonjour)?[ \w,]{0,20}\b(?:which|what|when did|who|since when|welche\w*"
    r"|seit wann|cu[aá]l\w*"
    r"|desde cu[aá]ndo|quel\w*|depuis quand)\b",
)
WORKED_ELSEWHERE = compile_any(
    r"\b(?:works?|worked|working|correct|okay|fine)\b.{0,40}\b(?:in|with|on|until|till|before|elsewhere"
    r"|yesterday)\b",
    r"\b(?:are|is|scans?|was|were|arrives?|do|does) (?:fine|ok|okay|correct|right|good)(?:\b(?! for)|$)",
    r"\b(?:funktioniert|funktionieren|geht|gehen) (?:mit|bei|bis)\b|\bvont bien\b|\bfunciona\w* bien\b"
    r"|\blaufen (?:gut|normal)\b",
)
ANSWERS = compile_any(
    r"^(?:yes|no|nope|done|did (?:that|it|so)|checked|ok|okay|ja|nein|erledigt|gemacht|gepr[uü]ft|s[ií]|no"
    r"|hecho|oui|non|fait|déjà)\b"
    r"|\b(?:same|identical|unchanged|still|no change|no difference|up to date|again|helped|works now"
    r"|does(?:n't)? (?:help|work)"
    r"|declined|refus\w+|renewed|ohne wirkung|immer noch|weiterhin|unver[aä]ndert|gleich|hilft|geholfen"
    r"|sigue|igual|tambi[eé]n|tampoco|identique|toujours|encore|rien n'a|cela fonctionne|ça marche"
    r"|fonctionne)\b"
)
RULED_OUT = compile_any(
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
