"""Every table, imported once: migrations and the privacy test see them all."""

from bot.alarms import models as alarms
from bot.attachments import models as attachments
from bot.audit import models as audit
from bot.channels import models as channels
from bot.city import models as city
from bot.contacts import models as contacts
from bot.db.base import Base
from bot.events import models as events
from bot.inbound import models as inbound
from bot.inbox import models as inbox
from bot.knowledge import models as knowledge
from bot.learning import models as learning
from bot.leases import models as leases
from bot.markets import models as markets
from bot.offices import models as offices
from bot.outbox import models as outbox
from bot.processes import models as processes
from bot.staff import models as staff
from bot.tickets import models as tickets
from bot.understanding import models as understanding
from bot.work import models as work

FEATURES = (
    alarms,
    attachments,
    audit,
    channels,
    city,
    contacts,
    events,
    inbound,
    inbox,
    knowledge,
    learning,
    leases,
    markets,
    offices,
    outbox,
    processes,
    staff,
    tickets,
    understanding,
    work,
)
METADATA = Base.metadata
