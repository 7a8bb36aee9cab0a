"""The forms by which a line of mail shows that it is not the author's own words, in four languages.

Each is tried on one line of bounded length and has no nested repetition.
"""

import re

QUOTE_HEADER = re.compile(
    r"^[ \t>]*+(?:-{2,}[ \t]*(?:original message|forwarded message|ursprüngliche nachricht"
    r"|weitergeleitete nachricht|mensaje original"
    r"|mensaje reenviado|message d'origine|message transféré|message original)\b.*"
    r"|(?:on|am|el|le|op|il)\b.{4,160}\b(?:wrote|schrieb|escribió|escribio|a écrit|ha scritto)\b.{0,80}:"
    r"|.{2,100}\b(?:wrote|schrieb|escribió|a écrit)(?: (?:on|am|el|le)\b.{0,60})?[ \t]?:"
    r"|_{20,}|begin forwarded message:?|anfang der weitergeleiteten.{0,20})[ \t]*$",
    re.I,
)
MAIL_HEADER = re.compile(
    r"^[ \t>*]*(?:from|sent|to|cc|date|subject|von|gesendet|an|datum|betreff|de|enviado(?: el)?|para|fecha"
    r"|asunto|envoyé|à|date|objet)"
    r"\*?[ \t]?:[ \t*]",
    re.I,
)
CLOSING = re.compile(
    r"^[ \t]*(?:(?:with )?(?:many |best |kind(?:est)? |warm(?:est)? )?(?:regards|wishes|thanks)(?: and (?:best "
    r"|kind )?regards)?|best|cheers|sincerely|yours(?: sincerely| faithfully| truly)?"
    r"|thanks(?: a lot| again| so much| in advance)?|thank you(?: very much| so much| in advance)?|many thanks"
    r"|thx|br|rgds|ta|respectfully"
    r"|(?:mit )?(?:freundlichen?|besten?|herzlichen?|viele[nr]?|schönen?|liebe[nr]?|sonnigen?) (?:grü(?:ß"
    r"|ss)en?|dank)(?: aus .{2,30})?|mfg|vg|lg|grü(?:ß|ss)e|gru(?:ß|ss)|danke(?: und .{2,20} grü(?:ß|ss)e"
    r"| im voraus)?|hochachtungsvoll"
    r"|(?:un )?(?:cordial(?:es)? |atent[oe]s? )?saludos?(?: cordiales| atentos)?|atentamente|muchas gracias"
    r"|gracias(?: de antemano)?|un abrazo"
    r"|(?:bien )?(?:cordialement|à vous)|(?:meilleures |sincères |mes )?salutations(?: distinguées)?"
    r"|bonne (?:journée|réception)|merci(?: d'avance| beaucoup)?|bien à (?:vous|toi)"
    r"|ngā mihi|med vennlig hilsen|mvh|met vriendelijke groet(?:en)?"
    r"|cordiali saluti)[ \t]*[,.!]?(?:[ \t]+[\w.'-]{1,20}){0,3}[ \t]*[,.!]*[ \t]*$",
    re.I,
)
SIGNATURE_MARK = re.compile(
    r"^[ \t]*(?:--[ \t]?|—|__+|sent (?:from|via) (?:my )?\w.{0,40}|(?:von meinem|gesendet (?:von|mit)) .{2,60}"
    r"|enviado desde .{2,40}|envoyé (?:de mon|depuis) .{2,40}|get outlook for .{2,20})[ \t]*$",
    re.I,
)
GREETING = re.compile(
    r"^[ \t]*(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|morning|afternoon|greetings|hiya|team"
    r"|to whom it may concern|kia ora"
    r"|hallo|guten (?:tag|morgen|abend)|moin|servus|grüezi|grüß gott|liebe[rs]?|sehr geehrte[rs]?"
    r"|hola|buen(?:os|as) (?:días|dias|tardes|noches)|estimad[oa]s?|bonjour|bonsoir|salut|cher|chère|madame"
    r"|messieurs)"
    r"(?:[ \t,/&]+[\w.'’-]{1,24}){0,6}[ \t]*[,!.:;-]*[ \t]*$",
    re.I,
)
POSTSCRIPT = re.compile(r"^[ \t]*(?:p\.?\s?s\.?|p\.?d\.?|nb)[ \t]?[:.\-–]?[ \t]+\S", re.I)
DISCLAIMER = re.compile(
    r"\b(?:this (?:e-?mail|message|communication)(?: \(?(?:and|including) .{2,40})? (?:is|are|may|contains?"
    r"|and)\b.{0,60}(?:confidential|intended|privileged|addressee)"
    r"|(?:intended|solely|only) for the (?:use of the )?(?:addressee|named|intended|individual)"
    r"|if you are not the (?:intended|named)|unauthori[sz]ed (?:disclosure|use|copying|review)"
    r"|(?:e-?mail|message) is confidential|is authori[sz]ed (?:and regulated )?by|registered (?:in|office"
    r"|company)|please consider the environment"
    r"|diese (?:e-?mail|nachricht) (?:ist|enthält|kann|und)\b.{0,60}vertraulich|nicht der (?:richtige"
    r"|vorgesehene|beabsichtigte) (?:adressat|empfänger)|(?:handelsregister|amtsgericht|registergericht|hrb"
    r"|sitz der gesellschaft|ust-?id)\b.{0,80}\d|geschäftsführ(?:er|ung)(?:in)?:"
    r"|este (?:correo|mensaje|e-?mail)\b.{0,60}confidencial|si (?:usted )?no es el destinatario"
    r"|protección de datos.{0,40}responsable del tratamiento"
    r"|ce (?:message|courriel|mail)\b.{0,60}confidentiel|si vous n'êtes pas (?:le )?destinataire"
    r"|sarl au capital|rcs [a-z]+ )",
    re.I,
)
LOG = re.compile(
    r"^[ \t]*(?:\[?\d{4}[-/]\d\d[-/]\d\d[T \t]\d\d:\d\d[:\d.,Z+]*\]?[ \t]+\S"
    r"|\[?\d\d:\d\d:\d\d[.,\d]*\]?[ \t]+(?:\[|[A-Z]{3,}|\w+[:=])|(?:\w+ )?\d{1,2} \d\d:\d\d:\d\d \S+ \w+\["
    r"|(?:trace|debug|info|warn|warning|error|fatal|severe"
    r"|critical)[ \t]*[:|\]\[][ \t]?\S.*[=:/\\(\[{]|\[(?:trace|debug|info|warn|warning|error|fatal|critical)\]"
    r"|at [\w$.<>]+\([\w.]*(?::\d+)?\)|at \S+ \(\S+:\d+|traceback \(most recent|file \"[^\"]+\", line \d+"
    r"|caused by: |\w+(?:\.\w+){2,}(?:exception|error)\b|exception in thread"
    r"|(?:get|post|put|patch|delete|head) (?:https?://|/)\S+(?: http/\d|$| -> | \d{3})|http/\d(?:\.\d)? \d{3}"
    r"|< ?http/|[{}\[\]][ \t]*,?[ \t]*$"
    r"|[{\[][ \t]*\"\w|\"[\w.-]+\"[ \t]*:|</?[\w:.-]+(?:[ \t][^<>]*)?/?>[ \t]*$"
    r"|[0-9a-f]{2}(?: [0-9a-f]{2}){7}|\$ \w+|>>> |select .{1,80} from |x-[\w-]+: |\w+=\S+ \w+=\S+ \w+=)",
    re.I,
)
FENCE = re.compile(r"^[ \t]*(?:```|~~~)")
