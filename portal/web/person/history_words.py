"""How the account's own page names each thing that happened to it."""

from __future__ import annotations

from portal.core.i18n import N_
from portal.enforcement.models import Nature

ISSUED = {
    "warning": N_("We gave you a warning."),
    "restriction": N_("We restricted a part of your account."),
    "suspension": N_("We suspended your account."),
    "termination": N_("We decided to close your account."),
}
OTHERS: dict[str, str] = {
    Nature.PROTECTIVE: N_("We locked your account to protect you."),
    Nature.LEGAL: N_("We did what a law or an order asked of us about your account."),
}
PROTECTED_IN_PART = N_("We locked a part of your account to protect you.")
BEGINS, FREE, LOOKED_AT = "begins", "free", "looked_at"
OWN_DAY = {
    BEGINS: N_("This is taken away: %(what)s"), FREE: N_("Free again by itself: %(what)s"),
    LOOKED_AT: N_("Free again, unless we look at it again and write to you why it stays: %(what)s"),
}
OVER = {
    FREE: N_("A part of the decision %(ref)s ended: %(what)s."),
    LOOKED_AT: N_("Nobody of us looked again in time at a part of the decision %(ref)s, so it ended: %(what)s."),
}
"""The same of what is free again."""
ENDS = {
    "restriction": N_("The restriction ends by itself"),
    "suspension": N_("The suspension ends by itself"),
    "warning": N_("The warning stops counting"),
    "termination": N_("Your account is closed"),
}
APPEAL = {
    "appeal.opened_by_us": N_("We opened a second look at the decision %(action)s ourselves."),
    "appeal.begun": N_("Reviewer %(handle)s, who had no part in the decision, began to read your appeal."),
    "appeal.drawn": N_("Your appeal was given to somebody else, by lot."),
    "appeal.asked": N_("We asked you something about your appeal."),
    "appeal.added": N_("You added something to your appeal."),
    "appeal.exhibit_added": N_("You added an exhibit to your appeal."),
    "appeal.withdrawn": N_("You took your appeal back."),
    "appeal.mentioned": N_("You wanted the people you work with told that an appeal is pending."),
    "appeal.unmentioned": N_("You wanted nothing more said of your appeal to the people you work with."),
    "appeal.refused": N_("We wrote to you that we cannot take your appeal, and why."),
    "appeal.reopened": N_("You opened your appeal again, with something new."),
    "appeal.evidence_withdrawn": N_("You took back what you sent anew. Our earlier answer stays."),
    "appeal.evidence_refused": N_("We wrote to you that nothing of what you sent anew is new, and why."),
    "appeal.to_lead": N_("We were late with your appeal. The rule protects somebody, so the decision is not paused."),
    "appeal.lead_late": N_("We are still late with your appeal. We count this in public."),
    "pause.asked": N_("You asked that the decision %(action)s waits until your appeal is answered."),
    "pause.granted": N_("The decision %(action)s waits until your appeal is answered."),
    "pause.refused": N_("We wrote to you that the decision %(action)s does not wait, and why."),
    "pause.lapsed": N_("We were late with our answer, so the decision %(action)s waits until your appeal is answered."),
    "pause.to_lead": N_("We were late with our answer about a pause. The rule protects somebody, so the decision goes on."),
    "action.paused": N_("We were late with your appeal, so the decision %(action)s is paused."),
    "action.reduced": N_("We made the decision %(action)s smaller, because an earlier one that it counted no longer counts."),
}
OF = {
    "appeal.begun": N_("Reviewer %(handle)s, who had no part in the decision, began to read the appeal of %(name)s."),
    "appeal.drawn": N_("The appeal of %(name)s was given to somebody else, by lot."),
    "appeal.asked": N_("We asked something about the appeal of %(name)s."),
    "appeal.added": N_("Something was added to the appeal of %(name)s."),
    "appeal.exhibit_added": N_("An exhibit was added to the appeal of %(name)s."),
    "appeal.withdrawn": N_("The appeal of %(name)s was taken back."),
    "appeal.mentioned": N_("The people you work with are told that the appeal of %(name)s is pending."),
    "appeal.unmentioned": N_("Nothing more is said of the appeal of %(name)s to the people you work with."),
    "appeal.refused": N_("We wrote that we cannot take the appeal of %(name)s, and why."),
    "appeal.reopened": N_("The appeal of %(name)s was opened again, with something new."),
    "appeal.evidence_withdrawn": N_("What was new in the appeal of %(name)s was taken back. Our earlier answer stays."),
    "appeal.evidence_refused": N_("We wrote that nothing of what was sent anew in the appeal of %(name)s is new, and why."),
    "appeal.to_lead": N_("We were late with the appeal of %(name)s. The rule protects somebody, so the decision is not paused."),
    "appeal.lead_late": N_("We are still late with the appeal of %(name)s. We count this in public."),
    "pause.asked": N_("It was asked that the decision %(action)s waits until the appeal of %(name)s is answered."),
    "pause.granted": N_("The decision %(action)s waits until the appeal of %(name)s is answered."),
    "pause.refused": N_("We wrote that the decision %(action)s does not wait, and why."),
    "pause.lapsed": N_("We were late, so the decision %(action)s waits until the appeal of %(name)s is answered."),
    "action.paused": N_("We were late with the appeal of %(name)s, so the decision %(action)s is paused."),
}
"""The same of an appeal that another person of the account sent."""
ANSWERED_OF = {
    "upheld": N_("We answered the appeal of %(name)s: the decision stands."),
    "partially_reversed": N_("We answered the appeal of %(name)s: the decision is changed."),
    "reversed": N_("We answered the appeal of %(name)s: the decision is overturned."),
}
PROTECTED = N_("The protection ends by itself")
AGAIN = N_("We look again at the law or the order, or what we did ends")
ANEW = {
    "action.shortened": N_("We gave the decision %(ref)s an earlier last day."),
    "action.part_kept": N_("We looked again at what the decision %(ref)s takes away, and wrote to you what stays."),
    "action.look_moved": N_("We were late with a second look at what the decision %(ref)s takes away."),
    "action.part_lifted": N_("We gave back a part of what the decision %(ref)s took away."),
    "action.check_ended": N_("What of the decision %(ref)s rested on an identity check has ended."),
    "action.corrected": N_("We corrected the letter about the decision %(ref)s."),
}
BANK = {
    "won": N_("The bank has decided: the payment stands"),
    "lost": N_("The bank gave the money back"),
}
ANSWERED = {
    "upheld": N_("We answered your appeal: the decision stands."),
    "partially_reversed": N_("We answered your appeal: the decision is changed."),
    "reversed": N_("We answered your appeal: the decision is overturned."),
}
CHECK = {
    "identity.asked": N_("We asked you to show us something: %(what)s."),
    "identity.submitted": N_("You sent us something to show who you are: %(what)s."),
    "identity.contested": N_("You asked that somebody else looks at what you sent: %(what)s."),
    "identity.accepted": N_("We accepted what you sent: %(what)s."),
    "identity.rejected": N_("We wrote to you what was wrong with what you sent: %(what)s."),
    "identity.withdrawn": N_("We took back our request: %(what)s."),
    "identity.late": N_("We were late with our answer, so nothing that rests on this check applies: %(what)s."),
    "identity.talked": N_("A person talked with you: %(what)s."),
}


def issued(nature: str, measure: str) -> str:
    """What we did."""
    if nature == Nature.PROTECTIVE and measure == "restriction":
        return PROTECTED_IN_PART
    return OTHERS.get(nature) or ISSUED[measure]
