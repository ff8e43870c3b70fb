"""Words that carry the meaning of a rule, by language: an editorial correction touches none of them."""

from __future__ import annotations

from collections.abc import Mapping

NUMBERS = {
    "en": """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
        eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million half quarter third
        double twice once first second fourth fifth sixth seventh eighth ninth tenth last next previous percent""",
    "es": """cero un uno una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete
        dieciocho diecinueve veinte veintiuno treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento mil millón
        millones medio media mitad cuarto tercio doble vez veces primer primero primera segundo segunda tercer tercero tercera
        cuarta quinto quinta último última próximo próxima anterior""",
}
TIMES_AND_MONEY = {
    "en": """second seconds minute minutes hour hours day days week weeks month months year years working calendar january
        february march april may june july august september october november december monday tuesday wednesday thursday
        friday saturday sunday today tomorrow yesterday dollar dollars euro euros pound pounds cent cents usd eur gbp""",
    "es": """segundo segundos minuto minutos hora horas día días semana semanas mes meses año años hábil hábiles natural
        naturales enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre lunes
        martes miércoles jueves viernes sábado domingo hoy mañana ayer dólar dólares euro euros libra libras céntimo céntimos
        usd eur gbp""",
}
NEGATIONS = {
    "en": """no not never none nobody nothing neither nor nowhere without cannot isn't aren't wasn't weren't don't doesn't
        didn't can't couldn't won't wouldn't shan't shouldn't mustn't needn't haven't hasn't hadn't except unless only""",
    "es": """no nunca jamás nadie nada ningún ninguno ninguna ni sin tampoco excepto salvo menos solo sólo solamente
        únicamente""",
}
MODALS = {
    "en": """may might must shall should can could will would need needs ought has have had required requires require
        permitted permits permit allowed allows allow forbidden forbids prohibited prohibits optional mandatory""",
    "es": """puede pueden podrá podrán podría podrían debe deben deberá deberán debería deberían tiene tienen tendrá tendrán
        hay habrá obligatorio obligatoria obligado obligada permite permiten permitido permitida permitidos permitidas
        prohíbe prohíben prohibido prohibida prohibidos prohibidas""",
}
BOUNDS = {
    "en": """all any every each some both either many most more less least fewer few several before after until since within
        during from by at over under above below up and or if when while unless other another same different always
        sometimes also too""",
    "es": """todo toda todos todas cualquier cualquiera cada algún alguno alguna algunos algunas ambos ambas más menos varios
        varias antes después hasta desde dentro durante a al por bajo sobre y e o u si cuando mientras otro otra otros otras
        mismo misma distinto distinta siempre también""",
}
WHO = {
    "en": """i you he she we they it me him her us them my your his its our their yours ours theirs mine who whom whose client
        clients freelancer freelancers buyer buyers seller sellers counterpart counterparts member members owner owners
        marketplace platform reviewer reviewers account accounts""",
    "es": """yo usted ustedes él ella nosotros nosotras ellos ellas nos le les lo la los las se mi su sus nuestro nuestra
        nuestros nuestras quien quienes cliente clientes clienta clientas profesional profesionales comprador compradores
        vendedor vendedores parte partes miembro miembros titular titulares mercado plataforma cuenta cuentas""",
}


def _listed(language: str) -> frozenset[str]:
    lists = (NUMBERS, TIMES_AND_MONEY, NEGATIONS, MODALS, BOUNDS, WHO)
    return frozenset(word for one in lists for word in one[language].split())


MEANING: Mapping[str, frozenset[str]] = {language: _listed(language) for language in NUMBERS}
