"""The phrases in four languages by which people say that it is well now, that it is not, or only that it may be."""

import re


def _compile(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


DENIES = _compile(
    # English
    r"still (?:not|no|doesn['’]?t|does not|isn['’]?t|don['’]?t|fails?|failing|broken|stops?|happens"
    r"|happening|wrong|blocked)",
    r"still (?:the same|see|get|getting|seeing|have|having|there|an? (?:issue|problem|error))",
    r"still \w{2,20}(?: at| the| with)? (?:row|same|error)",
    r"(?:does|did|do|is|was|are|has|have) ?n[o'’]?t (?:really |yet |any )?(?:work|working|help|helped|helping|fix"
    r"|fixed|solve|solved|resolved|resolve|change|changed|gone|better)",
    r"not (?:really |yet )?(?:working|solved|fixed|resolved|gone|better)",
    r"(?:is|are|was|['’]s|came|come|comes|coming) back",
    r"(?:stops?|stopped|fails?|failed|breaks?|broke|broken|happens?|happened|appears?|appeared|occurs?"
    r"|occurred) again",
    r"again (?:stops?|fails?|broken|blocked)",
    r"(?:getting |got |even |is |much )worse",
    r"nothing (?:works|helps|helped|changed)",
    r"(?:no (?:change|improvement|luck|difference)|same (?:problem|error|issue|thing|as before)|no better)",
    r"(?:we are|we['’]re|i am|i['’]m)(?: still| completely)? blocked",
    # German
    r"(?:funktioniert|geht|läuft|klappt|hilft)(?: es| das)?(?: uns)?(?: leider| immer noch| weiterhin"
    r"| noch immer| noch)? nicht",
    r"(?:immer noch|weiterhin|noch immer)(?: \w{2,20}){0,3}",
    r"(?:ist|sind) (?:\w{2,20} )?wieder (?:da|aufgetreten|kaputt)",
    r"(?:wieder aufgetreten|nicht gelöst|nicht behoben|nicht geholfen|schlimmer|tritt (?:\w{2,20} )?wieder auf)",
    r"(?:dasselbe|gleiche|selbe) (?:problem|fehler)",
    # Spanish
    r"sigue(?:n)? (?:sin|fallando|igual|pasando|ocurriendo|con)",
    r"no (?:funciona|nos funciona|se ha solucionado|está (?:resuelto|solucionado)|ha (?:ayudado"
    r"|funcionado)|ayuda|sirve)",
    r"(?:todavía no|aún no|ha vuelto|vuelve a|peor|mismo (?:problema|error))",
    # French
    r"n[e'’] ?(?:fonctionne|marche|aide|est|a) (?:toujours )?pas",
    r"(?:toujours (?:pas|le même|la même|en panne|bloqué|bloqués)|est revenue?|revient|pire)",
    r"(?:pas (?:résolu|réglé|aidé)|même (?:problème|erreur))",
)
SOLVED = _compile(
    # English
    r"(?:works?|working|worked)(?: \w{2,20})? (?:again|now|fine|perfectly|well|correctly|as expected|great)",
    r"(?:it|this|that|everything|export|import|login|report)(?: now| all)? works",
    r"(?:works|worked|working) for (?:me|us)",
    r"(?:is|are|was|got|been|['’]s)(?: now| all| completely)? (?:fixed|solved|resolved|sorted"
    r"|back to normal|gone|complete now)",
    r"all (?:good|fine|well)(?: now)?",
    r"(?:problem|issue|error) (?:solved|resolved|fixed|gone)",
    # German
    r"(?:funktioniert|geht|läuft|klappt)(?: \w{2,20}){0,2} (?:wieder|jetzt|nun|einwandfrei|perfekt)",
    r"(?:geht|läuft|klappt|funktioniert) (?:wieder|jetzt|nun)",
    r"(?:ist|sind|wurde)(?: jetzt| nun| nun)? (?:gelöst|behoben|erledigt|weg)",
    r"alles (?:gut|wieder gut|bestens|in ordnung)",
    # Spanish
    r"(?:ya|ahora|todo)(?: nos)? funciona",
    r"funciona (?:de nuevo|otra vez|bien|perfectamente|correctamente|ya|ahora)",
    r"(?:está|ha quedado|quedó|se ha) (?:resuelto|solucionado|arreglado)",
    # French
    r"(?:re)?(?:fonctionne|marche) (?:à nouveau|de nouveau|maintenant|bien|parfaitement)",
    r"(?:remarche|refonctionne|(?:ça|cela|tout) (?:fonctionne|marche))",
    r"(?:est|c['’]est) (?:résolu|réglé|rentré dans l['’]ordre)",
)
HEALED = _compile(
    r"(?:went|gone|goes) away(?: by itself| on its own| again)?",
    r"(?:resolved|fixed|solved|healed) itself",
    r"(?:by itself|on its own)",
    r"no longer (?:happens|happening|occurs|appears|there|see|get)",
    r"(?:has|have|did)(?: ?n[o'’]?t| not) (?:happened|happen|occurred|come back|appeared)(?: again| since)?",
    r"(?:hat sich von (?:selbst|allein|alleine) (?:erledigt|gelöst)|tritt nicht mehr auf|nicht mehr aufgetreten)",
    r"(?:se ha (?:resuelto|arreglado|solucionado) solo|ya no (?:ocurre|pasa|sucede))",
    r"(?:résolu tout seul|ne se produit plus)",
)
EASED = _compile(
    r"work ?around(?: \w{2,20}){0,3} (?:works|helps|is fine|is ok|is enough|unblocks|does the job|does it)",
    r"unblock(?:s|ed) (?:us|me)",
    r"(?:we|i) can (?:work|live|go on|continue|carry on|manage)(?: working)?(?: with| like| that| this"
    r"| for now| on)?",
    r"(?:are|am) (?:no longer blocked|unblocked)",
    r"good enough for (?:now|us|me)",
    r"können (?:damit|so) (?:\w{2,20} )?(?:arbeiten|weiterarbeiten|leben)",
    r"(?:workaround|umgehung|lösung) (?:hilft|funktioniert|reicht)(?: uns)?",
    r"(?:nicht mehr blockiert|reicht uns (?:vorerst|erstmal|so))",
    r"podemos (?:seguir )?(?:trabajar|trabajando|continuar)(?: así| con)?",
    r"(?:solución|alternativa)(?: \w{2,20}){0,2} (?:nos )?(?:sirve|funciona|vale)",
    r"(?:nous pouvons|on peut) (?:continuer|travailler)(?: ainsi| avec| comme)?",
    r"contournement(?: nous)? (?:convient|fonctionne|suffit)",
)
FOUND = _compile(
    r"root cause (?:is |was |has been )?(?:found|identified|clear|known)",
    r"(?:not|no) (?:a |an )?(?:bug|defect|fault of ours)(?: after all| in our \w{2,20})?",
    r"false alarm",
    r"(?:misconfigured|misconfiguration|configuration (?:error|mistake)|wrong setting|setting on their side)",
    r"(?:support|we) can (?:fix|resolve|solve|settle|handle) (?:it|this|that) (?:in support|ourselves"
    r"|without engineering)",
    r"(?:ursache (?:ist )?gefunden|kein (?:bug|fehler unsererseits)|fehlalarm|fehlkonfiguration"
    r"|konfigurationsfehler)",
    r"(?:causa (?:raíz )?(?:encontrada|identificada)|no es un (?:error nuestro|bug)|falsa alarma"
    r"|error de configuración)",
    r"(?:cause (?:racine )?(?:trouvée|identifiée)|pas un bug|fausse alerte|erreur de (?:configuration|paramétrage))",
)
SUPPOSES = _compile(
    r"(?:if|whether|unless|once|when|hope|hopefully|hoping|should|would|will|may|might|maybe|perhaps"
    r"|could|want|need)",
    r"(?:probably|suspect|think|assume|try|trying|check|checking|test it|please|tomorrow|later|worked (?:for|until))",
    r"(?:wenn|falls|ob|sobald|hoffe|hoffentlich|sollte|würde|wird|werde|werden|vielleicht|bitte|morgen"
    r"|später|probiere)",
    r"(?:si|cuando|espero|ojalá|debería|quizás|tal vez|por favor|mañana|probaré|probaremos|luego)",
    r"(?:quand|lorsque|espère|devrait|peut-être|s['’]il vous plaît|demain|plus tard|essaier\w{0,5})",
)
UNTIL = _compile("until", "till", "bis", "hasta", "jusqu['’]?(?:à|au|en)?")
SPOILS = _compile(
    "but", "however", "except", "not", r"\w{2,8}n['’]t", "aber", "jedoch", "nicht", "pero", "mais", "no"
)
