"""All tables of all rooms in one place, for migrations, verification and structure tests."""

from portal.accounts import models as accounts
from portal.appeals import models as appeals
from portal.appeals import pause_models as pauses
from portal.appeals import reinstatement_models as reinstatements
from portal.cases import models as cases
from portal.cases import need_models as needs
from portal.cases import newer_models as newer
from portal.cases import report_models as reports
from portal.contracts import choice_models
from portal.contracts import models as contracts
from portal.core.database import Base
from portal.disputes import chargeback_models, hearing_models
from portal.disputes import models as disputes
from portal.documents import models as documents
from portal.enforcement import many_models as enforcement_many
from portal.enforcement import models as enforcement
from portal.enforcement import return_models as enforcement_return
from portal.ledger import adjustment_models as adjustments
from portal.ledger import extension_models as extensions
from portal.ledger import models as ledger
from portal.ledger import refund_models as refunds
from portal.log import models as log
from portal.notices import models as notices
from portal.notices import outgoing_models as outgoing
from portal.rulebook import models as rulebook
from portal.verification import models as verification

ROOMS = (
    log, accounts, rulebook, cases, newer, reports, needs, notices, outgoing, contracts, choice_models, documents, ledger,
    adjustments,
    extensions, refunds, disputes, hearing_models, chargeback_models, enforcement, enforcement_many, enforcement_return,
    verification, appeals, pauses, reinstatements,
)
metadata = Base.metadata

for _table in metadata.tables.values():
    for _key in _table.foreign_key_constraints:
        _key.deferrable, _key.initially = True, "DEFERRED"
