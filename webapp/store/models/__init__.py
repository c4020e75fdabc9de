"""The tables."""

from webapp.store.models.base import metadata as metadata
from webapp.store.models.material import artifact as artifact
from webapp.store.models.material import blob as blob
from webapp.store.models.material import job_file as job_file
from webapp.store.models.material import project as project
from webapp.store.models.material import project_file as project_file
from webapp.store.models.material import receipt as receipt
from webapp.store.models.standing import counter as counter
from webapp.store.models.standing import endpoint_state as endpoint_state
from webapp.store.models.standing import model_stat as model_stat
from webapp.store.models.standing import runner as runner
from webapp.store.models.standing import secret as secret
from webapp.store.models.work import attempt as attempt
from webapp.store.models.work import batch as batch
from webapp.store.models.work import job as job
